#!/usr/bin/env bash
# Writes a dump of the whole database, as of one moment, into FOLDER, and tries it by restoring it.
#
#   backup.sh FOLDER               the database
#   backup.sh FOLDER --keys < TAR  and beside it what it is restored with: signing keys and the like
#
#   SAKINA_BACKUP_KEEP  how many are kept, the newest ones (7)
#   SAKINA_RELEASE      goes into the names: which release wrote it (local)
# Nothing older goes before the new one is whole. dump_file.sh has the rest of what it is told.
. "$(dirname "${BASH_SOURCE[0]}")/dump_file.sh"

folder=${1:?a folder for the dumps}
keep=${SAKINA_BACKUP_KEEP:-7}
[[ $keep =~ ^[1-9][0-9]{0,3}$ ]] || fail "SAKINA_BACKUP_KEEP is $keep: give a number from 1 to 9999."
need_a_sound_key
mkdir -p "$folder" 2>"$errors" && [ -w "$folder" ] ||
  fail "$folder cannot be written by $(id -un): give that user the folder, or name another one."
exec 9>"$folder/.lock"
flock --nonblock 9 || fail "another one is at work in $folder."
rm -f "$folder"/.part.*  # of one that was killed

stem=$folder/sakina-$(date -u +%Y%m%dT%H%M%SZ)-${SAKINA_RELEASE:-local}
suffix=$(keyed && echo .gpg || true)

write() { # to `part` what the input says
  seal >"$part" 2>"$errors" && sync "$part" 2>>"$errors"
}

forget_older() { # of the files that end in what is given
  find "$folder" -maxdepth 1 \( -name "sakina-*$1" -o -name "sakina-*$1.gpg" \) | sort -r |
    tail -n +$((keep + 1)) | while read -r old; do rm -f "$old"; done
}

if [ "${2:-}" = --keys ]; then
  keys=$stem.keys.tar$suffix
  part=$folder/.part.keys
  write || fail "the keys were not written: $(why)"
  mv "$part" "$keys"
fi

dump=$stem.dump$suffix
part=$folder/.part.dump$suffix  # read as what it is, and found by no one as one that is whole
pg_dump --format=custom "$database" 2>"$scratch/pg_dump" | write || {
  cat "$scratch/pg_dump" >>"$errors"
  fail "no dump was written, and none of before is gone: $(why)"
}
restore_into "$part" "${database}_check" ||
  fail "the dump cannot be restored, so it was not kept, and none of before is gone: $(why)"
tables=$(tables_in "${database}_check")
[ "$tables" = "$(tables_in "$database")" ] ||
  fail "the dump holds $tables tables, and the database another number: try again when no migration runs."
sql postgres "drop database ${database}_check with (force)"
spare=""
mv "$part" "$dump"
part=""
forget_older .dump
forget_older .keys.tar
echo "backup: wrote $dump ($(du -h "$dump" | cut -f 1)$(keyed && echo ", encrypted" || true)), restored into a database made for that: $tables tables"
