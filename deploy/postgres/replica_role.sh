#!/bin/sh
# Makes the role that a replica connects as, with the password in /run/secrets/replica_password, and
# the slot that keeps the log for it. Safe to run again. It waits for no replica itself.
set -eu
export PGHOST=/var/run/postgresql PGOPTIONS='-c client_min_messages=warning -c synchronous_commit=local'
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
  --set password="$(cat /run/secrets/replica_password)" <<'SQL'
set log_min_error_statement = 'panic';
select 'create role replica' where not exists (select from pg_roles where rolname = 'replica') \gexec
alter role replica login replication nosuperuser password :'password';
select pg_create_physical_replication_slot('replica')
where not exists (select from pg_replication_slots where slot_name = 'replica') \g /dev/null
-- A replica that is away for longer than this lasts is to be made anew; the disk is not to be full.
alter system set max_slot_wal_keep_size = '4GB';
select pg_reload_conf() \g /dev/null
SQL
echo "replica-role: the role and its slot are there"
