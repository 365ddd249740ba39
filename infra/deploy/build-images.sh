#!/usr/bin/env bash
# Builds every image of ours that an overlay or compose.yaml names, for this machine's processor: the functions, and the
# programs beside them, of which compose.yaml says where they are. It needs Docker, but not compose.
# Usage: build-images.sh TAG.
set -euo pipefail
tag=$1
build() {
  DOCKER_BUILDKIT=1 docker build -q -f infra/Dockerfile --build-arg FUNCTION="$1" --build-arg PACKAGE="$2" \
    --build-arg REVISION="$(git rev-parse HEAD)" --build-arg SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)" -t "movienow/$1:$tag" .
}
for folder in functions/*/; do
  build "$(basename "$folder")" "./${folder%/}"
done
sed -n 's/.*FUNCTION: \([a-z-]*\), PACKAGE: \([^} ]*\).*/\1 \2/p' infra/compose.yaml | while read -r name package; do
  build "$name" "$package"
done
