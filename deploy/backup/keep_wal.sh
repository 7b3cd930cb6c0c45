#!/usr/bin/env bash
# PostgreSQL's archive_command: keeps the file of its log FROM as TO, whole or not at all.
#
#   keep_wal.sh FROM TO
#
# It is kept once: the same one again is well, another one of that name is refused, as the server
# may ask for both after a crash.
set -euo pipefail
umask 077
from=$1 to=$2
if [ -e "$to" ]; then
  cmp -s "$from" "$to" && exit 0
  echo "keep_wal: $to is there and another one: the folder is of another server." >&2
  exit 1
fi
cp "$from" "$to.part"
sync "$to.part"
mv "$to.part" "$to"
sync "$(dirname "$to")"
