#!/usr/bin/env bash
# Puts the dump FILE in the place of a database that is empty or not there.
#
#   restore.sh FILE
#
# It is restored beside it and changes its name in the end: until then nothing is changed, however
# this ends. The roles must be there. dump_file.sh has the rest of what it is told.
. "$(dirname "${BASH_SOURCE[0]}")/dump_file.sh"

leaving_seconds=3  # after which a client that is still connected is not just leaving

# How many clients use the database. A worker of autovacuum is none, which makes room by itself; nor is
# a connection that is just closing, so while there is any this looks again for a few seconds.
clients() {
  local count until=$((SECONDS + leaving_seconds))
  while :; do
    count=$(sql postgres "select count(*) from pg_stat_activity
      where datname = '$database' and backend_type = 'client backend'") || return
    [[ $count != 0 && $SECONDS -lt $until ]] || break
    sleep 0.1
  done
  echo "$count"
}

file=${1:?a dump}
need_a_sound_key
need_a_whole_dump "$file"
if [ -n "$(sql postgres "select 1 from pg_database where datname = '$database'")" ]; then
  [ "$(tables_in "$database")" = 0 ] || fail "the database $database is not empty: nothing was changed. \
Move it aside first (${SAKINA_RESTORE_ASIDE:-alter database $database rename to ${database}_before}), and drop it when nobody misses it."
  others=$(clients)
  [ "$others" = 0 ] || fail "$others connections use the database $database: stop the services first. Nothing was changed."
fi
restore_into "$file" "${database}_restored" ||
  fail "the dump could not be restored; nothing was changed. ($(why))"
begin_anew "${database}_restored" || fail "nothing was changed: $(why)"
sql postgres "drop database if exists $database"
sql postgres "alter database ${database}_restored rename to $database"
spare=""
echo "restore: $database is as $(basename "$file") has it, $(tables_in "$database") tables"
