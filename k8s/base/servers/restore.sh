#!/bin/sh
# Puts a dump in the place of the database: the file $DUMP in /backups, or the newest. Functions go on running. While the dump
# is read into a database beside it, theirs only answers questions, so that nobody is sold what is about to vanish; then the
# two change names in one transaction. The old one is kept, closed, as movienow_damaged_TIME. It may be run again at any time.
set -eu
sql() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"
}
export PGDATABASE=postgres
cd /backups
dump=${DUMP:-$(find . -name 'movienow-*.dump' | sort | tail -n 1)}
pg_restore --list "$dump" > /dev/null
# A pod's first connections may come before the network knows that they are allowed.
tries=0
until pg_isready --quiet; do
  tries=$((tries + 1))
  test "$tries" -lt 60
  sleep 1
done
echo "restoring $dump"

reopen() {
  sql --command="ALTER DATABASE movienow RESET default_transaction_read_only"
  echo "failed: the database is as it was, and open" >&2
}
there=$(sql --command="SELECT count(*) FROM pg_database WHERE datname = 'movienow'")
if [ "$there" = 1 ]; then
  trap 'test $? = 0 || reopen' EXIT
  sql --command="ALTER DATABASE movienow SET default_transaction_read_only = on"
  # Connections keep the setting that they began with.
  sql --command="SELECT count(pg_terminate_backend(pid, 10000)) || ' connections ended' FROM pg_stat_activity WHERE datname = 'movienow'"
fi
dropdb --if-exists --force movienow_restored
createdb --template=template0 movienow_restored
pg_restore --exit-on-error --dbname=movienow_restored "$dump"
# Messages that RabbitMQ had when the dump was made may be gone, whatever the dump says: each e-mail that it doesn't know to be
# sent is announced again. The ledger keeps those that are still on their way from being sent twice.
sql --dbname=movienow_restored --command="INSERT INTO outbox (kind, booking_id) SELECT kind, booking_id FROM emails e WHERE status IN ('QUEUED', 'SENDING')
  AND NOT EXISTS (SELECT FROM outbox o WHERE o.booking_id = e.booking_id AND o.kind = e.kind AND o.published_at IS NULL)"
sql --dbname=movienow_restored --command=ANALYZE

# From here on nobody comes in: a database that somebody uses can't be renamed.
if [ "$there" = 1 ]; then
  sql --command="ALTER DATABASE movienow ALLOW_CONNECTIONS false"
  trap 'test $? = 0 || { sql --command="ALTER DATABASE movienow ALLOW_CONNECTIONS true"; reopen; }' EXIT
  sql --command="SELECT count(pg_terminate_backend(pid, 10000)) || ' connections ended' FROM pg_stat_activity WHERE datname = 'movienow'"
  sql --command="BEGIN; ALTER DATABASE movienow RENAME TO movienow_damaged_$(date -u +%Y%m%dT%H%M%S);
    ALTER DATABASE movienow_restored RENAME TO movienow; COMMIT"
else
  sql --command="ALTER DATABASE movienow_restored RENAME TO movienow"
fi
trap - EXIT
echo "restored $dump"
