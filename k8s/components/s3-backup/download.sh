#!/bin/sh
# Fetches the dump $DUMP from the bucket, or the newest: their names sort by time.
set -eu
dump=${DUMP:-$(aws s3 ls "s3://$BUCKET/postgres/" | awk '{print $4}' | sort | tail -n 1)}
aws s3 cp --only-show-errors "s3://$BUCKET/postgres/$dump" "/backups/$dump"
