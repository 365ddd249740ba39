#!/bin/sh
# Runs once, when the database is new. The owner's role makes the tables; the functions get one that can use them and
# nothing more. There is a second one with the same rights, so that a password can be changed while the other still works;
# only the one that the Secret names can log in.
set -eu
psql -v ON_ERROR_STOP=1 -v user="${APP_USER:-movienow_app}" -v password="$APP_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
CREATE ROLE movienow_app;
CREATE ROLE movienow_app2 IN ROLE movienow_app;
ALTER ROLE :"user" LOGIN PASSWORD :'password';
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO movienow_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO movienow_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO movienow_app;
SQL
