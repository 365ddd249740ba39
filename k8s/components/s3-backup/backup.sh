#!/bin/sh
# Writes a dump for upload.sh to bring away, and reads it back.
set -eu
pg_dump --format=custom --file=/backups/movienow.dump
pg_restore --list /backups/movienow.dump >/dev/null
