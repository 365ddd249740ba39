package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"movienow/infra/process"
)

// How long a server may take to answer after its start (RabbitMQ needs the most, on a busy machine) and to end after
// having been asked to.
const (
	startPatience = 90 * time.Second
	stopPatience  = 30 * time.Second
	pollInterval  = 20 * time.Millisecond
)

// program is what differs between the servers.
type program interface {
	// ports is how many ports the server listens on; the first is the one for clients.
	ports() int
	// prepare writes configuration and, the first time, data; it may replace a password that was never used.
	prepare(ctx context.Context, m *memory) error
	// commands are the processes to run, the server itself last; those before it are ready when their port is open.
	commands(m memory) ([]*exec.Cmd, error)
	url(m memory) string
	ping(ctx context.Context, url string) error
	// stopSignal asks for a quick and orderly end.
	stopSignal() syscall.Signal
}

// Server is one private server: a folder with its data, and the process that runs on it. A Server is not for
// concurrent use.
type Server struct {
	// Name is what people read about.
	Name string
	// Detach lets the process outlive this one.
	Detach bool
	// Progress receives lines for a person; nil means silence.
	Progress io.Writer

	dir      string
	program  program
	memory   memory
	stopping chan struct{}
	failed   chan<- error
}

func newServer(name, dir string, p program) *Server { return &Server{Name: name, dir: dir, program: p} }

// URL is where clients connect, credentials included. It may change when the server is started again.
func (s *Server) URL() string { return s.program.url(s.memory) }

// LogFile is where the server's own output goes.
func (s *Server) LogFile() string { return filepath.Join(s.dir, "log") }

// Start runs the server and returns when it answers. A detached server that runs already is joined; a process left
// over from a crash is ended first. The port of the last start is used again if it is still free.
func (s *Server) Start(ctx context.Context) error {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return fmt.Errorf("create the folder of %s (if another user owns it, delete it as that user): %w", s.Name, err)
	}
	if s.Detach { // others may be starting it this very moment
		release, err := holdFolder(s.dir, true)
		if err != nil {
			return err
		}
		defer release()
	}
	if err := s.memory.load(s.dir); err != nil {
		return err
	}
	if s.Detach && s.memory.running() && s.program.ping(ctx, s.URL()) == nil {
		return nil
	}
	if err := s.Stop(); err != nil {
		return err
	}
	begin := time.Now()
	var err error
	for range 3 { // another process may take the port between our looking and the server's listening
		if err = s.memory.choosePorts(s.program.ports()); err != nil {
			return fmt.Errorf("start %s: %w", s.Name, err)
		}
		// Remembered before anything is made: data whose password is lost can't be opened again.
		if err = s.memory.save(s.dir); err != nil {
			return err
		}
		if err = s.attempt(ctx); err == nil {
			s.memory.Unfinished = false
			if err := s.memory.save(s.dir); err != nil {
				return err
			}
			s.say("%s is ready on port %d (%.1f s)", s.Name, s.memory.Ports[0], time.Since(begin).Seconds())
			return nil
		}
		s.Kill()
		if ctx.Err() != nil || process.SamePorts(s.memory.Ports) {
			break
		}
	}
	return err
}

func (s *Server) attempt(ctx context.Context) error {
	if err := s.program.prepare(ctx, &s.memory); err != nil {
		return fmt.Errorf("prepare %s: %w", s.Name, err)
	}
	if err := s.launch(ctx); err != nil {
		return fmt.Errorf("start %s: %w", s.Name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	var last error
	for {
		if last = s.program.ping(ctx, s.URL()); last == nil {
			return nil
		}
		if !s.memory.running() {
			return fmt.Errorf("%s ended right after its start; the end of %s:\n%s", s.Name, s.LogFile(), tail(s.LogFile()))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s doesn't answer (%w); see %s", s.Name, errors.Join(ctx.Err(), last), s.LogFile())
		case <-time.After(pollInterval):
		}
	}
}

// Stop asks the server to end, waits until it has, and kills it if it doesn't. Stopping a server that isn't running
// is no error.
func (s *Server) Stop() error { return s.end(s.program.stopSignal()) }

// Kill ends the server at once, as a crash would: data that it hasn't written is lost.
func (s *Server) Kill() error { return s.end(syscall.SIGKILL) }

func (s *Server) end(sig syscall.Signal) error {
	if s.stopping != nil {
		close(s.stopping)
		s.stopping = nil
	}
	if err := s.memory.load(s.dir); err != nil {
		return err
	}
	for _, p := range slices.Backward(s.memory.Processes) {
		ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
		err := p.End(ctx, sig)
		cancel()
		if err != nil {
			return fmt.Errorf("end %s: %w", s.Name, err)
		}
	}
	if len(s.memory.Processes) == 0 {
		return nil
	}
	s.memory.Processes = nil
	return s.memory.save(s.dir)
}

func (s *Server) say(format string, args ...any) {
	if s.Progress != nil {
		fmt.Fprintf(s.Progress, format+"\n", args...)
	}
}
