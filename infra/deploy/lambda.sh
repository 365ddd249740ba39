#!/usr/bin/env bash
# Deploys template.yaml as a stack. The schema comes first, from the new migrate function; the others follow step by step.
# Usage: lambda.sh SAM STACK. With EXECUTOR, the ARN of a role, CloudFormation works as that role.
set -euo pipefail
sam=$1 stack=$2
"$sam" build
migrate() {
  aws cloudformation describe-stacks --stack-name "$stack" \
    --query "Stacks[0].Outputs[?OutputKey=='MigrateFunction'].OutputValue" --output text 2>/dev/null || true
}
run_migrate() {
  answer=$(mktemp)
  trap 'rm -f "$answer"' EXIT
  failed=$(aws lambda invoke --function-name "$1" --payload '{}' --cli-binary-format raw-in-base64-out \
    --cli-read-timeout 900 --query FunctionError --output text "$answer")
  if [ "$failed" != None ]; then
    cat "$answer" >&2
    exit 1
  fi
}
existing=$(migrate)
if [ -n "$existing" ]; then
  (cd .aws-sam/build/MigrateFunction && python3 -m zipfile -c ../migrate.zip bootstrap)
  aws lambda update-function-code --function-name "$existing" --zip-file fileb://.aws-sam/build/migrate.zip > /dev/null
  aws lambda wait function-updated-v2 --function-name "$existing"
  run_migrate "$existing"
fi
"$sam" deploy --stack-name "$stack" --no-confirm-changeset --no-fail-on-empty-changeset ${EXECUTOR:+--role-arn "$EXECUTOR"}
if [ -z "$existing" ]; then
  run_migrate "$(migrate)"
fi
