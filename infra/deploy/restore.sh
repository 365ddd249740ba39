#!/usr/bin/env bash
# Puts the database in the cluster back to a dump, see k8s/base/servers/restore.sh. Then the seat locks and the cached
# listings are forgotten, which may tell of bookings that are gone, and the overlay is rolled out again, for a dump may be
# older than the schema. Usage: restore.sh OVERLAY [DUMP], DUMP being the name of a file among the backups, or the newest.
set -euo pipefail
overlay=$1 dump=${2:-}
here=$(dirname "$0")
# shellcheck source=infra/deploy/job.sh
. "$here/job.sh"
job=postgres-restore-$(date +%s)
"${kubectl[@]}" create job "$job" --from=cronjob/postgres-restore --dry-run=client -o yaml |
  sed "s|^\( *\)- name: DUMP\$|&\n\1  value: '$dump'|" | "${kubectl[@]}" create -f -
await_job "$job" 7200
"${kubectl[@]}" logs "job/$job"
for server in lock-redis cache-redis; do
  "${kubectl[@]}" exec "$server-0" -- sh /etc/redis/cli.sh flushall
done
"$here/rollout.sh" "$overlay"
echo "restored. What was charged after the backup has no booking: compare with the payment provider, and refund it there."
