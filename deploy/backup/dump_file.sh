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

leave() {
  [ -z "$spare" ] || sql postgres "drop database if exists $spare with (force)" >/dev/null 2>&1 || true
  [ -z "${part:-}" ] || rm -f "$part"
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

# The line that says why, of all that a failed program wrote.
why() {
  grep -iE 'no space|error|fatal|fail|could not|cannot' "$errors" | head -n 1 || tail -n 1 "$errors"
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

# Ends with a line that says why where `file` is not a whole dump, or not one of this key.
need_a_whole_dump() {
  local file=$1
  [ -f "$file" ] || fail "$file does not exist; nothing was changed."
  [ -r "$file" ] || fail "$file cannot be read by $(id -un); nothing was changed."
  need_the_key "$file"
  unseal "$file" 2>>"$errors" | pg_restore --file=/dev/null 2>"$errors" ||
    fail "$file is cut or damaged: take another one. Nothing was changed. ($(why))"
}

# Makes `$2`, which nobody else may enter, and restores the dump `$1` into it.
restore_into() {
  local file=$1
  sql postgres "drop database if exists $2 with (force)" 2>"$errors" || return 1
  spare=$2
  sql postgres "create database $2 template template0" 2>"$errors" || return 1
  sql postgres "revoke all on database $2 from public" 2>"$errors" || return 1
  unseal "$file" 2>"$scratch/gpg" | pg_restore --exit-on-error --dbname "$2" 2>"$errors"
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
