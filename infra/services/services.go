// Package services gives MovieNow the servers it needs on a developer's machine or in CI: PostgreSQL, two Redis
// servers and RabbitMQ. A server whose URL is given is used as it is; every other one is started as a private instance
// on a free local port with its data under one folder, from the binaries of the system, which are installed with
// apt-get when they are missing.
package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// Options says which servers exist already and how the private ones run.
type Options struct {
	// DatabaseURL, LockRedisURL, CacheRedisURL and AMQPURL name servers that exist; an empty one means: start it.
	DatabaseURL, LockRedisURL, CacheRedisURL, AMQPURL string
	// Progress receives a line for each step that a person may have to wait for; nil means silence.
	Progress io.Writer
}

// Services are the servers that are ready, as URLs that hold their credentials.
type Services struct {
	DatabaseURL   string
	LockRedisURL  string
	CacheRedisURL string
	AMQPURL       string
	// ManagementURL is RabbitMQ's HTTP interface, credentials included; empty when AMQPURL was given.
	ManagementURL string

	started []*Server
	release func()
	failed  chan error
}

// Start makes all servers ready, in parallel, keeping their data in dir between starts. Private servers end with this
// process, however it ends. On failure Start stops what it has started. Only one process at a time may hold dir.
func Start(ctx context.Context, dir string, o Options) (*Services, error) {
	s := &Services{
		DatabaseURL: o.DatabaseURL, LockRedisURL: o.LockRedisURL, CacheRedisURL: o.CacheRedisURL, AMQPURL: o.AMQPURL,
		release: func() {}, failed: make(chan error, 4),
	}
	if err := s.checkGiven(ctx); err != nil {
		return nil, err
	}
	if err := ensureBinaries(ctx, o.Progress, s.needed()); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the services' folder: %w", err)
	}
	if s.release, err = holdFolder(dir, false); err != nil {
		return nil, err
	}
	if err := s.startMissing(ctx, dir, o); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// startMissing starts a private instance for each URL that is still empty, all at once.
func (s *Services) startMissing(ctx context.Context, dir string, o Options) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	launch := func(server *Server, got func(*Server)) {
		s.started = append(s.started, server)
		server.failed = s.failed
		wg.Go(func() {
			err := server.Start(ctx)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
			if err == nil {
				got(server)
			}
		})
	}
	for _, server := range private(dir, o) {
		if target := s.url(server.Name); *target == "" {
			launch(server, func(srv *Server) { *target = srv.URL() })
		}
	}
	wg.Wait()
	for _, server := range s.started {
		if server.Name == amqpName {
			s.ManagementURL = server.ManagementURL()
		}
	}
	return errors.Join(errs...)
}

// Failed delivers an error for each private server that ends without having been asked to.
func (s *Services) Failed() <-chan error { return s.failed }

// Stop ends the private servers in an orderly way and waits for them. Servers that were given keep running.
func (s *Services) Stop() error {
	err := stopAll(s.started)
	s.release()
	return err
}

// Remove stops the private servers whose data is in dir, should any run, and deletes all they have left.
func Remove(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find the services' folder: %w", err)
	}
	release, err := holdFolder(dir, false)
	if err != nil {
		return err
	}
	defer release()
	servers := private(dir, Options{})
	if err := stopAll(servers); err != nil {
		return err
	}
	return removeAll(dir, servers)
}

func removeAll(dir string, servers []*Server) error {
	for _, server := range servers {
		if err := server.removeData(); err != nil {
			return err
		}
	}
	return os.RemoveAll(dir)
}

func stopAll(servers []*Server) error {
	errs := make([]error, len(servers))
	var wg sync.WaitGroup
	for i, server := range servers {
		wg.Go(func() { errs[i] = server.Stop() })
	}
	wg.Wait()
	return errors.Join(errs...)
}
