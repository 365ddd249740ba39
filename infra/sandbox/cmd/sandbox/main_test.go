package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"movienow/infra/sandbox"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/secret"
)

// TestMain turns the test binary into the command where a test starts it as such.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_SANDBOX") != "" {
		os.Args = os.Args[:1]
		main()
		return
	}
	os.Exit(m.Run())
}

var price = cinema.Money{Amount: 2500, Currency: "EUR"}

// start runs the sandbox as a process on a free port.
func start(t *testing.T, journal string) (*payment.Sandbox, *exec.Cmd) {
	t.Helper()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), "RUN_SANDBOX=1", "SANDBOX_ADDRESS=127.0.0.1:0", "SANDBOX_JOURNAL="+journal, "PAYMENT_API_KEY=key")
	output, err := process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { process.Process.Kill(); process.Wait() })
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if found := regexp.MustCompile(`address=(\S+)`).FindStringSubmatch(lines.Text()); found != nil {
			return payment.NewSandbox(payment.Config{URL: "http://" + found[1], APIKey: secret.Fixed("key")}), process
		}
	}
	t.Fatal("the sandbox didn't start")
	return nil, nil
}

func TestAnsweredChargesSurviveKill(t *testing.T) {
	t.Parallel()
	journal := filepath.Join(t.TempDir(), "journal")
	client, process := start(t, journal)
	var mu sync.Mutex
	answered := make(map[string]string)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for n := 0; ; n++ {
				bookingID := strconv.Itoa(worker) + "-" + strconv.Itoa(n)
				result, err := client.Charge(t.Context(), payment.Charge{BookingID: bookingID, Method: sandbox.MethodOK, Amount: price})
				if err != nil {
					return
				}
				mu.Lock()
				answered[bookingID] = result.Reference
				enough := len(answered) == 100
				mu.Unlock()
				if enough {
					process.Process.Kill()
				}
			}
		})
	}
	group.Wait()
	process.Wait()

	client, _ = start(t, journal)
	for bookingID, reference := range answered {
		got, err := client.Lookup(t.Context(), bookingID)
		if err != nil || got.Status != cinema.PaymentSucceeded || got.Reference != reference {
			t.Errorf("booking %s: got %+v, %v; want SUCCEEDED as %s", bookingID, got, err, reference)
		}
	}
}

func TestTermEndsHangingRequests(t *testing.T) {
	t.Parallel()
	client, process := start(t, filepath.Join(t.TempDir(), "journal"))
	failed := make(chan error, 1)
	go func() {
		_, err := client.Charge(t.Context(), payment.Charge{BookingID: "b1", Method: sandbox.MethodLostAnswer, Amount: price})
		failed <- err
	}()
	for {
		if _, err := client.Lookup(t.Context(), "b1"); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	begun := time.Now()
	process.Process.Signal(syscall.SIGTERM)
	if err := <-failed; !errors.Is(err, payment.ErrUnknownOutcome) {
		t.Errorf("got %v, want %v", err, payment.ErrUnknownOutcome)
	}
	if err := process.Wait(); err != nil {
		t.Errorf("got %v, want a clean end", err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v to end", took)
	}
}

func TestWithoutAPIKeyItSaysSo(t *testing.T) {
	t.Parallel()
	process := exec.Command(os.Args[0])
	process.Env = []string{"RUN_SANDBOX=1", "SANDBOX_JOURNAL=" + filepath.Join(t.TempDir(), "journal")}
	output, err := process.CombinedOutput()
	if err == nil || !regexp.MustCompile(`PAYMENT_API_KEY`).Match(output) {
		t.Errorf("got %v: %s", err, output)
	}
}
