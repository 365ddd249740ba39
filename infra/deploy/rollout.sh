#!/usr/bin/env bash
# Applies an overlay, waits until the new version serves, and asks it everything the contract promises. If anything fails,
# everything is applied as it was before: Deployments, Knative Services, StatefulSets, CronJobs, autoscalers, routes, policies
# and settings; objects without a state that are new are deleted. The schema and the queues stay, as do volumes.
# Usage: rollout.sh OVERLAY [BASE_URL]. OVERLAY is a folder, or the name of one in k8s/overlays; without BASE_URL nobody is
# asked. ROLLOUT_TIMEOUT is how long each part may take to be ready; NAMESPACE is where, if not in movienow.
set -euo pipefail
overlay=$1 base_url=${2:-} patience=${ROLLOUT_TIMEOUT:-10m}
[ -d "$overlay" ] || overlay=k8s/overlays/$overlay
# shellcheck source=infra/deploy/job.sh
. "$(dirname "$0")/job.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
rendered=$folder/rendered.yaml before=$folder/before.yaml
started=$(date -u +%Y-%m-%dT%H:%M:%SZ)

# field FILE PATH: a field of every object in the cluster that the file names, one a line.
field() {
  kubectl get -f "$1" --ignore-not-found -o jsonpath="{range .items[$2]}$3{\"\\n\"}{end}"
}

names() {
  field "$1" "?(@.kind=='$2')" '{.apiVersion}{" "}{.metadata.name}' | grep -v '^serving.knative.dev/' | cut -d' ' -f2 || true
}

knative_services() {
  field "$1" "?(@.apiVersion=='serving.knative.dev/v1')" '{.metadata.name}'
}

# remember writes down what was applied last, of all that is about to be applied. A Job can't be applied again.
remember() {
  field "$rendered" "?(@.kind!='Job')" '{.metadata.annotations.kubectl\.kubernetes\.io/last-applied-configuration}---' |
    sed 's/---$/\n---/' > "$before"
  kubectl get -f "$rendered" --ignore-not-found -o name > "$folder/known"
}

ready() {
  local kind name
  for kind in StatefulSet Deployment; do
    for name in $(names "$1" $kind); do
      "${kubectl[@]}" rollout status "$kind/$name" --timeout="$patience" || return 1
    done
  done
  for name in $(knative_services "$1"); do
    "${kubectl[@]}" wait "services.serving.knative.dev/$name" --timeout="$patience" \
      --for=jsonpath='{.status.observedGeneration}'="$("${kubectl[@]}" get services.serving.knative.dev "$name" -o jsonpath='{.metadata.generation}')" || return 1
    "${kubectl[@]}" wait "services.serving.knative.dev/$name" --for=condition=Ready --timeout="$patience" || return 1
  done
}

# broken lists new pods that crash again and again, or whose image or settings can't be had.
broken() {
  "${kubectl[@]}" get pods -o jsonpath='{range .items[*]}{.metadata.creationTimestamp} {.metadata.name}{range .status.initContainerStatuses[*]} {.state.waiting.reason}:{.restartCount}{end}{range .status.containerStatuses[*]} {.state.waiting.reason}:{.restartCount}{end}{"\n"}{end}' |
    awk -v started="$started" '$1 >= started && / (CrashLoopBackOff:([4-9]|[1-9][0-9])|(ImagePullBackOff|InvalidImageName|CreateContainerConfigError):)/ { print $2 }'
}

# watch_over waits until all is ready, but no longer than it takes to see that it won't be.
watch_over() {
  local waiting seen=0 found
  ready "$1" & waiting=$!
  while kill -0 "$waiting" 2>/dev/null; do
    sleep 5
    found=$(broken)
    if [ -z "$found" ]; then
      seen=0
    elif ((++seen == 6)); then
      kill "$waiting" 2>/dev/null || true
      for pod in $found; do
        echo "$pod doesn't start:" >&2
        "${kubectl[@]}" logs "$pod" --all-containers --tail=20 >&2 || true
      done
      return 1
    fi
  done
  wait "$waiting"
}

roll_out() {
  "${kubectl[@]}" delete job migrate --ignore-not-found --wait || return 1
  kubectl apply -f "$rendered" || return 1
  await_job migrate 1200 || return 1
  watch_over "$rendered" || return 1
  if [ -n "$base_url" ]; then
    make conformance BASE_URL="$base_url" || return 1
  fi
}

# unstick deletes the pods that keep a StatefulSet from going back: it doesn't replace one that never became ready.
unstick() {
  local name current
  for name in $(names "$before" StatefulSet); do
    current=$("${kubectl[@]}" get statefulset "$name" -o jsonpath='{.status.updateRevision}')
    "${kubectl[@]}" get pods -l "app.kubernetes.io/name=$name,controller-revision-hash!=$current" -o jsonpath='{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}' |
      awk '$2 == "False" { print $1 }' | xargs -r "${kubectl[@]}" delete pod --wait=false
  done
}

roll_back() {
  "${kubectl[@]}" get pods -o wide >&2 || true
  if ! grep -q '"kind":"Deployment"' "$before"; then
    echo "failed; nothing ran before, so everything stays as it is" >&2
    exit 1
  fi
  echo "failed; going back to what ran before" >&2
  kubectl get -f "$rendered" --ignore-not-found -o name | grep -vxFf "$folder/known" |
    grep -E '^(deployment|service|cronjob|horizontalpodautoscaler|poddisruptionbudget|httproute|scaledobject)[./]' |
    xargs -r "${kubectl[@]}" delete --ignore-not-found >&2 || true
  kubectl apply -f "$before" >&2
  sleep 2
  unstick >&2
  ready "$before" >&2
  exit 1
}

kubectl kustomize "$overlay" > "$rendered"
if grep -q 'sha256:0\{64\}' "$rendered"; then
  echo "the images aren't known yet: run make pin-images REGISTRY=... TAG=... first" >&2
  exit 1
fi
remember
roll_out || roll_back
