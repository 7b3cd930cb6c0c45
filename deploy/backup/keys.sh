#!/usr/bin/env bash
# Says, as a tar, the keys that were written beside a dump.
#
#   keys.sh FILE > TAR     those of a file of keys
#   keys.sh --beside DUMP  the name of the file of those that a dump is restored with, if any is
. "$(dirname "${BASH_SOURCE[0]}")/dump_file.sh"

file=${1:?a file of keys}
if [ "$file" = --beside ]; then
  dump=${2:?a dump}
  basename "$dump" | keys_for "$(dirname "$dump")"
  exit
fi
need_a_sound_key
need_a_file "$file" "a file of keys"
need_the_key "$file"
unseal "$file" 2>"$errors" || fail "$file is cut or damaged."
