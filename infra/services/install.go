package services

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// packages are the Debian packages that bring each program.
var packages = map[string]string{
	"postgres": "postgresql", "initdb": "postgresql", "redis-server": "redis-server",
	"rabbitmq-server": "rabbitmq-server", "epmd": "rabbitmq-server",
}

// ensureBinaries installs the programs that are missing.
func ensureBinaries(ctx context.Context, progress io.Writer, programs []string) error {
	var missing []string
	for _, program := range programs {
		if _, err := find(program); err != nil && !slices.Contains(missing, packages[program]) {
			missing = append(missing, packages[program])
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if progress == nil {
		progress = io.Discard
	}
	fmt.Fprintf(progress, "installing %s\n", strings.Join(missing, ", "))
	if err := install(ctx, missing, progress); err != nil {
		return fmt.Errorf("%s must be installed, and that failed: %w\n"+
			"Install by hand: sudo apt-get update && sudo apt-get install -y %s\n"+
			"or name servers of your own in DATABASE_URL, LOCK_REDIS_URL, CACHE_REDIS_URL and AMQP_URL",
			strings.Join(missing, ", "), err, strings.Join(missing, " "))
	}
	return nil
}

// installScript installs packages without leaving their servers behind: policy-rc.d forbids the start while apt-get
// runs, createcluster.conf keeps Debian from making a PostgreSQL cluster, and the units that did not exist before are
// not to start at the next boot. A policy or configuration that was there before is put back at the end. apt-get's
// status goes to the standard output and everything else to the error output, as sudo lets no other file through.
const installScript = `set -eu
exec 3>&1 1>&2
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.conf
saved=$(mktemp -d)
restore() {
  if [ -e "$saved/policy" ]; then cp -p "$saved/policy" "$policy"; else rm -f "$policy"; fi
  if [ -e "$saved/made-cluster" ]; then rm -f "$cluster"; fi
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
apt-get update -q
apt-get install -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends -o Dpkg::Options::=--force-confold -o APT::Status-Fd=3 "$@"
if command -v systemctl >/dev/null; then
  for unit in postgresql redis-server rabbitmq-server; do
    case " $* " in *" $unit "*) systemctl disable "$unit" >/dev/null 2>&1 || true ;; esac
  done
fi
`

func install(ctx context.Context, names []string, progress io.Writer) error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("this system has no apt-get")
	}
	args := append([]string{"sh", "-c", installScript, "install"}, names...)
	if os.Geteuid() != 0 {
		if err := exec.CommandContext(ctx, "sudo", "-n", "true").Run(); err != nil {
			return errors.New("this user may not run sudo without a password")
		}
		args = append([]string{"sudo", "-n"}, args...)
	}
	return runWithStatus(ctx, args, progress)
}

// runWithStatus shows how far apt-get is, from the lines "dlstatus:..." and "pmstatus:..." that it writes for programs.
func runWithStatus(ctx context.Context, args []string, progress io.Writer) error {
	log, err := os.CreateTemp("", "movienow-install-*.log")
	if err != nil {
		return fmt.Errorf("create a log: %w", err)
	}
	defer log.Close()
	reader, writer, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("create a pipe: %w", err)
	}
	defer reader.Close()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = writer, log
	err = cmd.Start()
	writer.Close()
	if err != nil {
		return fmt.Errorf("run apt-get: %w", err)
	}
	showStatus(reader, progress)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("apt-get: %w; the end of %s:\n%s", err, log.Name(), tail(log.Name()))
	}
	return os.Remove(log.Name())
}

func showStatus(status io.Reader, progress io.Writer) {
	doing := map[string]string{"dlstatus": "downloading", "pmstatus": "installing"}
	shown := ""
	for lines := bufio.NewScanner(status); lines.Scan(); {
		fields := strings.SplitN(lines.Text(), ":", 4)
		if len(fields) < 4 || doing[fields[0]] == "" {
			continue
		}
		percent, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			continue
		}
		if now := fmt.Sprintf("  %s %d %%", doing[fields[0]], int(percent)/20*20); now != shown {
			fmt.Fprintln(progress, now)
			shown = now
		}
	}
}
