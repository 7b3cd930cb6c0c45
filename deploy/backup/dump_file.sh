# Sourced by its neighbours: what a dump's file is, how it is read, what is said when it cannot be.
#
# The server is where libpq's own variables say (PGHOST, PGPORT, PGUSER, PGPASSWORD).
#   SAKINA_DATABASE         the database (sakina)
#   SAKINA_BACKUP_KEY_FILE  a file that holds the operator's key; none: files are not encrypted
set -euo pipefail
umask 077
export LC_ALL=C PGOPTIONS='-c client_min_messages=warning'

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
database=${SAKINA_DATABASE:-sakina}
key_file=${SAKINA_BACKUP_KEY_FILE:-}
# Not in TMPDIR, whose name may be longer than that of a socket may be.
scratch=$(mktemp -d /tmp/sakina-backup.XXXXXX)
errors=$scratch/errors
spare=""  # a database that is ours to drop
unfinished=()  # files that are ours to remove
services=(auth practice khatma notify)

leave() {
  [ -z "$spare" ] || sql postgres "drop database if exists $spare with (force)" >/dev/null 2>&1 || true
  rm -f "${unfinished[@]}"
  GNUPGHOME=$scratch gpgconf --kill all >/dev/null 2>&1 || true
  rm -rf "$scratch"
}
trap leave EXIT
trap 'exit 143' TERM
trap 'exit 130' INT HUP

fail() {
  echo "$(basename "$0" .sh): $1" >&2
  exit 1
}

# The line that says why, of all that a failed program wrote; some end without a word, as
# pg_restore at damage that it does not survive.
why() {
  local said
  said=$(grep -iE 'no space|error|fatal|fail|could not|cannot' "$errors" | head -n 1 || tail -n 1 "$errors")
  echo "${said:-a program ended without a word}"
}

sql() {
  psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --dbname "$1" --command "$2"
}

# A key that is a device, as /dev/null, is none: that is how Compose is told of no key.
keyed() {
  [ -n "$key_file" ] && [ ! -c "$key_file" ]
}

need_a_sound_key() {
  keyed || return 0
  [ ! -d "$key_file" ] || fail \
    "the key $key_file is a folder: have SAKINA_BACKUP_KEY_FILE name the file whose first line is the key."
  # It is read more than once: what a pipe gives once would encrypt with no key at all.
  [ ! -e "$key_file" ] || [ -f "$key_file" ] || fail \
    "the key $key_file is no file, such as a pipe: have SAKINA_BACKUP_KEY_FILE name one."
  [ -r "$key_file" ] || fail "the key $key_file cannot be read: SAKINA_BACKUP_KEY_FILE names it."
  [ "$(head -n 1 "$key_file" | tr -d '\n' | wc -c)" -ge 20 ] || fail \
    "the key in $key_file has fewer than 20 characters in its first line: make one by openssl rand -base64 32."
  command -v gpg >/dev/null || fail "gpg is missing, which encrypts: install the package gnupg."
}

with_gpg() {
  GNUPGHOME=$scratch gpg --batch --quiet --no-tty --pinentry-mode loopback --no-symkey-cache \
    --passphrase-file "$key_file" "$@"
}

seal() {
  if keyed; then with_gpg --symmetric --cipher-algo AES256 --compress-algo none; else cat; fi
}

unseal() {
  case $1 in
    *.gpg) with_gpg --decrypt "$1" ;;
    *) cat "$1" ;;
  esac
}

# Ends with a line that says why where `file` cannot be read by the key that is set.
need_the_key() {
  local file=$1
  case $file in *.gpg) ;; *) return 0 ;; esac
  keyed ||
    fail "$file is encrypted: name the key that it was made with by SAKINA_BACKUP_KEY_FILE. Nothing was changed."
  unseal "$file" 2>"$errors" >/dev/null && return 0
  ! grep -q 'Bad session key' "$errors" ||
    fail "the key in $key_file is not the one that $file was made with; nothing was changed."
  fail "$file is cut or damaged: take another one. Nothing was changed."
}

# Ends with a line that says why where `$1` is no file that can be read: `$2` says what it is to be.
need_a_file() {
  [ -e "$1" ] || fail "$1 does not exist; nothing was changed."
  [ ! -d "$1" ] || fail "$1 is a folder: name $2 in it. Nothing was changed."
  [ -f "$1" ] || fail "$1 is no file: name $2. Nothing was changed."
  [ -r "$1" ] || fail "$1 cannot be read by $(id -un); nothing was changed."
}

# Ends with a line that says why where `file` is not a whole dump of Sakina's, or not one of this key.
need_a_whole_dump() {
  local file=$1 missing
  need_a_file "$file" "a dump"
  need_the_key "$file"
  # In a shell of its own, whose word for a program that crashed is nobody's line.
  (unseal "$file" 2>>"$errors" | pg_restore --file=/dev/null 2>"$errors") 2>/dev/null ||
    fail "$file is cut or damaged: take another one. Nothing was changed. ($(why))"
  missing=$(missing_in "$file")
  [ -z "$missing" ] || fail "$file is not a dump of Sakina's: it is without $missing. Nothing was changed."
}

# Which of the schemas that every dump of Sakina's has, `$1` has not, with commas between.
missing_in() {
  local contents service missing=""
  contents=$(unseal "$1" 2>"$scratch/gpg" | { pg_restore --list && cat >/dev/null; } 2>"$errors") ||
    fail "the contents of $1 cannot be listed. Nothing was changed. ($(why))"
  for service in "${services[@]}"; do
    grep -q "^[0-9]*; [0-9]* [0-9]* SCHEMA - $service ${service}_owner\$" <<<"$contents" ||
      missing+="${missing:+, }the schema $service of ${service}_owner"
  done
  echo "$missing"
}

# The files of folder `$1` that are called sakina-….`$2`, encrypted or not: their names, newest first.
newest_first() {
  find "$1" -maxdepth 1 ! -type d \( -name "sakina-*.$2" -o -name "sakina-*.$2.gpg" \) -printf '%f\n' | sort -r
}

# For each dump of folder `$1` that the input names, newest first, the tar of keys that it is restored
# with: its own, else the newest before it, else the newest. Dumps of a schedule have none of their own.
keys_for() {
  local tars next=0 dump
  mapfile -t tars < <(newest_first "$1" keys.tar)
  [ "${#tars[@]}" -gt 0 ] || { cat >/dev/null; return 0; }  # all read, or who writes it fails
  while read -r dump; do
    while [[ $next -lt ${#tars[@]} && ${tars[next]%%.keys.tar*} > ${dump%%.dump*} ]]; do
      next=$((next + 1))
    done
    echo "${tars[next]:-${tars[0]}}"
  done
}

# Makes `$2`, which nobody else may enter, and restores the dump `$1` into it.
restore_into() {
  local file=$1
  sql postgres "drop database if exists $2 with (force)" 2>"$errors" || return 1
  spare=$2
  sql postgres "create database $2 template template0" 2>"$errors" || return 1
  sql postgres "revoke all on database $2 from public" 2>"$errors" || return 1
  (unseal "$file" 2>"$scratch/gpg" | pg_restore --exit-on-error --dbname "$2" 2>"$errors") 2>/dev/null
}

# Tells a restored database what it is to know before anybody works in it.
begin_anew() {
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "$1" --single-transaction \
    --output /dev/null --file "$here/after_restore.sql" 2>"$errors"
}

# An extension's are the server's, as those of pg_stat_statements: a new database has them already.
tables_in() {
  sql "$1" "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not like 'pg\_%'
      and n.nspname <> 'information_schema' and not exists (select from pg_depend
        where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')"
}
