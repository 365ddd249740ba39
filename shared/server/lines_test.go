package server

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// stopsInTest has this program be a function that logs something when it is told to stop.
const stopsInTest = "TEST_FUNCTION_STOPS"

func TestMain(m *testing.M) {
	if os.Getenv(stopsInTest) == "" {
		os.Exit(m.Run())
	}
	Main("stops", func(ctx context.Context) error {
		slog.Warn("working") // at once, so that the test can wait for it
		<-ctx.Done()
		slog.Info("the last line")
		return nil
	})
}

// What is held when a function is told to stop is written before its process ends.
func TestStoppingWritesWhatIsHeld(t *testing.T) {
	t.Parallel()
	program := exec.Command(os.Args[0])
	program.Env = append(os.Environ(), stopsInTest+"=1")
	log, err := program.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(log)
	if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, "working") {
		t.Fatalf("got %q, %v", line, err)
	}
	if err := program.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(lines)
	if err != nil || !bytes.Contains(rest, []byte("the last line")) {
		t.Errorf("got %q, %v", rest, err)
	}
	if err := program.Wait(); err != nil {
		t.Error(err)
	}
}
