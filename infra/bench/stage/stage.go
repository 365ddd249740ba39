// Package stage sets up what benchmarks measure: servers of its own, which keep their promises (fsync and all), the functions
// as processes, as "make run" has them but with no limits per customer, a catalogue and customers with tokens.
package stage

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"movienow/infra/bench/measure"
	"movienow/infra/issuer"
	"movienow/infra/process"
	"movienow/infra/services"
)

// Audience is that of all tokens.
const audience = "movienow"

// Stage is what is up. It is not for concurrent use, but what it has started is.
type Stage struct {
	// Dir keeps data, binaries and logs; everything but the binaries is deleted in the end.
	Dir string
	// URLs are those of the servers, by the names of their settings.
	URLs map[string]string
	// Tokens are the customers', of Users different ones.
	Tokens []Token
	// CPU measures everything that runs.
	CPU measure.CPU
	// Progress receives a line for each step that takes time.
	Progress io.Writer
	// Profiles is the folder for profiles of the functions; empty if there are to be none.
	Profiles string

	services *services.Services
	settings map[string]string // of functions
	programs map[string]*process.Process
	profiled map[string]int // the private port of each function
	issuer   *issuer.Issuer
	keys     *http.Server // answers what the tokens' keys are
}

// Open starts the servers, builds the functions and loads the catalogue. Close has to be called also if it fails.
func Open(ctx context.Context, dir string, progress io.Writer) (*Stage, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the folder: %w", err)
	}
	s := &Stage{Dir: dir, Progress: progress, programs: map[string]*process.Process{},
		profiled: map[string]int{}, Profiles: os.Getenv("PROFILE")}
	for _, step := range []func(context.Context) error{s.build, s.startServices, s.openIssuer, s.signIn, s.prepare} {
		if err := step(ctx); err != nil {
			return s, err
		}
	}
	s.CPU = measure.NewCPU(s.roots)
	return s, nil
}

// build compiles everything as for a deployment, as far as it isn't up to date.
func (s *Stage) build(ctx context.Context) error {
	fmt.Fprintln(s.Progress, "building the functions")
	for _, folder := range []string{s.binaries(), s.logs()} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("create a folder: %w", err)
		}
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "lambda.norpc,nethttpomithttp2", "-ldflags=-s -w",
		"-o", s.binaries()+"/", "./functions/...", "./infra/sandbox/cmd/sandbox")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the functions: %w\n%s", err, output)
	}
	return nil
}

func (s *Stage) binaries() string { return filepath.Join(s.Dir, "bin") }
func (s *Stage) logs() string     { return filepath.Join(s.Dir, "logs") }

// startServices begins afresh each time, so that runs can be compared.
func (s *Stage) startServices(ctx context.Context) error {
	folder := filepath.Join(s.Dir, "services")
	if err := services.Remove(folder); err != nil {
		return err
	}
	running, err := services.Start(ctx, folder, services.Options{Progress: s.Progress})
	if err != nil {
		return err
	}
	s.services, s.URLs = running, running.URLs
	return nil
}

// openIssuer signs tokens in this process and lets functions fetch the keys.
func (s *Stage) openIssuer(context.Context) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for those who want the tokens' keys: %w", err)
	}
	base := "http://" + listener.Addr().String() + "/dev"
	s.issuer, err = issuer.New(issuer.Config{Issuer: base, Audience: audience, KeyFile: filepath.Join(s.Dir, "issuer.key")})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s.keys = &http.Server{Handler: s.issuer, ReadHeaderTimeout: 5 * time.Second}
	go s.keys.Serve(listener) // ends with Close
	s.settings = map[string]string{
		"LOG_FORMAT": "json", "LOG_LEVEL": "INFO", "MAIL_FROM": "MovieNow <tickets@movienow.example>",
		"AUTH_ISSUER": base, "AUTH_AUDIENCE": audience, "AUTH_JWKS_URL": base + "/jwks.json",
		"PAYMENT_API_KEY": rand.Text(), "PAYMENT_WEBHOOK_SECRET": rand.Text(),
		"TRUSTED_PROXIES":          "1", // callers say which address they come from
		"USER_REQUESTS_PER_MINUTE": "0", "ADDRESS_REQUESTS_PER_MINUTE": "0", "ADDRESS_UNPAID_SEATS": "0",
	}
	for name, url := range s.URLs {
		s.settings[name] = url
	}
	return nil
}

// Close ends everything and deletes its data.
func (s *Stage) Close() error {
	err := s.EndAll()
	if s.keys != nil {
		err = errors.Join(err, s.keys.Close())
	}
	if s.services != nil {
		err = errors.Join(err, s.services.Stop(), services.Remove(filepath.Join(s.Dir, "services")))
	}
	return err
}
