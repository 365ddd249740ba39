package rules

import (
	"maps"
	"slices"
	"strings"
)

// allowed lists, for each shared package, the shared packages it may import. Stores don't know each other: functions
// bring them together, and settle, which several functions need.
var allowed = map[string][]string{
	"cinema":              {},
	"postgres":            {"batch", "cinema", "secret", "telemetry"},
	"postgres/migrations": {"cinema"},
	"batch":               {},
	"redis":               {"batch", "cinema", "secret", "telemetry"},
	"seatlock":            {"cinema", "redis", "telemetry"},
	"seatfeed":            {"cinema", "seatlock", "telemetry"},
	"cache":               {"cinema", "redis", "telemetry"},
	"rabbitmq":            {"cinema", "secret", "telemetry"},
	"payment":             {"cinema", "telemetry"},
	"mail":                {"cinema", "telemetry"},
	"auth":                {"cinema"},
	"api":                 {"cinema", "auth", "telemetry"},
	"microcache":          {"api"},
	"listing":             {"api", "cache", "cinema", "microcache"},
	"seating":             {"cinema"},
	"layout":              {"cache", "cinema", "seating"},
	"admission":           {},
	"boxoffice":           {"admission", "cinema", "layout", "payment", "postgres", "seating", "seatlock", "settle", "telemetry"},
	"settle":              {"cinema", "payment", "postgres", "seatlock", "telemetry"},
	"server":              {"admission", "api", "cinema", "config", "telemetry"},
	"config":              {"secret"},
	"secret":              {},
	"telemetry":           {},
}

// owners names the one package that may import a client. Everybody else uses that package, so a client can be replaced
// or wrapped in one place.
var owners = map[string]string{
	"github.com/jackc/pgx":                       "shared/postgres",
	"github.com/pressly/goose":                   "shared/postgres/migrations",
	"github.com/redis/go-redis":                  "shared/redis",
	"github.com/rabbitmq/amqp091-go":             "shared/rabbitmq",
	"github.com/julienschmidt/httprouter":        "shared/api",
	"github.com/aws/aws-lambda-go":               "shared/server",
	"github.com/awslabs/aws-lambda-go-api-proxy": "shared/server",
	"github.com/aws/aws-sdk-go-v2":               "shared/config",
	"github.com/caarlos0/env":                    "shared/config",
	"github.com/wneessen/go-mail":                "shared/mail",
	"github.com/golang-jwt/jwt":                  "shared/auth",
	"github.com/MicahParks/keyfunc":              "shared/auth",
	"github.com/VictoriaMetrics/metrics":         "shared/telemetry",
}

// everywhere are modules without a connection to anything, which extend the standard library.
var everywhere = []string{"github.com/google/uuid", "golang.org/x/sync", "github.com/go-json-experiment/json"}

// checkImports looks at the code that is shipped; tests, test tools and the local runner may import any package.
func checkImports(file source, report reporter) {
	if file.test || file.below("infra") {
		return
	}
	for _, imported := range file.imports {
		if ours, found := strings.CutPrefix(imported, module); found {
			checkInternal(file, ours, report)
			continue
		}
		checkClient(file, imported, report)
	}
}

func checkInternal(file source, imported string, report reporter) {
	if file.below("functions") {
		if !within(imported, "shared") {
			report(file.path, "a function imports packages of shared/ only, not %s", imported)
		}
		return
	}
	own := strings.TrimPrefix(file.folder, "shared/")
	friends, known := allowed[own]
	if !known {
		report(file.path, "package %s is missing from the table of imports in infra/rules/imports_test.go", own)
		return
	}
	if !slices.Contains(friends, strings.TrimPrefix(imported, "shared/")) {
		report(file.path, "%s may import %v of shared/, but not %s", file.folder, friends, imported)
	}
}

func checkClient(file source, imported string, report reporter) {
	if !strings.Contains(strings.Split(imported, "/")[0], ".") {
		return // the standard library
	}
	if file.folder == "shared/cinema" {
		report(file.path, "%s imports the standard library only, not %s", file.folder, imported)
	}
	for client, owner := range owners {
		if within(imported, client) && !file.below(owner) {
			report(file.path, "%s is imported by %s only; use that package", imported, owner)
		}
	}
}

// checkOwners makes sure that clients which owners doesn't name have one importer too.
func checkOwners(files []source, report reporter) {
	importers := map[string]map[string]bool{}
	for _, file := range files {
		if file.test || file.below("infra") {
			continue
		}
		for _, imported := range file.imports {
			if client := clientOf(imported); client != "" && !slices.Contains(everywhere, client) {
				if importers[client] == nil {
					importers[client] = map[string]bool{}
				}
				importers[client][ownerFolder(file.folder)] = true
			}
		}
	}
	for client, folders := range importers {
		if len(folders) > 1 {
			report("go.mod", "%s is imported by %v; one package should own it", client, slices.Sorted(maps.Keys(folders)))
		}
	}
}

// clientOf is the repository that a third-party import belongs to; empty for the standard library and ourselves.
func clientOf(imported string) string {
	parts := strings.Split(imported, "/")
	if !strings.Contains(parts[0], ".") {
		return ""
	}
	return strings.Join(parts[:min(3, len(parts))], "/")
}

// ownerFolder counts a package's sub-packages as part of it.
func ownerFolder(folder string) string {
	parts := strings.Split(folder, "/")
	return strings.Join(parts[:min(2, len(parts))], "/")
}
