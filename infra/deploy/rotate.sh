#!/usr/bin/env bash
# Changes a secret of the servers in the cluster while everything runs. What functions use is good under its old and its new
# value until all of them have the new one. Usage: rotate.sh SECRET [VALUE], SECRET being one of
#   lock-redis, cache-redis   the password of a Redis: it has two for a while
#   database                  the functions' password of PostgreSQL: of two roles with the same rights, the other one takes over
#   database-owner            the owner's password of PostgreSQL, which migrate, backups and restores use
#   broker                    the password of RabbitMQ's user: connections outlive the change
#   rabbitmq-cookie           the cookie of RabbitMQ's nodes, which have to stop for it; e-mails wait meanwhile
#   webhook, webhook-end      what the payment provider signs with: switch there between the two steps
# VALUE is made up if it isn't given. Where External Secrets brings the Secrets, the value goes to Secrets Manager (needs aws
# and jq). It may be run again when it was interrupted.
set -euo pipefail
secret=$1 new=${2:-$(openssl rand -hex 20)}
# shellcheck source=infra/deploy/job.sh
. "$(dirname "$0")/job.sh"

# named finds a Secret; where kustomize makes them, a hash follows the name.
named() {
  "${kubectl[@]}" get secrets --sort-by=.metadata.creationTimestamp -o name | sed 's|secret/||' | grep -E "^$1(-[a-z0-9]{10})?$" | tail -n 1
}

value() {
  "${kubectl[@]}" get secret "$(named "$1")" -o jsonpath="{.data.${2//./\\.}}" | base64 -d
}

# write NAME KEY VALUE changes one key of a Secret, at its source if that is elsewhere.
write() {
  local name=$1 key=$2 text=$3
  if ! "${kubectl[@]}" get externalsecret "$name" > /dev/null 2>&1; then
    printf '{"data": {"%s": "%s"}}' "$key" "$(printf %s "$text" | base64 -w 0)" |
      "${kubectl[@]}" patch secret "$(named "$name")" --type merge --patch-file /dev/stdin
    return
  fi
  aws secretsmanager get-secret-value --secret-id "movienow/$name" --query SecretString --output text |
    TEXT=$text jq --arg key "$key" '.[$key] = env.TEXT' > "$folder/secret.json"
  aws secretsmanager put-secret-value --secret-id "movienow/$name" --secret-string "file://$folder/secret.json" > /dev/null
  rm "$folder/secret.json"
}

# refresh NAME KEY VALUE waits until External Secrets, if it is there, has brought the value.
refresh() {
  "${kubectl[@]}" get externalsecret "$1" > /dev/null 2>&1 || return 0
  "${kubectl[@]}" annotate externalsecret "$1" "force-sync=$(date +%s)" --overwrite
  until [ "$(value "$1" "$2")" = "$3" ]; do sleep 2; done
}

# address NAME KEY OLD NEW changes the user and password in an address; External Secrets does that by itself.
address() {
  "${kubectl[@]}" get externalsecret "$1" > /dev/null 2>&1 && return
  local text
  text=$(value "$1" "$2")
  write "$1" "$2" "${text/"//$3@"/"//$4@"}"
}

# clients KIND CLIENT lists what runs with a server's or provider's secrets. A revision of Knative is a Deployment too.
clients() {
  "${kubectl[@]}" get "$1" -o jsonpath="{range .items[?(@.spec.template.metadata.labels.movienow/$2=='client')]}{.metadata.name} {.metadata.labels}{\"\\n\"}{end}" 2> /dev/null |
    grep -v serving.knative.dev/revision | cut -d' ' -f1 || true
}

# restart replaces all copies of what is labelled as a client, a few at a time.
restart() {
  local name knative=services.serving.knative.dev
  for name in $(clients deployments "$1"); do
    "${kubectl[@]}" rollout restart "deployment/$name"
  done
  for name in $(clients $knative "$1"); do
    "${kubectl[@]}" patch "$knative" "$name" --type merge -p "{\"spec\": {\"template\": {\"metadata\": {\"annotations\": {\"movienow/restarted\": \"$(date +%s)\"}}}}}"
  done
  for name in $(clients deployments "$1"); do
    "${kubectl[@]}" rollout status "deployment/$name" --timeout=10m
  done
  for name in $(clients $knative "$1"); do
    "${kubectl[@]}" wait "$knative/$name" --for=condition=Ready --timeout=10m
  done
}

