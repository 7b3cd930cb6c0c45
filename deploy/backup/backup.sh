#!/usr/bin/env bash
# Writes a dump of the whole database, as of one moment, into FOLDER, and tries it by restoring it.
#
#   backup.sh FOLDER               the database
#   backup.sh FOLDER --keys < TAR  and beside it what it is restored with: signing keys and the like
#
#   SAKINA_BACKUP_KEEP  how many are kept, the newest ones (7), with the keys of each
#   SAKINA_RELEASE      goes into the names: which release wrote it (local)
# Nothing older goes before the new one is whole, and one that fails leaves neither dump nor keys.
# dump_file.sh has the rest of what it is told.
. "$(dirname "${BASH_SOURCE[0]}")/dump_file.sh"

folder=${1:?a folder for the dumps}
keep=${SAKINA_BACKUP_KEEP:-7}
[[ $keep =~ ^[1-9][0-9]{0,3}$ ]] || fail "SAKINA_BACKUP_KEEP is $keep: give a number from 1 to 9999."
need_a_sound_key
[ ! -e "$folder" ] || [ -d "$folder" ] || fail "$folder is a file: name a folder for the dumps."
mkdir -p "$folder" 2>"$errors" && [ -w "$folder" ] ||
  fail "$folder cannot be written by $(id -un): give that user the folder, or name another one."
exec 9>"$folder/.lock"
flock --nonblock 9 || fail "another one is at work in $folder."
rm -f "$folder"/.part.*  # of one that was killed

stem=$folder/sakina-$(date -u +%Y%m%dT%H%M%SZ)-${SAKINA_RELEASE:-local}
suffix=$(keyed && echo .gpg || true)

write() { # to file `$1` what the input says
  seal >"$1" 2>"$errors" && sync "$1" 2>>"$errors"
}

forget_older() { # and each tar of keys with the last dump that is restored with it
  newest_first "$folder" dump | tail -n +$((keep + 1)) | forget
  comm -23 <(newest_first "$folder" keys.tar | sort) \
    <(newest_first "$folder" dump | keys_for "$folder" | sort -u) | forget
}

forget() { # the files that the input names
  while read -r old; do rm -f "$folder/$old"; done
}

keys=$stem.keys.tar$suffix
dump=$stem.dump$suffix
part_of_keys=$folder/.part.keys
part=$folder/.part.dump$suffix  # read as what it is, and found by no one as one that is whole
unfinished=("$part" "$part_of_keys")

if [ "${2:-}" = --keys ]; then
  write "$part_of_keys" || fail "the keys were not written, and nothing of before is gone: $(why)"
fi
pg_dump --format=custom "$database" 2>"$scratch/pg_dump" | write "$part" || {
  cat "$scratch/pg_dump" >>"$errors"
  fail "no dump was written, and none of before is gone: $(why)"
}
missing=$(missing_in "$part")
[ -z "$missing" ] || fail "the database $database is not Sakina's, so no dump was kept: it is without $missing."
restore_into "$part" "${database}_check" ||
  fail "the dump cannot be restored, so it was not kept, and none of before is gone: $(why)"
tables=$(tables_in "${database}_check")
[ "$tables" = "$(tables_in "$database")" ] ||
  fail "the dump holds $tables tables, and the database another number: try again when no migration runs."
sql postgres "drop database ${database}_check with (force)"
spare=""
# The keys first: killed between the two, there is a tar too many, which the next one removes.
if [ -e "$part_of_keys" ]; then
  unfinished+=("$keys")
  mv "$part_of_keys" "$keys"
fi
mv "$part" "$dump"
unfinished=()
forget_older
echo "backup: wrote $dump ($(du -h "$dump" | cut -f 1)$(keyed && echo ", encrypted" || true)), restored into a database made for that: $tables tables"
