#!/bin/sh
# Writes a dump under a name that tells its time, reads it back, and deletes those older than two weeks.
set -eu
name="movienow-$(date -u +%Y%m%dT%H%M%SZ).dump"
pg_dump --format=custom --file="/backups/$name.part"
pg_restore --list "/backups/$name.part" >/dev/null
mv "/backups/$name.part" "/backups/$name"
find /backups -name 'movienow-*.dump*' -mtime +14 -delete
ls -l "/backups/$name"
