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

// inTest has this program be one of the functions of these tests.
const inTest = "TEST_FUNCTION"

func TestMain(m *testing.M) {
	switch os.Getenv(inTest) {
	case "stops": // logs something when it is told to stop
		Main("stops", func(ctx context.Context) error {
			slog.Warn("working") // at once, so that the test can wait for it
			<-ctx.Done()
			slog.Info("the last line")
			return nil
		})
	case "dies": // as soon as it has logged something
		Main("dies", func(context.Context) error {
			slog.Info("the last line")
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		})
	default:
		os.Exit(m.Run())
	}
}

// A Lambda environment is frozen, and may never go on, once its invocation is answered: it holds no line.
func TestLambdaHoldsNoLines(t *testing.T) {
	t.Parallel()
	program := exec.Command(os.Args[0])
	program.Env = append(os.Environ(), inTest+"=dies", "AWS_LAMBDA_RUNTIME_API=127.0.0.1:1")
	var log bytes.Buffer
	program.Stderr = &log
	if program.Run() == nil {
		t.Error("it didn't die")
	}
	if !strings.Contains(log.String(), "the last line") {
		t.Errorf("got %q", &log)
	}
}

// What is held when a function is told to stop is written before its process ends.
func TestStoppingWritesWhatIsHeld(t *testing.T) {
	t.Parallel()
	program := exec.Command(os.Args[0])
	program.Env = append(os.Environ(), inTest+"=stops")
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
