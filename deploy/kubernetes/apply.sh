#!/usr/bin/env bash
# Brings a cluster to what a folder of overlays says, in the order that loses nothing:
#
#   deploy/kubernetes/apply.sh deploy/kubernetes/overlays/small
#
# database and broker; roles and schemas; each service's migrations; then the processes, whose old ones
# stay until new ones are ready. What fails ends it, and what comes after is left as it was. Running it
# again changes nothing where nothing changed; it is also how a new release comes, and an old one again.
#
#   SAKINA_PATIENCE  seconds for each of these (900)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
overlay=${1:?a folder of overlays: deploy/kubernetes/overlays/small, or one of your own}
patience=${SAKINA_PATIENCE:-900}
rendered=$(mktemp)
trap 'rm -f "$rendered"' EXIT

say() { echo "apply: $*" >&2; }
of() { kubectl --namespace sakina "$@"; }
stage() { kubectl apply --filename "$rendered" --selector "sakina.app/stage=$1"; }

import() { # definitions into the running broker
  of exec --stdin rabbitmq-server-0 --container rabbitmq -- \
    sh -c 'cat >/tmp/sakina.json && rabbitmqctl import_definitions /tmp/sakina.json && rm /tmp/sakina.json'
}

run_jobs() { # of a stage, anew: a Job is not changed, but made again
  of delete job --selector "sakina.app/stage=$1" --ignore-not-found --wait
  stage "$1"
  local until=$((SECONDS + patience)) states
  while :; do
    # A line for each: its name, and what is true of it.
    states=$(of get jobs --selector "sakina.app/stage=$1" --output \
      'jsonpath={range .items[*]}{.metadata.name}{" "}{.status.conditions[?(@.status=="True")].type}{"\n"}{end}')
    if grep -qw Failed <<<"$states"; then
      say "failed, and nothing after it was changed: $(grep -w Failed <<<"$states" | cut -d ' ' -f 1 | xargs)"
      of logs --selector "sakina.app/stage=$1" --tail 20 --prefix >&2 || true
      exit 1
    fi
    [ -n "$states" ] && ! grep -qvw Complete <<<"$states" && return
    [ "$SECONDS" -lt "$until" ] || { say "not done within $patience s: $states"; exit 1; }
    sleep 1
  done
}

kubectl kustomize "$overlay" >"$rendered"
for secret in postgres-superuser postgres-roles rabbitmq-users; do
  of get secret "$secret" --output name >/dev/null ||
    { say "there is no Secret $secret: deploy/kubernetes/secrets.sh | kubectl apply -f -"; exit 1; }
done

stage foundation
of wait cluster.postgresql.cnpg.io/postgres --for=condition=Ready --timeout "${patience}s"
of wait rabbitmqcluster.rabbitmq.com/rabbitmq --for=condition=AllReplicasReady --timeout "${patience}s"
# A broker that runs does not read its files again: new users, exchanges and permissions are handed to it.
of get secret rabbitmq-users --output 'jsonpath={.data.10-users\.json}' | base64 --decode | import
import <"$here/../rabbitmq/definitions.json"

run_jobs database
run_jobs migrations

stage services
of rollout status deployment --selector sakina.app/stage=services --timeout "${patience}s"
kubectl --namespace sakina-edge rollout status deployment --selector sakina.app/stage=services --timeout "${patience}s"
say "done"
