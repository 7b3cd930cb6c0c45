#!/usr/bin/env bash
# A dump every so often, for as long as it runs; it is the container `backup`.
#
#   schedule.sh FOLDER          at once where the newest is too old, then whenever it is
#   schedule.sh FOLDER healthy  says by its exit status whether the newest is young enough, or the
#                               first one since the start may still be at work
#
#   SAKINA_BACKUP_EVERY  seconds between two (86400, a day)
# backup.sh has the rest of what it is told. One that failed is tried again after a while.
set -euo pipefail
folder=${1:?a folder for the dumps}
every=${SAKINA_BACKUP_EVERY:-86400}
[[ $every =~ ^[1-9][0-9]{1,7}$ ]] || { echo "schedule: SAKINA_BACKUP_EVERY is $every: give seconds, 10 or more." >&2; exit 1; }
again=$((every < 900 ? every : 900))
spare=$((every < 3600 ? every : 3600))  # what one may take, and a failure or two

age() {
  local newest
  newest=$(find "$folder" -maxdepth 1 \( -name 'sakina-*.dump' -o -name 'sakina-*.dump.gpg' \) \
    -printf '%T@\n' 2>/dev/null | sort -n | tail -n 1)
  [ -n "$newest" ] && echo $(($(date +%s) - ${newest%.*})) || echo 2000000000
}

if [ "${2:-}" = healthy ]; then
  [ "$(age)" -lt $((every + spare)) ] && exit 0
  if [ -e "$folder/.began" ] && [ ! -e "$folder/.failed" ]; then
    [ $(($(date +%s) - $(stat -c %Y "$folder/.began"))) -ge "$spare" ] || exit 0
  fi
  echo "the newest dump in $folder is older than $((every + spare)) s, or there is none"
  exit 1
fi

mkdir -p "$folder" && rm -f "$folder/.failed" && touch "$folder/.began" ||
  { echo "schedule: $folder cannot be written by $(id -un): give that user the folder, or name another one." >&2; exit 1; }
# Told to end between a dump and the next wait, there is nothing to kill: that is no failure.
trap 'kill $(jobs -p) 2>/dev/null || true; exit 0' TERM INT
while :; do
  left=$((every - $(age)))
  if [ "$left" -le 0 ]; then
    left=$every
    bash "$(dirname "${BASH_SOURCE[0]}")/backup.sh" "$folder" & wait $! && rm -f "$folder/.failed" || {
      echo "backup: tried again in $again s" >&2
      touch "$folder/.failed" || true
      left=$again
    }
  fi
  sleep "$left" & wait $!
done
