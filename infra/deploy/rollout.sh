#!/usr/bin/env bash
# Applies an overlay, waits until the new version serves, and asks it everything the contract promises. If anything fails,
# the Deployments go back to what ran before. Usage: rollout.sh OVERLAY [BASE_URL]; without BASE_URL nobody is asked.
set -euo pipefail
overlay=k8s/overlays/$1 base_url=${2:-}
kubectl=(kubectl --namespace movienow)
rendered=$(mktemp)
before=$(mktemp)
trap 'rm -f "$rendered" "$before"' EXIT

revisions() {
  "${kubectl[@]}" get deployments -o \
    jsonpath='{range .items[*]}{.metadata.name}{" "}{.metadata.annotations.deployment\.kubernetes\.io/revision}{"\n"}{end}' 2>/dev/null || true
}

roll_back() {
  echo "failed; going back to what ran before" >&2
  "${kubectl[@]}" get pods -o wide >&2 || true
  "${kubectl[@]}" logs job/migrate --tail=50 >&2 || true
  while read -r name revision; do
    now=$("${kubectl[@]}" get deployment "$name" -o jsonpath='{.metadata.annotations.deployment\.kubernetes\.io/revision}')
    if [ "$now" != "$revision" ]; then
      "${kubectl[@]}" rollout undo "deployment/$name" --to-revision="$revision" >&2
    fi
  done < "$before"
  while read -r name _; do
    "${kubectl[@]}" rollout status "deployment/$name" --timeout=5m >&2
  done < "$before"
  exit 1
}

kubectl kustomize "$overlay" > "$rendered"
if grep -q 'sha256:0\{64\}' "$rendered"; then
  echo "the images aren't known yet: run make pin-images REGISTRY=... TAG=... first" >&2
  exit 1
fi
revisions > "$before"
trap roll_back ERR
"${kubectl[@]}" delete job migrate --ignore-not-found --wait
kubectl apply -f "$rendered"
"${kubectl[@]}" wait job/migrate --for=condition=Complete --timeout=20m
for kind in statefulset deployment; do
  for name in $("${kubectl[@]}" get "$kind" -o name); do
    "${kubectl[@]}" rollout status "$name" --timeout=10m
  done
done
if [ -n "$base_url" ]; then
  make conformance BASE_URL="$base_url"
fi
