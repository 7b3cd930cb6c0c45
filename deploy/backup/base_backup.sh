#!/usr/bin/env bash
# Writes a base backup into FOLDER/base, from which its log in FOLDER/wal goes on, and removes what
# is older than the one before it.
#
#   base_backup.sh FOLDER
#
# The server is where libpq's own variables say. Its checksums are verified.
set -euo pipefail
umask 077
folder=${1:?the folder of the archive}
bases=$folder/base
part=$bases/.part
mkdir -p "$bases" "$folder/wal"
rm -rf "$part"
pg_basebackup --username "${PGUSER:-postgres}" --pgdata "$part" --checkpoint=fast --wal-method=none --no-password
pg_verifybackup --quiet --no-parse-wal "$part"
new=$bases/$(date -u +%Y%m%dT%H%M%SZ)  # when it ended: it serves every later moment
mv -T "$part" "$new"
mapfile -t all < <(find "$bases" -mindepth 1 -maxdepth 1 -name '*Z' | sort)
while [ "${#all[@]}" -gt 2 ]; do
  rm -rf "${all[0]}"
  all=("${all[@]:1}")
done
# The log before the oldest that is left serves nobody: its own file says where it begins.
first=$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p' "${all[0]}/backup_label")
pg_archivecleanup "$folder/wal" "$first"
echo "base_backup: wrote $new; the log is kept from $first on"
