#!/bin/sh
# Brings the dump to the bucket, whose rules delete it when it is old.
set -eu
aws s3 cp --only-show-errors /backups/movienow.dump "s3://$BUCKET/postgres/movienow-$(date -u +%Y%m%dT%H%M%SZ).dump"
