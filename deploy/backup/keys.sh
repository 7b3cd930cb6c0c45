#!/usr/bin/env bash
# Says, as a tar, the keys that were written beside a dump.
#
#   keys.sh FILE > TAR
. "$(dirname "${BASH_SOURCE[0]}")/dump_file.sh"

file=${1:?a file of keys}
need_a_sound_key
[ -r "$file" ] || fail "$file cannot be read."
need_the_key "$file"
unseal "$file" 2>"$errors" || fail "$file is cut or damaged."
