package services

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"movienow/infra/process"
)

func TestShowStatus(t *testing.T) {
	t.Parallel()
	status := strings.Join([]string{
		"dlstatus:1:3.5:Retrieving file 1 of 30", "dlstatus:2:7.1:Retrieving file 2 of 30", "dlstatus:9:41:Retrieving",
		"pmstatus:postgresql:60.5:Unpacking postgresql (amd64)", "pmerror:x:1:y", "nonsense",
	}, "\n")
	var shown strings.Builder
	showStatus(strings.NewReader(status), &shown)
	want := "  downloading 0 %\n  downloading 40 %\n  installing 60 %\n"
	if got := shown.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNewestVersionIsFound(t *testing.T) {
	t.Parallel()
	if compareVersions("/usr/lib/postgresql/9/bin/postgres", "/usr/lib/postgresql/15/bin/postgres") >= 0 {
		t.Error("version 9 isn't older than 15")
	}
	if compareVersions("/usr/lib/postgresql/15/bin/postgres", "/usr/lib/postgresql/16/bin/postgres") >= 0 {
		t.Error("version 15 isn't older than 16")
	}
}

func TestPostgresStartsOverAForeignLock(t *testing.T) {
	t.Parallel()
	server := NewPostgres(t.TempDir(), PostgresOptions{Throwaway: true})
	t.Cleanup(func() { server.Discard() })
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := server.program.(*postgres)
	lock := filepath.Join(p.data(), "postmaster.pid")
	text, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	if used, known := process.WorkIn(p.data()); !used || !known {
		t.Errorf("a running server is not seen: used %v, known %v", used, known)
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	// The process number in the lock file belongs to another program by now: ours.
	_, rest, _ := strings.Cut(string(text), "\n")
	if err := os.WriteFile(lock, fmt.Appendf(nil, "%d\n%s", os.Getpid(), rest), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := server.Start(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPostgresDataLeavesAnUnreachableCheckout(t *testing.T) {
	t.Parallel()
	hidden := filepath.Join(t.TempDir(), "hidden")
	if err := os.Mkdir(hidden, 0o700); err != nil {
		t.Fatal(err)
	}
	if reachable(filepath.Join(hidden, "deeper")) {
		t.Error("a folder below a private one counts as reachable")
	}
	if !reachable(os.TempDir()) {
		t.Errorf("%s doesn't count as reachable", os.TempDir())
	}
}

// A first start that was cut off leaves tables that a broker waits for in vain; one that has been ready keeps what it has.
func TestRabbitMQStartsAfreshAfterAnInterruptedFirstStart(t *testing.T) {
	t.Parallel()
	server := NewRabbitMQ(t.TempDir(), RabbitMQOptions{})
	t.Cleanup(func() { server.Discard() })
	left := filepath.Join(server.dir, "data", "left")
	leave := func() {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(left), 0o755), os.WriteFile(left, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []struct{ kept bool }{{false}, {true}} {
		leave()
		if err := server.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(left); (err == nil) != want.kept {
			t.Errorf("got %v, want the data to be kept: %t", err, want.kept)
		}
		if err := server.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}
