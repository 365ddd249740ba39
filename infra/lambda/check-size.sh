#!/usr/bin/env bash
# Fails if a function's binary is too large, compressed as for Lambda or in a container image: what has to be loaded is what a
# cold start waits for. "make check-size" calls it with the folder of the binaries.
set -euo pipefail
zip_limit=$((6 << 20)) image_limit=$((16 << 20))
beside_binary=$((256 << 10)) # what infra/Dockerfile adds: certificate authorities
too_large=0

mebibytes() { awk -v n="$1" 'BEGIN { printf "%9.2f", n / 1048576 }'; }

printf '%-16s %9s %9s\n' 'MiB, at most' "$((zip_limit >> 20)) zip" "$((image_limit >> 20)) image"
for main in functions/*/main.go; do
  function=$(basename "$(dirname "$main")")
  zip=$(gzip -c "$1/$function" | wc -c)
  image=$(($(wc -c <"$1/$function") + beside_binary))
  verdict=
  if ((zip > zip_limit || image > image_limit)); then
    verdict='  too large'
    too_large=$((too_large + 1))
  fi
  printf '%-16s %s %s%s\n' "$function" "$(mebibytes "$zip")" "$(mebibytes "$image")" "$verdict"
done
if ((too_large > 0)); then
  echo "$too_large functions are too large; \"go list -deps\" shows what is new in them" >&2
  exit 1
fi
