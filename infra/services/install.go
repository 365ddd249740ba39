package services

import (
	"bufio"
	"context"
	_ "embed"
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
	"rabbitmq-server": "rabbitmq-server", "epmd": "rabbitmq-server", "gcc": "gcc libc6-dev",
	"pgbench": "postgresql", "redis-benchmark": "redis-tools", "prometheus": "prometheus", "promtool": "prometheus",
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
			"Install by hand: sudo apt-get update && sudo apt-get install -y %s",
			strings.Join(missing, ", "), err, strings.Join(missing, " "))
	}
	return nil
}

// installScript installs packages without starting their servers.
//
//go:embed install.sh
var installScript string

func install(ctx context.Context, names []string, progress io.Writer) error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("this system has no apt-get")
	}
	args := append([]string{"sh", "-c", installScript, "install"}, strings.Fields(strings.Join(names, " "))...)
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
