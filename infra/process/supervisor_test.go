package process_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"movienow/infra/process"
)

// TestMain lets the test binary play the program that is supervised.
func TestMain(m *testing.M) {
	if address := os.Getenv("PLAY_PROGRAM_AT"); address != "" {
		os.Exit(play(address))
	}
	if os.Getenv("PLAY_OWNER") != "" {
		os.Exit(playOwner())
	}
	os.Exit(m.Run())
}

// play serves its process number until it is asked to end; /stubborn makes it deaf to that.
func play(address string) int {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	http.HandleFunc("/stubborn", func(http.ResponseWriter, *http.Request) { signal.Ignore(syscall.SIGTERM) })
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getpid()) })
	go http.ListenAndServe(address, nil)
	fmt.Printf("pid %d\nenvironment %q\n", os.Getpid(), os.Environ())
	<-asked
	fmt.Println("asked to end")
	return 0
}

type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer // not embedded: its ReadFrom would get past the lock
}

func (b *buffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(text)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// program is one that TestMain plays, and what it logs.
func program(t *testing.T) (process.Program, *buffer) {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	log := new(buffer)
	return process.Program{Name: "program", Path: path, Env: []string{"PLAY_PROGRAM_AT=" + address},
		Ready: "http://" + address + "/", Log: log}, log
}

func start(t *testing.T, s *process.Supervisor, p process.Program) {
	t.Helper()
	s.Start(p)
	t.Cleanup(func() { s.Stop(context.Background()) })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
}

func pid(t *testing.T, p process.Program) int {
	t.Helper()
	answer, err := http.Get(p.Ready)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	text.ReadFrom(answer.Body)
	number, _ := strconv.Atoi(text.String())
	return number
}

func running(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestKilledProcessIsBackWithinASecond(t *testing.T) {
	t.Parallel()
	var s process.Supervisor
	p, log := program(t)
	start(t, &s, p)
	first := pid(t, p)
	if err := s.Kill("program"); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	for second := 0; second == 0 || second == first; second = pid(t, p) {
		if time.Since(killed) > time.Second {
			t.Fatalf("not back after a second; log:\n%s", log)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if !strings.Contains(log.String(), "ended (signal: killed); starting again") {
		t.Errorf("the log doesn't tell of the death:\n%s", log)
	}
}

func TestStopAsksFirst(t *testing.T) {
	t.Parallel()
	var s process.Supervisor
	p, log := program(t)
	start(t, &s, p)
	process := pid(t, p)
	s.Stop(t.Context())
	if running(process) {
		t.Errorf("process %d still runs", process)
	}
	if !strings.Contains(log.String(), "asked to end") {
		t.Errorf("the program wasn't asked to end:\n%s", log)
	}
}

func TestStopKillsTheStubborn(t *testing.T) {
	t.Parallel()
	var s process.Supervisor
	p, _ := program(t)
	start(t, &s, p)
	process := pid(t, p)
	if _, err := http.Get(p.Ready + "stubborn"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	s.Stop(ctx)
	if running(process) {
		t.Errorf("process %d still runs", process)
	}
}

func TestNothingIsInherited(t *testing.T) {
	t.Parallel()
	var s process.Supervisor
	p, log := program(t)
	start(t, &s, p)
	want := fmt.Sprintf("environment %q", p.Env)
	if !strings.Contains(log.String(), want) {
		t.Errorf("log has no %s:\n%s", want, log)
	}
}

func TestMissingProgramIsTold(t *testing.T) {
	t.Parallel()
	var s process.Supervisor
	p, log := program(t)
	p.Path = filepath.Join(t.TempDir(), "missing")
	s.Start(p)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := s.WaitReady(ctx); err == nil || !strings.Contains(err.Error(), "program isn't ready") {
		t.Errorf("got %v, want that the program isn't ready", err)
	}
	s.Stop(t.Context())
	if !strings.Contains(log.String(), "no such file") {
		t.Errorf("the log doesn't say why:\n%s", log)
	}
}

func TestLogsArePrefixedAndKept(t *testing.T) {
	t.Parallel()
	dir, console := t.TempDir(), new(buffer)
	logs, err := process.NewLogs(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	logs.Show(console)
	log, err := logs.Open("checkout")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(log, "one\ntw")
	fmt.Fprint(log, "o\nunfinished")
	logs.Close()
	if got, want := console.String(), "checkout        │ one\ncheckout        │ two\n"; got != want {
		t.Errorf("console: got %q, want %q", got, want)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "checkout.log"))
	if got, want := string(kept), "one\ntwo\nunfinished"; err != nil || got != want {
		t.Errorf("file: got %q, %v, want %q", got, err, want)
	}
}