redis() {
  echo "$2" | "${kubectl[@]}" exec -i "$1-0" -- sh /etc/redis/cli.sh | grep -qx OK
}

rotate_redis() {
  local old
  old=$(value "$1" password)
  redis "$1" "ACL SETUSER default >$new"
  write "$1" password "$new,${old%%,*}"
  address "$1" url ":${old%%,*}" ":$new"
  refresh "$1" password "$new,${old%%,*}"
  restart "$1"
  write "$1" password "$new"
  refresh "$1" password "$new"
  until [ "$("${kubectl[@]}" exec "$1-0" -- cat /etc/redis-password/password)" = "$new" ]; do sleep 2; done
  redis "$1" "ACL SETUSER default resetpass >$new"
}

sql() {
  "${kubectl[@]}" exec -i postgres-0 -- psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 -U movienow -d movienow
}

rotate_database() {
  local current other=movienow_app2 old
  current=$(value database url | sed 's|.*//\([^:]*\):.*|\1|')
  old=$(value database password)
  [ "$current" = movienow_app ] || other=movienow_app
  sql <<< "DO \$\$ BEGIN CREATE ROLE movienow_app2 IN ROLE movienow_app; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$;
    ALTER ROLE $other LOGIN PASSWORD '$new';"
  write database username "$other"
  write database password "$new"
  address database url "$current:$old" "$other:$new"
  refresh database password "$new"
  restart database
  sql <<< "ALTER ROLE $current NOLOGIN PASSWORD NULL;"
}

rotate_owner() {
  local old
  old=$(value database-owner password)
  sql <<< "ALTER ROLE movienow PASSWORD '$new';"
  write database-owner password "$new"
  address database-owner url "movienow:$old" "movienow:$new"
  refresh database-owner password "$new"
}

rotate_broker() {
  local old definitions
  old=$(value broker url | sed 's|.*//[^:]*:\([^@]*\)@.*|\1|')
  definitions=$(value rabbitmq definitions\\.json)
  printf %s "$new" | "${kubectl[@]}" exec -i rabbitmq-0 -- rabbitmqctl change_password movienow
  address broker url "movienow:$old" "movienow:$new"
  address broker management-url "movienow:$old" "movienow:$new"
  if "${kubectl[@]}" get externalsecret broker > /dev/null 2>&1; then
    write broker password "$new"
    "${kubectl[@]}" annotate externalsecret broker rabbitmq "force-sync=$(date +%s)" --overwrite
    until value broker url | grep -qF ":$new@"; do sleep 2; done
  else
    write rabbitmq definitions.json "${definitions/"\"$old\""/"\"$new\""}"
  fi
  if [ -n "$(named knative-broker)" ]; then
    write knative-broker password "$new"
    kubectl --namespace movienow-source rollout restart deployment
  fi
  restart broker
}

rotate_cookie() {
  local replicas
  replicas=$("${kubectl[@]}" get statefulset rabbitmq -o jsonpath='{.spec.replicas}')
  "${kubectl[@]}" scale statefulset rabbitmq --replicas=0
  "${kubectl[@]}" wait pod -l app.kubernetes.io/name=rabbitmq --for=delete --timeout=15m
  write rabbitmq cookie "$new"
  refresh rabbitmq cookie "$new"
  "${kubectl[@]}" scale statefulset rabbitmq --replicas="$replicas"
  "${kubectl[@]}" rollout status statefulset/rabbitmq --timeout=15m
}

rotate_webhook() {
  local old wanted
  old=$(value payment webhook-secret)
  wanted=$new,${old%%,*}
  [ "$1" = begin ] || wanted=${old%%,*}
  write payment webhook-secret "$wanted"
  refresh payment webhook-secret "$wanted"
  restart webhook
  [ "$1" = end ] || echo "switch the payment provider to $new, then: make rotate SECRET=webhook-end"
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
case $secret in
lock-redis | cache-redis) rotate_redis "$secret" ;;
database) rotate_database ;;
database-owner) rotate_owner ;;
broker) rotate_broker ;;
rabbitmq-cookie) rotate_cookie ;;
webhook) rotate_webhook begin ;;
webhook-end) rotate_webhook end ;;
*) echo "there is no secret $secret; see $0" >&2; exit 2 ;;
esac
echo "rotated $secret"
