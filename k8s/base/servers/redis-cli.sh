#!/bin/sh
# redis-cli with the password that the Secret holds now, which isn't always the one that the pod started with.
REDISCLI_AUTH=$(cut -d, -f1 /etc/redis-password/password)
export REDISCLI_AUTH
# shellcheck disable=SC2086 # one word per option
exec redis-cli ${REDIS_CLI_OPTIONS:-} "$@"
