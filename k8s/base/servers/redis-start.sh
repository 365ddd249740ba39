#!/bin/sh
# Starts Redis with the settings in the file $1. The user default has every password that the Secret lists with commas, so
# that two are good while one takes the other's place. The user probe needs none and may only ask whether Redis answers: a
# probe that knew a password would have the pod restarted when it changes.
set -eu
passwords=$(tr ',' '\n' < /etc/redis-password/password | sed 's/^/>/' | tr '\n' ' ')
# shellcheck disable=SC2086 # one word per password and option
exec redis-server "/etc/redis/$1.conf" ${REDIS_OPTIONS:-} --user default on $passwords '~*' '&*' +@all --user probe on nopass -@all +ping
