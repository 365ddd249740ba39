# shellcheck shell=bash
# What the scripts beside it have in common: where MovieNow is, and how to wait for a Job. To be sourced.
kubectl=(kubectl --namespace "${NAMESPACE:-movienow}")

# await_job NAME SECONDS waits for a Job to end, well or not. It shows the log of one that fails.
await_job() {
  local ended deadline=$((SECONDS + $2))
  while ((SECONDS < deadline)); do
    ended=$("${kubectl[@]}" get job "$1" -o jsonpath='{.status.conditions[?(@.status=="True")].type}') || return 1
    case " $ended " in
    *" Complete "*) return 0 ;;
    *" Failed "*) break ;;
    esac
    sleep 2
  done
  echo "the job $1 failed:" >&2
  "${kubectl[@]}" logs "job/$1" --all-containers --tail=50 >&2
  return 1
}
