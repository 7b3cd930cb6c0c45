#!/usr/bin/env bash
# Prints the Secrets that deploy/kubernetes refers to, of the files that `make secrets` writes:
#
#   deploy/kubernetes/secrets.sh | kubectl apply -f -
#
#   SAKINA_SECRETS  the folder of those files (deploy/secrets)
#   SAKINA_TLS      a folder with tls_certificate and tls_key, where HTTPS ends here
# Nothing is asked of a cluster: kubectl only writes the manifests.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${SAKINA_SECRETS:-$here/../secrets}
[ -r "$folder/postgres_password" ] ||
  { echo "secrets: $folder has no secrets: run make secrets, or name their folder in SAKINA_SECRETS." >&2; exit 1; }
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

# CloudNativePG reads a Secret anew that says so.
labels='labels: {app.kubernetes.io/part-of: sakina, cnpg.io/reload: "true"}'

secret() { # name, namespace, and what kubectl is told of its content
  kubectl create secret generic "$1" --namespace "$2" "${@:3}" --dry-run=client --output yaml |
    sed "s|^metadata:\$|&\n  $labels|"
  echo ---
}

address() { # a URL of the folder by the whole name of its host, which KEDA asks from another namespace
  sed -e 's/@postgres:/@postgres.sakina.svc:/' -e 's/@rabbitmq:/@rabbitmq.sakina.svc:/' "$folder/$1" >"$made/$1"
  echo "$made/$1"
}

secret gateway sakina --from-file=sakina_broker_url="$(address gateway_broker_url)" \
  --from-file=sakina_fingerprint_key="$folder/gateway_fingerprint_key"
for service in auth practice khatma notify; do
  secret "$service" sakina --from-file=sakina_database_url="$(address "${service}_database_url")" \
    --from-file=sakina_broker_url="$(address "${service}_broker_url")"
  secret "$service-owner" sakina --from-file=sakina_database_url="$(address "${service}_owner_url")"
done
secret auth-signing sakina --from-file="$folder/signing"
secret postgres-superuser sakina --type=kubernetes.io/basic-auth \
  --from-literal=username=postgres --from-file=password="$folder/postgres_password"
secret postgres-roles sakina --from-file=postgres_roles="$folder/postgres_roles.sql"
secret rabbitmq-users sakina --from-file=10-users.json="$folder/rabbitmq_users.json"
if [ -n "${SAKINA_TLS:-}" ]; then
  secret sakina-tls sakina-edge --type=kubernetes.io/tls \
    --from-file=tls.crt="$SAKINA_TLS/tls_certificate" --from-file=tls.key="$SAKINA_TLS/tls_key"
fi
