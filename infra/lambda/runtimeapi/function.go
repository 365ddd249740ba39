// Package runtimeapi runs the functions' own binaries as AWS Lambda does: each in processes that fetch their events over
// the Lambda Runtime API (version 2018-06-01), one at a time. It stands in for the service on a developer's machine and in
// tests; it neither limits memory nor checks permissions.
package runtimeapi

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// Options say what to run and how.
type Options struct {
	// Name is the function's, as it is told itself.
	Name string
	// Binary is the program's path.
	Binary string
	// Env is its environment as KEY=VALUE; what Lambda sets comes on top.
	Env []string
	// Timeout is the function's: an invocation that takes longer is ended by killing the process. 15 s if 0.
	Timeout time.Duration
	// Concurrency is how many processes there may be. 1 if 0.
	Concurrency int
	// Log receives what the processes write to standard output and error; nil means nobody.
	Log io.Writer
}

// Function starts processes as invocations need them and keeps them for the next ones.
type Function struct {
	options Options
	slots   chan struct{} // one for each process that may exist and is busy

	mu     sync.Mutex
	idle   []*environment // last used last
	all    map[*environment]bool
	closed bool
	ended  sync.Once
	ending chan struct{} // closed with the function
}

// New makes a Function. No process is started before it is needed.
func New(o Options) *Function {
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	return &Function{options: o, slots: make(chan struct{}, max(o.Concurrency, 1)), all: map[*environment]bool{},
		ending: make(chan struct{})}
}

// Failure is an invocation that has failed: the function returned an error, crashed or took too long. It is something
// else than an HTTP answer with an error status, for which the invocation has succeeded.
type Failure struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error implements error.
func (f *Failure) Error() string { return "the invocation failed: " + f.Type + ": " + f.Message }

// Types of failures that Lambda itself reports.
const (
	TimedOut = "Sandbox.Timedout"
	Exited   = "Runtime.ExitError"
)

var errClosed = errors.New("the function is closed")

// Invoke hands the event to a process and returns its answer. The error is a *Failure if the invocation failed.
func (f *Function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	defer f.leave()
	for {
		e, err := f.take()
		if err != nil {
			return nil, err
		}
		answer, err := e.invoke(event, f.options.Timeout)
		f.giveBack(e)
		if !errors.Is(err, errWorn) {
			return answer, err
		}
	}
}

// enter waits until there may be one more busy process.
func (f *Function) enter(ctx context.Context) error {
	select {
	case f.slots <- struct{}{}:
		return nil
	case <-f.ending:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *Function) leave() { <-f.slots }

// Warm starts a process if there is none that has come as far as asking for an event, waits until it does, and returns how
// long that took from its start.
func (f *Function) Warm(ctx context.Context) (time.Duration, error) {
	if began, warm := f.warm(); warm {
		return began, nil
	}
	if err := f.enter(ctx); err != nil {
		return 0, err
	}
	defer f.leave()
	e, err := f.take()
	if err != nil {
		return 0, err
	}
	defer f.giveBack(e)
	select {
	case <-e.ready:
		return e.startTime, nil
	case <-e.gone:
		return 0, e.exit()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (f *Function) warm() (time.Duration, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for e := range f.all {
		select {
		case <-e.ready:
			if e.alive() {
				return e.startTime, true
			}
		default:
		}
	}
	return 0, false
}

func (f *Function) take() (*environment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, errClosed
	}
	for len(f.idle) > 0 {
		e := f.idle[len(f.idle)-1]
		f.idle = f.idle[:len(f.idle)-1]
		if e.alive() {
			return e, nil
		}
		delete(f.all, e)
	}
	e, err := start(f.options)
	if err != nil {
		return nil, err
	}
	f.all[e] = true
	return e, nil
}

func (f *Function) giveBack(e *environment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.alive() && !f.closed {
		f.idle = append(f.idle, e)
	} else if !e.alive() {
		delete(f.all, e)
	}
}

// Close lets go of all processes, which end with SIGTERM after what they are doing.
func (f *Function) Close() { f.ended.Do(f.close) }

func (f *Function) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	close(f.ending)
	for range cap(f.slots) { // every invocation under way gives its slot back
		f.slots <- struct{}{}
	}
	var wg sync.WaitGroup
	for e := range f.all {
		wg.Go(e.stop)
	}
	wg.Wait()
}
