#!/usr/bin/env bash
# What a database is told that was put as it was at a moment, as restore.sh does for one of a dump.
#
#   after_recovery.sh
. "$(dirname "${BASH_SOURCE[0]}")/dump_file.sh"

for _ in $(seq 3600); do
  recovering=$(sql "$database" "select pg_is_in_recovery()" 2>"$errors") || fail "$(why)"
  [ "$recovering" = t ] || break
  sleep 1
done
[ "$recovering" = f ] || fail "the server still recovers after an hour; give this command again."
begin_anew "$database" || fail "$(why)"
echo "after_recovery: $database is told what a restored one is told"
