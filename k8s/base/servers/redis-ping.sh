#!/bin/sh
# Tells whether Redis answers. While it reads its file the answer is LOADING.
# shellcheck disable=SC2086 # one word per option
test "$(redis-cli ${REDIS_CLI_OPTIONS:-} --no-auth-warning --user probe --pass none ping)" = PONG
