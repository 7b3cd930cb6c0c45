#!/usr/bin/env bash
# Follows the server `postgres` in PGDATA, beginning with a copy of it.
#
#   replica.sh           copy where there is nothing, then follow
#   replica.sh --anew    remove what is there, copy, and end
#
# What is there and is no replica, such as the data of a primary of before, is left as it is.
set -euo pipefail
umask 077
data=${PGDATA:?} part=$PGDATA/part
printf '*:*:*:replica:%s\n' "$(cat /run/secrets/replica_password)" >/tmp/pgpass
export PGPASSFILE=/tmp/pgpass
primary="host=postgres user=replica application_name=replica connect_timeout=3"

if [ "${1:-}" = --anew ] || [ -e "$part" ]; then
  find "$data" -mindepth 1 -delete
fi
if [ -z "$(ls -A "$data")" ]; then
  # Moved up when it is whole, and marked as a replica last.
  pg_basebackup --dbname "$primary" --pgdata "$part" --slot replica --wal-method stream --checkpoint fast --no-password
  find "$part" -mindepth 1 -maxdepth 1 -exec mv -t "$data" {} +
  touch "$data/standby.signal"
  rmdir "$part"
  chmod 0700 "$data"
  echo "replica: copied from the primary"
fi
[ "${1:-}" != --anew ] || exit 0
if [ ! -e "$data/standby.signal" ]; then
  echo "replica: $data holds a database that is no replica: make it anew, as docs/operations.md says" >&2
  exit 1
fi
exec postgres -c listen_addresses=localhost -c unix_socket_directories=/tmp \
  -c "max_connections=${SAKINA_MAX_CONNECTIONS:-200}" -c hba_file=/sakina/replicated_hba.conf \
  -c "primary_conninfo=$primary passfile=$PGPASSFILE" -c primary_slot_name=replica
