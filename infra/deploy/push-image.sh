#!/usr/bin/env bash
# Builds a function's image for both processors, pushes it with its list of parts (SBOM) and its provenance, and signs it.
# Usage: push-image.sh FUNCTION REGISTRY TAG. Signing needs cosign and an identity to sign as; SIGN=no leaves it out.
set -euo pipefail
function=$1 registry=$2 tag=$3
image=$registry/movienow/$function
metadata=$(mktemp)
trap 'rm -f "$metadata"' EXIT
docker buildx build --file infra/Dockerfile --platform linux/amd64,linux/arm64 \
  --build-arg FUNCTION="$function" --build-arg REVISION="$(git rev-parse HEAD)" \
  --build-arg SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)" \
  --sbom=true --provenance=mode=max --metadata-file "$metadata" \
  --cache-from "type=registry,ref=$registry/movienow/cache:$function" \
  --cache-to "type=registry,ref=$registry/movienow/cache:$function,mode=max,image-manifest=true,oci-mediatypes=true" \
  --output "type=registry,name=$image:$tag,rewrite-timestamp=true" .
digest=$(sed -n 's/.*"containerimage.digest": "\(sha256:[0-9a-f]*\)".*/\1/p' "$metadata")
test -n "$digest"
if [ "${SIGN:-yes}" = yes ]; then
  cosign sign --yes "$image@$digest"
fi
echo "$image@$digest"
