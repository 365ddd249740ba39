#!/bin/sh
# Installs the Debian packages named as arguments without leaving their servers behind: policy-rc.d forbids their start
# while apt-get runs, createcluster.conf keeps Debian from making a PostgreSQL cluster, and what wasn't installed before
# won't start at the next boot either. A policy or configuration that was there before is put back at the end.
# apt-get's status goes to the standard output and all else to the error output, as sudo lets no other file through.
set -eu
exec 3>&1 1>&2
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.conf
saved=$(mktemp -d)
restore() {
  if [ -e "$saved/policy" ]; then cp -p "$saved/policy" "$policy"; else rm -f "$policy"; fi
  if [ -e "$saved/made-cluster" ]; then
    rm -f "$cluster"
    if [ -e "$cluster.ucf-dist" ]; then mv "$cluster.ucf-dist" "$cluster"; fi
  fi
  rm -rf "$saved"
}
trap restore EXIT
trap 'exit 1' INT TERM HUP
if [ -e "$policy" ]; then cp -p "$policy" "$saved/policy"; fi
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"
if [ ! -e "$cluster" ]; then
  mkdir -p "${cluster%/*}"
  echo 'create_main_cluster = false' >"$cluster"
  : >"$saved/made-cluster"
fi
for unit in postgresql redis-server rabbitmq-server epmd prometheus; do
  if [ -e "/lib/systemd/system/$unit.service" ]; then : >"$saved/had-$unit"; fi
done
apt-get update -q
apt-get install -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends -o Dpkg::Options::=--force-confold -o APT::Status-Fd=3 "$@"
for unit in postgresql redis-server rabbitmq-server epmd prometheus; do
  [ -e "$saved/had-$unit" ] && continue
  # With a unit's links gone systemd doesn't start it at boot; update-rc.d does the same for the older init scripts.
  if [ -e "/etc/init.d/$unit" ]; then update-rc.d "$unit" disable; fi
  rm -f "/etc/systemd/system/"*".wants/$unit.service" "/etc/systemd/system/"*".wants/$unit.socket"
done
