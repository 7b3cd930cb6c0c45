#!/usr/bin/env bash
# Puts the data of a stopped server as they were at MOMENT: from the base backup before it on.
#
#   recover.sh FOLDER DATA [MOMENT]
#
#   FOLDER  the archive, with base/ and wal/
#   DATA    the server's data folder, which is empty or holds what is to be replaced
#   MOMENT  as "2026-11-26 20:15:00+00"; without it, as late as the log goes
#
# What was in DATA is moved to FOLDER/before-…, and its log serves as far as it is whole. The server
# does the rest when it starts, and ends where its log has not MOMENT.
set -euo pipefail
umask 077
folder=${1:?the folder of the archive} data=${2:?the data folder} moment=${3:-}
fail() {
  echo "recover: $1" >&2
  exit 1
}
# Of a moment, how a base backup that ended then is called.
if [ -n "$moment" ]; then
  until=$(date -u -d "$moment" +%Y%m%dT%H%M%SZ 2>/dev/null) ||
    fail "$moment is no moment: say it as 2026-11-26 20:15:00+00. Nothing was changed."
else
  until=9
fi
base=""
for one in "$folder"/base/*Z; do
  [ -f "$one/backup_manifest" ] && [[ $(basename "$one") < $until ]] && base=$one
done
[ -n "$base" ] || fail "no base backup in $folder/base ended before ${moment:-now}. Nothing was changed."
pg_verifybackup --quiet --no-parse-wal "$base" || fail "$base is damaged. Nothing was changed."

mkdir -p "$data"
if [ -n "$(ls -A "$data")" ]; then
  before=$folder/before-$(date -u +%Y%m%dT%H%M%SZ)
  cp -a "$data/." "$before" || { rm -rf "$before"; fail "there is no room for what is there now. Nothing was changed."; }
  # The end of the log, which was not full enough to be kept.
  for segment in "$before"/pg_wal/[0-9A-F]*; do
    name=$(basename "$segment")
    [ ! -f "$segment" ] || [ -e "$folder/wal/$name" ] || cp "$segment" "$folder/wal/$name"
  done
  find "$data" -mindepth 1 -delete
fi
cp -a "$base/." "$data"
chmod 0700 "$data"
# Of a recovery before, whose moment is not this one's.
sed -i -E '/^(restore_command|recovery_target_[a-z]+) = /d' "$data/postgresql.auto.conf"
{
  printf "restore_command = 'cp %s/wal/%%f %%p'\n" "$folder"
  [ -z "$moment" ] || printf "recovery_target_time = '%s'\n" "$moment"
  echo "recovery_target_action = 'promote'"
} >>"$data/postgresql.auto.conf"
touch "$data/recovery.signal"
echo "recover: from $(basename "$base") on, ${moment:-to the end of the log}; start the server"
