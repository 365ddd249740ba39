package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Program says what to run.
type Program struct {
	// Name is what the program's lines in the log begin with; a supervisor runs one program of a name.
	Name string
	// Path is the executable.
	Path string
	// Args are its arguments.
	Args []string
	// Dir is the working directory; empty is ours.
	Dir string
	// Env is the whole environment, as KEY=VALUE: nothing is inherited.
	Env []string
	// Ready is a URL that answers 200 as soon as the program can work.
	Ready string
	// Log receives what the program writes to its standard output and error.
	Log io.Writer
}

// Environment writes settings as a program gets them.
func Environment(settings map[string]string) []string {
	var environment []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		environment = append(environment, name+"="+settings[name])
	}
	return environment
}

// stopPatience is how long a program may take to end after having been asked to.
const stopPatience = 25 * time.Second

// Supervisor keeps programs running: it starts each as a process of its own, starts it again when it dies, and ends all of
// them in order. The zero value is ready; it is safe for concurrent use.
type Supervisor struct {
	mu    sync.Mutex
	tasks []*task
}

// Start keeps the program running until Stop. It doesn't wait for anything.
func (s *Supervisor) Start(p Program) {
	t := &task{program: p, stop: make(chan context.Context, 1), ended: make(chan struct{})}
	s.mu.Lock()
	s.tasks = append(s.tasks, t)
	s.mu.Unlock()
	go t.keepRunning()
}

// WaitReady returns when every program is ready. The error names those that aren't when ctx ends.
func (s *Supervisor) WaitReady(ctx context.Context) error {
	var wg sync.WaitGroup
	tasks := s.all()
	errs := make([]error, len(tasks))
	for i, t := range tasks {
		wg.Go(func() { errs[i] = t.program.waitReady(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (p Program) waitReady(ctx context.Context) error {
	for {
		err := Ready(ctx, p.Ready)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s isn't ready: %w", p.Name, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Ready asks a URL whether who answers there is ready: it returns an error unless the answer is 200.
func Ready(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	io.Copy(io.Discard, io.LimitReader(response.Body, 4096)) // so that the connection can be used again
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}

// Kill ends the running process of the named program at once, as kill -9 does. It is an error if there is none at the moment.
func (s *Supervisor) Kill(name string) error {
	p, err := s.running(name)
	if err != nil {
		return err
	}
	return p.Kill()
}

// Freeze is Process.Freeze for the named program.
func (s *Supervisor) Freeze(name string) (thaw func(), err error) {
	p, err := s.running(name)
	if err != nil {
		return nil, err
	}
	return p.Freeze()
}

func (s *Supervisor) running(name string) (*Process, error) {
	for _, t := range s.all() {
		if p := t.process.Load(); t.program.Name == name && p != nil && p.Alive() {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%s isn't running at the moment", name)
}

// Stop asks all programs to end, waits until they have, and kills those that take too long or are left when ctx ends.
// The supervisor may be used again afterwards.
func (s *Supervisor) Stop(ctx context.Context) {
	s.mu.Lock()
	tasks := s.tasks
	s.tasks = nil
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	for _, t := range tasks {
		t.stop <- ctx
	}
	for _, t := range tasks {
		<-t.ended
	}
}

func (s *Supervisor) all() []*task {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.tasks)
}
