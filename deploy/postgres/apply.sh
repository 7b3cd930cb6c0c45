#!/bin/sh
# Brings roles, passwords and schemas of a running PostgreSQL to what the files beside this one and
# /run/secrets/postgres_roles (SAKINA_ROLES_FILE) say. Safe to run again: that is how changed
# passwords are applied. It talks through the server's own socket, so it needs no password, and a
# changed one cannot lock it out; where PGHOST names a server elsewhere, PGPASSWORD is the superuser's.
set -eu
here=$(dirname "$0")
export PGHOST="${PGHOST:-/var/run/postgresql}"
say() {
  PGOPTIONS='-c client_min_messages=warning' psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --username postgres "$@"
}

say --dbname postgres --command "select 'create database sakina'
  where not exists (select from pg_database where datname = 'sakina')" --tuples-only --no-align |
  say --dbname postgres
say --dbname postgres --single-transaction \
  --file "$here/10-roles.sql" --file "${SAKINA_ROLES_FILE:-/run/secrets/postgres_roles}"
say --dbname sakina --single-transaction --file "$here/20-schemas.sql"
echo "database: roles, passwords and schemas are up to date"
