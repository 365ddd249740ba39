package runtimeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// TestMain makes the test program play the function that the tests invoke.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") == "" {
		os.Exit(m.Run())
	}
	if os.Getenv("PLAY") == "broken" {
		os.Exit(3)
	}
	lambda.StartWithOptions(play, lambda.WithEnableSIGTERM(func() {
		os.WriteFile(os.Getenv("FAREWELL"), []byte("bye"), 0o600)
		os.Exit(0)
	}))
}

// play does what the event says.
func play(ctx context.Context, event string) (string, error) {
	switch event {
	case "fail":
		return "", errors.New("no luck")
	case "panic":
		panic("oh no")
	case "exit":
		os.Exit(4)
	case "hang":
		signal.Ignore(syscall.SIGTERM)
		select {}
	case "meet": // returns when another process does the same
		own := fmt.Sprintf("%s.%d", os.Getenv("MEETING"), os.Getpid())
		os.WriteFile(own, nil, 0o600)
		for ctx.Err() == nil {
			if entries, _ := os.ReadDir(os.Getenv("MEETING_DIR")); len(entries) >= 2 {
				return "met", nil
			}
			time.Sleep(5 * time.Millisecond)
		}
		return "", ctx.Err()
	}
	return fmt.Sprintf("%d", os.Getpid()), nil
}

func function(t *testing.T, o Options) *Function {
	t.Helper()
	o.Binary, o.Name = os.Args[0], "play"
	f := New(o)
	t.Cleanup(f.Close)
	return f
}

func invoke(t *testing.T, f *Function, event string) (string, error) {
	t.Helper()
	payload, _ := json.Marshal(event)
	answer, err := f.Invoke(t.Context(), payload)
	return strings.Trim(string(answer), `"`), err
}

func TestAProcessIsUsedAgain(t *testing.T) {
	t.Parallel()
	f := function(t, Options{})
	began, err := f.Warm(t.Context())
	if err != nil || began <= 0 {
		t.Fatalf("started in %s, %v", began, err)
	}
	first, err := invoke(t, f, "")
	if err != nil {
		t.Fatal(err)
	}
	if second, err := invoke(t, f, ""); err != nil || second != first {
		t.Errorf("got process %s, then %s, %v", first, second, err)
	}
}

func TestFailuresAreToldFromAnswers(t *testing.T) {
	t.Parallel()
	f := function(t, Options{Timeout: 5 * time.Second})
	for _, test := range []struct{ event, kind, message string }{
		{"fail", "errorString", "no luck"}, {"panic", "string", "oh no"}, {"exit", Exited, "exit status 4"}, {"hang", TimedOut, "longer than"},
	} {
		if test.event == "hang" {
			f.options.Timeout = time.Second
		}
		_, err := invoke(t, f, test.event)
		var failure *Failure
		if !errors.As(err, &failure) || failure.Type != test.kind || !strings.Contains(failure.Message, test.message) {
			t.Errorf("%s: got %v, want %s with %q", test.event, err, test.kind, test.message)
		}
		f.options.Timeout = 5 * time.Second
		if _, err := invoke(t, f, ""); err != nil {
			t.Errorf("after %s: %v", test.event, err)
		}
	}
}

func TestAFunctionThatDoesNotStartIsAFailure(t *testing.T) {
	t.Parallel()
	f := function(t, Options{Env: []string{"PLAY=broken"}})
	_, err := invoke(t, f, "")
	var failure *Failure
	if !errors.As(err, &failure) || failure.Type != Exited {
		t.Errorf("got %v, want %s", err, Exited)
	}
	if _, err := f.Warm(t.Context()); err == nil {
		t.Error("it counts as warm")
	}
}

func TestEventsAtTheSameTimeGetProcessesOfTheirOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := function(t, Options{Concurrency: 2, Env: []string{"MEETING=" + dir + "/process", "MEETING_DIR=" + dir}})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if got, err := invoke(t, f, "meet"); got != "met" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	wg.Wait()
}

func TestProcessesAreAskedToEnd(t *testing.T) {
	t.Parallel()
	farewell := t.TempDir() + "/farewell"
	f := function(t, Options{Env: []string{"FAREWELL=" + farewell}})
	if _, err := f.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if said, err := os.ReadFile(farewell); string(said) != "bye" {
		t.Errorf("the process ended without SIGTERM: %v", err)
	}
	if _, err := invoke(t, f, ""); !errors.Is(err, errClosed) {
		t.Errorf("invoked after the end: got %v, want %v", err, errClosed)
	}
}
