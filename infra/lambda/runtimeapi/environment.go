package runtimeapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"movienow/infra/process"
)

// grace is how long a process has between SIGTERM and SIGKILL. Lambda gives half a second; a busy laptop needs more.
const grace = 3 * time.Second

// environment is one process with the API that it talks to.
type environment struct {
	api     *http.Server
	process *process.Process
	began   time.Time

	ready     chan struct{}   // closed at the first request for an event
	startTime time.Duration   // from exec until then
	gone      <-chan struct{} // closed when the process has ended
	events    chan event      // to the process
	outcomes  chan outcome    // from it

	first    sync.Once
	mu       sync.Mutex
	current  string // the id of the event that the process has
	sequence int
}

// idFormat makes the id of an event from its number.
const idFormat = "00000000-0000-4000-8000-%012d"

var firstID = fmt.Sprintf(idFormat, 1)

// errWorn says that a process ended after the event before, as one does after a panic, and hasn't seen this one.
var errWorn = errors.New("the process has ended")

// event is what a process gets to do.
type event struct {
	id       string
	payload  []byte
	deadline time.Time
}

// outcome is what became of it.
type outcome struct {
	payload []byte
	failure *Failure
}

// start starts a process. It doesn't wait for its first request.
func start(o Options) (*environment, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the function: %w", err)
	}
	e := &environment{ready: make(chan struct{}), events: make(chan event), outcomes: make(chan outcome, 1)}
	e.api = &http.Server{Handler: e.routes(o), ReadHeaderTimeout: 5 * time.Second}
	cmd := exec.Command(o.Binary)
	cmd.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "AWS_LAMBDA_FUNCTION_NAME=" + o.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "_HANDLER=bootstrap",
	}, o.Env...)
	cmd.Stdout, cmd.Stderr = o.Log, o.Log
	e.began = time.Now()
	if e.process, err = process.Start(cmd, syscall.SIGKILL); err != nil {
		listener.Close()
		return nil, fmt.Errorf("%w (make build makes it)", err)
	}
	e.gone = e.process.Ended()
	go e.api.Serve(listener) // the process's first request waits in the listener until then
	go func() {
		<-e.gone
		e.api.Close()
	}()
	return e, nil
}

func (e *environment) alive() bool {
	select {
	case <-e.gone:
		return false
	default:
		return true
	}
}

// exit tells how the process ended.
func (e *environment) exit() error {
	return &Failure{Exited, fmt.Sprintf("the process ended: %s; its log says why", e.process.How())}
}

// invoke gives the process an event and waits for the outcome.
func (e *environment) invoke(payload []byte, timeout time.Duration) ([]byte, error) {
	e.mu.Lock()
	e.sequence++
	id := fmt.Sprintf(idFormat, e.sequence)
	e.current = id
	e.mu.Unlock()
	select {
	case <-e.ready: // the start has its own time
	case <-e.gone:
		return nil, e.exit()
	case <-time.After(10 * time.Second):
		return nil, e.kill("the function didn't ask for an event within 10 s of its start")
	}
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	select {
	case e.events <- event{id, payload, time.Now().Add(timeout)}:
	case <-e.gone:
		if id != firstID {
			return nil, errWorn
		}
		return nil, e.exit()
	case <-limit.C:
		return nil, e.kill("the function doesn't ask for the next event")
	}
	select {
	case done := <-e.outcomes:
		if done.failure != nil {
			return nil, done.failure
		}
		return done.payload, nil
	case <-e.gone:
		return nil, e.exit()
	case <-limit.C:
		return nil, e.kill(fmt.Sprintf("the invocation took longer than %s", timeout))
	}
}

func (e *environment) kill(reason string) error {
	if err := e.process.Kill(); err != nil {
		return err
	}
	return &Failure{TimedOut, reason}
}

// stop ends the process.
func (e *environment) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	e.process.End(ctx, syscall.SIGTERM) // one that can't be killed ends with us
}
