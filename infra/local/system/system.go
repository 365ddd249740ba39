// Package system runs all of MovieNow on this machine: the servers it needs, every function as a process of its own, the
// payment sandbox, and one address in front of them, with a token issuer and an inbox beside. "make run" and the
// end-to-end tests run the same system.
package system

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"movienow/infra/issuer"
	"movienow/infra/local/inbox"
	"movienow/infra/process"
	"movienow/infra/services"
)

// Options say where and how the system runs.
type Options struct {
	// Root is the repository.
	Root string
	// Dir keeps everything between runs: the servers' data, e-mails, logs, binaries. One system at a time runs on it.
	Dir string
	// Binaries is the folder that programs are built into; by default one in Dir. Several systems may share it.
	Binaries string
	// Overlay is a file as go build's -overlay takes it, by which the programs are built otherwise than the source says.
	Overlay string
	// Host is the address that the gateway listens on, by default this machine's loopback addresses.
	Host string
	// Port is the gateway's; 0 takes a free one.
	Port int
	// Lambda runs every function as AWS Lambda does, fed with events, instead of as an HTTP server.
	Lambda bool
	// Observe runs a Prometheus beside, which is installed if it is missing.
	Observe bool
	// Settings are environment variables for the functions, see .env.example. URLs of servers that are given here are
	// used instead of starting private ones.
	Settings map[string]string
	// Progress receives a line for each step that takes time; nil means silence.
	Progress io.Writer
	// Colour tells the functions apart by colours on the console.
	Colour bool
}

// System is one that is up.
type System struct {
	// BaseURL is the gateway's address, without a slash at its end.
	BaseURL string
	// Services are the servers it uses.
	Services *services.Services
	// Inbox has the e-mails that were sent.
	Inbox *inbox.Inbox
	// PrometheusURL is where Prometheus is, without a slash at its end; empty if it isn't wanted.
	PrometheusURL string

	options     Options
	listeners   []net.Listener
	logs        *process.Logs
	programs    process.Supervisor
	addresses   map[string]string // of functions, by name
	metrics     map[string]string // where functions tell their metrics, by name
	issuer      *issuer.Issuer
	sandboxPort int               // 0 if another payment provider is used
	settings    map[string]string // of functions, complete
	loaded      atomic.Bool       // the catalogue is there
	failed      chan error
	stop        sync.Once
	closers     []func() // undo what was started, in reverse order
}

// Start brings the system up and returns when every function is ready. On failure nothing is left running.
func Start(ctx context.Context, o Options) (*System, error) {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if o.Binaries == "" {
		o.Binaries = filepath.Join(o.Dir, "bin")
	}
	for _, path := range []*string{&o.Root, &o.Dir, &o.Binaries} {
		absolute, err := filepath.Abs(*path) // programs are started in other folders
		if err != nil {
			return nil, fmt.Errorf("find the working directory: %w", err)
		}
		*path = absolute
	}
	s := &System{options: o, addresses: map[string]string{}, metrics: map[string]string{}, settings: map[string]string{},
		failed: make(chan error, 3)}
	maps.Copy(s.settings, o.Settings)
	for _, step := range []func(context.Context) error{
		s.claim, s.listen, s.openLogs, s.findPrometheus, s.prepare, s.openInbox, s.runOnce, s.startPrograms, s.startPrometheus,
		s.openGateway, s.settle,
	} {
		if err := step(ctx); err != nil {
			s.Stop()
			return nil, err
		}
	}
	return s, nil
}

// Show lets everything that functions log from now on appear on console too; the files in Dir have it in any case.
func (s *System) Show(console io.Writer) { s.logs.Show(console) }

func (s *System) claim(context.Context) error {
	release, err := claim(s.options.Dir)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, release)
	return nil
}

// listen takes the gateway's port before anything else is done, which would be in vain without it.
func (s *System) listen(ctx context.Context) error {
	listeners, err := listen(ctx, s.options.Host, s.options.Port)
	if err != nil {
		return err
	}
	s.listeners = listeners
	s.closers = append(s.closers, func() {
		for _, l := range listeners {
			l.Close() // the gateway has done it already, if it was open
		}
	})
	s.BaseURL = baseURL(s.options.Host, listeners[0].Addr().(*net.TCPAddr).Port)
	return announce(s.options.Dir, Running{BaseURL: s.BaseURL})
}

func (s *System) openLogs(context.Context) error {
	logs, err := process.NewLogs(filepath.Join(s.options.Dir, "logs"), s.options.Colour)
	if err != nil {
		return err
	}
	s.logs = logs
	s.closers = append(s.closers, logs.Close)
	return nil
}

func (s *System) openInbox(context.Context) error {
	box, err := inbox.Open(filepath.Join(s.options.Dir, "inbox"), "")
	if err != nil {
		return err
	}
	s.Inbox = box
	s.closers = append(s.closers, func() { box.Close() })
	return nil
}

// openGateway lets the world in. Functions aren't ready without the keys that the token issuer has at this address.
func (s *System) openGateway(context.Context) error {
	front, err := s.front()
	if err != nil {
		return err
	}
	for _, l := range s.listeners {
		go func() {
			if err := front.Serve(l); err != nil {
				s.failed <- fmt.Errorf("the gateway stopped: %w", err)
			}
		}()
	}
	s.closers = append(s.closers, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		front.Shutdown(ctx) // those who still wait for an answer then have had their time
	})
	return nil
}

// Token is a bearer token of a demo user, see the package issuer.
func (s *System) Token(user string) (string, error) { return s.issuer.Token(user) }

// Kill ends the process of a function at once, as kill -9 does. It is started again by itself.
func (s *System) Kill(function string) error {
	return s.programs.Kill(function)
}

// Failed delivers the first error that the system can't recover from by itself.
func (s *System) Failed() <-chan error { return s.failed }

// Stop ends everything in order: the gateway takes no more requests, the functions finish theirs, then the servers go.
// It may be called more than once.
func (s *System) Stop() {
	s.stop.Do(func() {
		for i := len(s.closers) - 1; i >= 0; i-- {
			s.closers[i]()
		}
	})
}
