# Everything a person needs to work on MovieNow. "make" lists the targets. Go is all that must be there beforehand, and
# Node.js to lint; servers are found, installed or started by the targets that need them.

GO ?= go

FUNCTIONS := $(patsubst functions/%/main.go,%,$(wildcard functions/*/main.go))

# Where functions are built to, and where the servers of the tests keep their data.
BIN := .local/bin
TEST_SERVICES := .local/test

# The linters of what isn't Go. Credentials have to be there, but nobody is asked with them.
LINTERS := .local/lint-infra
SAM := SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none $(LINTERS)/bin/sam

# The processors that Lambda functions are built for (amd64 is the other choice), and the images' tag.
LAMBDA_GOARCH ?= arm64
TAG ?= latest

# The function that make invoke runs, and what it is given.
FN ?=
EVENT ?= $(firstword $(wildcard functions/$(FN)/testdata/event.json functions/$(FN)/testdata/*.json))

# One package and, if given, the tests whose name matches RUN.
PKG ?= ./...
RUN ?= .

# Lambda starts the binary itself, without the RPC of the old Go runtime, which would be 8 MB more. HTTP/2 would be half
# a megabyte more: ingresses and gateways speak HTTP/1.1 to functions, and so do functions to the few they call. Stripped
# and static, so that a function runs on an empty image.
BUILD := CGO_ENABLED=0 $(GO) build -trimpath -tags lambda.norpc,nethttpomithttp2 -ldflags '-s -w'

# make lint vets already, debug information costs each test program seconds of linking, and the race detector would keep
# each waiting for a second at its end. Three at a time, because many wait for a server rather than compute.
TEST := GORACE=atexit_sleep_ms=50 $(GO) test -p 3 -race -shuffle=on -vet=off -ldflags=-w -timeout 5m

SERVICES := $(GO) run ./infra/services/cmd/services
REDOCLY := REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true npx --yes @redocly/cli@2.77.0
KUSTOMIZE := $(GO) run sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
KUBECONFORM := $(GO) run github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
ACTIONLINT := $(GO) run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
STATICCHECK := $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2

.DEFAULT_GOAL := help
.PHONY: help run seed reset stop parked replay build test test-one invoke conformance services-stop lint lint-openapi lint-infra lint-k8s lint-workflows lint-aws schemas vulnerabilities push-image pin-images deploy restore rotate drill prove fuzz observe-drill deploy-lambda archives check-size bench bench-scale bench-coldstart images generate fmt clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start the whole system with demo data on http://localhost:8080 (PORT changes it); Ctrl-C ends it
	@mkdir -p $(BIN) && $(GO) build -buildvcs=false -o $(BIN)/local ./infra/local && exec $(BIN)/local run

seed: ## Load or refresh the demo catalogue of the running system
	@$(GO) run ./infra/local seed

stop: ## End a system that "make run" started in another terminal
	@$(GO) run ./infra/local stop

reset: ## Delete all local data: bookings, mails, servers
	@$(GO) run ./infra/local reset

parked: ## List e-mails that couldn't be sent, of the running system or of AMQP_URL
	@$(GO) run ./infra/mailq list

replay: ## Try them again, all or some: make replay ID=CONFIRMATION.0190b5a0-...
	@$(GO) run ./infra/mailq replay $(ID)

build: ## Build every function into .local/bin
	@mkdir -p $(BIN)
	$(BUILD) -o $(BIN)/ ./functions/...

invoke: ## Hand one event to a function as Lambda does: make invoke FN=list-cities EVENT=functions/list-cities/testdata/event.json
	@test -d functions/$(FN) -a -n "$(FN)" || { echo "there is no function '$(FN)'; choose FN from: $(FUNCTIONS)"; exit 2; }
	@mkdir -p $(BIN) && $(BUILD) -o $(BIN)/ ./functions/$(FN) && $(GO) run ./infra/lambda/invoke $(BIN)/$(FN) $(EVENT)

test: ## Run all tests against real servers, which are started and ended too
	@trap '$(SERVICES) stop $(TEST_SERVICES)' EXIT; trap 'exit 130' INT TERM; \
	$(SERVICES) start $(TEST_SERVICES) && $(TEST) ./...

test-one: ## Run some tests and let the servers run on: make test-one PKG=./shared/seatlock RUN=TestAcquire
	@$(TEST) -v -count=1 -run '$(RUN)' $(PKG)

conformance: ## Ask a running system everything the contract promises: make conformance BASE_URL=https://...
	@BASE_URL=$${BASE_URL:-http://localhost:8080} $(GO) test -count=1 -timeout 10m -run '^TestConformance$$' ./infra/conformance

services-stop: ## End the servers that test-one or go test have started
	@$(SERVICES) stop $(TEST_SERVICES)

lint: lint-openapi ## Check format, suspicious code, comments, imports and layout
	@unformatted=$$(gofmt -l functions shared infra); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run make fmt:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(STATICCHECK) -checks all,-ST1000 ./...
	@$(GO) run ./infra/generate -check
	$(GO) test -count=1 ./infra/rules

lint-openapi: ## Check the API's contract and its examples (needs Node.js)
	@command -v npx >/dev/null || { echo "lint-openapi needs npx: install Node.js 20 or newer"; exit 1; }
	@$(REDOCLY) lint --config shared/api/redocly.yaml shared/api/openapi.yaml

lint-infra: $(LINTERS)/.installed ## Check template.yaml, the Dockerfile and compose.yaml (needs Python 3)
	@$(SAM) validate --lint --template template.yaml
	@$(LINTERS)/bin/cfn-lint template.yaml
	@$(LINTERS)/bin/hadolint infra/Dockerfile

lint-aws: $(LINTERS)/.installed ## Check the CloudFormation of infra/aws
	@$(LINTERS)/bin/cfn-lint infra/aws/*.yaml

# Where rendered manifests and their schemas are kept.
K8S := .local/k8s
OVERLAYS := base overlays/local overlays/eks overlays/eks-managed overlays/knative

schemas: ## Make the schemas of Kubernetes objects, from Go modules
	@$(GO) run ./infra/policy/schemas $(K8S)/schemas

lint-k8s: schemas ## Render every overlay, and check it against schemas and rules
	@for overlay in $(OVERLAYS); do \
	  $(KUSTOMIZE) build k8s/$$overlay > $(K8S)/$$(basename $$overlay).yaml || exit 1; \
	  $(KUBECONFORM) -strict -schema-location '$(K8S)/schemas/{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json' \
	    -summary $(K8S)/$$(basename $$overlay).yaml || exit 1; \
	done
	@$(GO) test -count=1 ./infra/policy

lint-workflows: ## Check GitHub's workflows and shell scripts (needs shellcheck)
	@command -v shellcheck >/dev/null || { echo "lint-workflows needs shellcheck: apt-get install shellcheck"; exit 1; }
	@$(ACTIONLINT) && shellcheck infra/deploy/*.sh infra/lambda/*.sh $$(find k8s -name '*.sh')

# The linters get a private environment, made anew when their versions change.
$(LINTERS)/.installed: infra/lint-requirements.txt
	@command -v python3 >/dev/null || { echo "lint-infra needs python3"; exit 1; }
	python3 -m venv $(LINTERS) && $(LINTERS)/bin/pip install -q --disable-pip-version-check -r $< && touch $@

# What "sam build" calls for each resource of template.yaml: ListCitiesFunction is made of functions/list-cities.
build-%Function:
	GOOS=linux GOARCH=$(LAMBDA_GOARCH) $(BUILD) -o $(ARTIFACTS_DIR)/bootstrap ./functions/$$(echo $* | sed 's/[A-Z]/-&/g; s/^-//' | tr A-Z a-z)

check-size: build ## Check that the functions stay small enough to start fast
	@infra/lambda/check-size.sh $(BIN)

bench-coldstart: build ## Measure how long functions take to start, beside one that does nothing
	@$(BUILD) -o $(BIN)/ ./infra/lambda/bare && $(GO) run ./infra/lambda/coldstart $(BIN)

bench: ## Measure beside the bare stack, into .local/bench.json: make bench ONLY=purchase ROUNDS=5 PROFILE=folder
	@ONLY="$(ONLY)" ROUNDS="$(ROUNDS)" OUT="$(OUT)" PROFILE="$(PROFILE)" $(GO) run ./infra/bench

bench-scale: ## Measure with 10 million booked seats (SIZE changes it) beside a small database; needs 8 GB of disk
	@ONLY=scale SIZE="$(SIZE)" ROUNDS="$(ROUNDS)" OUT="$(OUT)" $(GO) run ./infra/bench

images: ## Build every container image of ours (needs Docker): make images TAG=1.0
	@infra/deploy/build-images.sh "$(TAG)"

vulnerabilities: ## Look for known vulnerabilities in what is called (asks the Internet)
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...

push-image: ## Build a signed image for both processors: make push-image FN=list-cities REGISTRY=... TAG=...
	@infra/deploy/push-image.sh "$(FN)" "$(REGISTRY)" "$(TAG)"

pin-images: ## Write down which images a version consists of: make pin-images REGISTRY=... TAG=...
	@infra/deploy/pin-images.sh "$(REGISTRY)" "$(TAG)"

deploy: ## Roll out to a cluster, or go back: make deploy OVERLAY=eks BASE_URL=https://...
	@infra/deploy/rollout.sh "$(OVERLAY)" "$(BASE_URL)"

restore: ## Put the cluster's database back to a backup: make restore OVERLAY=eks (DUMP=movienow-...dump, else the newest)
	@infra/deploy/restore.sh "$(OVERLAY)" "$(DUMP)"

rotate: ## Change a secret of the cluster's servers while everything runs: make rotate SECRET=lock-redis (VALUE=..., else made up)
	@infra/deploy/rotate.sh "$(SECRET)" "$(VALUE)"

drill: ## Run the runbook on kubectl's cluster under a load, and count what was lost: make drill OVERLAY=local BASE_URL=http://...
	@OVERLAY="$(OVERLAY)" BASE_URL="$(BASE_URL)" ONLY="$(ONLY)" RATE="$(RATE)" $(GO) run ./infra/drill

prove: ## Sell under faults and hold every answer against what is promised, then without each guard: make prove TIME=10m SEED=1 ONLY=ledger
	@TIME="$${TIME:-10m}" SEED="$(SEED)" ONLY="$(ONLY)" $(GO) test -count=1 -timeout 0 -run '^(TestProve|TestControls)$$' -v ./infra/prove

fuzz: ## Try inputs that nobody has thought of, each fuzz test for a while: make fuzz FUZZTIME=1m
	@for file in $$(grep -rl --include='*_test.go' '^func Fuzz' functions shared infra); do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' $$file); do \
	    $(GO) test -run "^$$target$$" -fuzz "^$$target$$" -fuzztime "$${FUZZTIME:-30s}" ./$$(dirname $$file) || exit 1; \
	  done; \
	done

observe-drill: ## Take each server away in turn and wait for its alarm in Prometheus, half an hour: make observe-drill HOW=freeze ONLY=smtp
	@HOW="$(HOW)" ONLY="$(ONLY)" $(GO) run ./infra/observe/drill

deploy-lambda: $(LINTERS)/.installed ## Deploy template.yaml: make deploy-lambda STACK=movienow
	@infra/deploy/lambda.sh $(LINTERS)/bin/sam "$(STACK)"

# Always the same bytes: no dates, no order of a directory.
archives: ## Pack every function for Lambda into .local/archives, with checksums
	@rm -rf .local/archives && mkdir -p .local/archives
	@for function in $(FUNCTIONS); do for arch in amd64 arm64; do \
	  GOOS=linux GOARCH=$$arch $(BUILD) -o .local/archives/bootstrap ./functions/$$function || exit 1; \
	  touch -d 1980-01-02 .local/archives/bootstrap; (cd .local/archives && TZ=UTC python3 -m zipfile -c $$function-$$arch.zip bootstrap); \
	done; done; rm .local/archives/bootstrap
	@cd .local/archives && sha256sum *.zip > SHA256SUMS

generate: ## Write anew what is derived: deployments from the functions, Go code from the e-mails' templates
	@$(GO) generate ./shared/mail && $(GO) run ./infra/generate

fmt: ## Format the code
	@gofmt -w functions shared infra

clean: services-stop ## Delete what was built and end the tests' servers; local data stays
	@rm -rf $(BIN)
