#!/usr/bin/env bash
# Writes k8s/components/release: every image of a version by its digest, so that what was signed is what runs.
# Usage: pin-images.sh REGISTRY TAG. With SIGNER, a pattern of the workflow that may sign, every signature is verified.
set -euo pipefail
registry=$1 tag=$2
file=k8s/components/release/kustomization.yaml
draft=$(mktemp)
trap 'rm -f "$draft"' EXIT
digest() {
  docker buildx imagetools inspect "$1" --format '{{.Manifest.Digest}}'
}
sed -n '/^images:/q;p' "$file" > "$draft"
echo images: >> "$draft"
for folder in functions/*/; do
  function=$(basename "$folder")
  image=$registry/movienow/$function
  found=$(digest "$image:$tag")
  if [ -n "${SIGNER:-}" ]; then
    cosign verify "$image@$found" --certificate-identity-regexp "$SIGNER" \
      --certificate-oidc-issuer https://token.actions.githubusercontent.com > /dev/null
  fi
  printf -- '- name: movienow/%s\n  newName: %s\n  digest: %s\n' "$function" "$image" "$found" >> "$draft"
done
grep -rhoE 'image: (postgres|rabbitmq|redis|amazon/aws-cli):[^ ]+' k8s | cut -d' ' -f2 | sort -u | while read -r server; do
  printf -- '- name: %s\n  digest: %s\n' "${server%%:*}" "$(digest "$server")" >> "$draft"
done
cat "$draft" > "$file"
echo "wrote $file"
