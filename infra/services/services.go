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
	"maps"
	"os"
	"path/filepath"
	"sync"

	"movienow/shared/config"
)

// Options says which servers exist already and how the private ones run.
type Options struct {
	// Given has the URLs of servers that exist, by the names that Settings lists or in their indirect forms; those it doesn't have
	// are started. It may hold other settings too.
	Given map[string]string
	// Progress receives a line for each step that a person may have to wait for; nil means silence.
	Progress io.Writer
}

// Services are the servers that are ready.
type Services struct {
	// URLs are where they are, credentials included, by the names that Settings lists.
	URLs map[string]string
	// ManagementURL is RabbitMQ's HTTP interface, credentials included; empty when its URL was given.
	ManagementURL string

	started []*Server
	release func()
	failed  chan error
}

// Start makes all servers ready, in parallel, keeping their data in dir between starts. Private servers end with this
// process, however it ends. On failure Start stops what it has started. Only one process at a time may hold dir.
func Start(ctx context.Context, dir string, o Options) (*Services, error) {
	given := maps.Clone(o.Given)
	for _, setting := range Settings() {
		if err := config.Resolve(ctx, given, setting); err != nil {
			return nil, err
		}
	}
	start, err := missing(ctx, given)
	if err != nil {
		return nil, err
	}
	if err := ensureBinaries(ctx, o.Progress, needed(start)); err != nil {
		return nil, fmt.Errorf("%w\nor name servers of your own in DATABASE_URL, LOCK_REDIS_URL, CACHE_REDIS_URL and AMQP_URL", err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("find the services' folder: %w", err)
	}
	s := &Services{URLs: map[string]string{}, failed: make(chan error, len(kinds))}
	if s.release, err = holdFolder(dir, false); err != nil {
		return nil, err
	}
	for _, k := range start {
		server := k.private(dir)
		server.Progress, server.failed = o.Progress, s.failed
		s.started = append(s.started, server)
	}
	if err := atOnce(s.started, func(server *Server) error { return server.Start(ctx) }); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	for _, k := range kinds {
		s.URLs[k.setting] = given[k.setting]
	}
	for i, k := range start {
		s.URLs[k.setting] = s.started[i].URL()
		if k.name == amqpName {
			s.ManagementURL = s.started[i].ManagementURL()
		}
	}
	return s, nil
}

// Failed delivers an error for each private server that ends without having been asked to.
func (s *Services) Failed() <-chan error { return s.failed }

// Revive starts the private servers again that have ended by themselves, with their data and at their old URLs. It must
// not run at the same time as Stop.
func (s *Services) Revive(ctx context.Context) error {
	for _, server := range s.started {
		if server.memory.running() {
			continue
		}
		url := server.URL()
		if err := server.Start(ctx); err != nil {
			return err
		}
		if server.URL() != url {
			return fmt.Errorf("%s is up again, but another program has taken its port; start everything again", server.Name)
		}
	}
	return nil
}

// Stop ends the private servers in an orderly way and waits for them. Servers that were given keep running.
func (s *Services) Stop() error {
	err := atOnce(s.started, (*Server).Stop)
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
	var servers []*Server
	for _, k := range kinds {
		servers = append(servers, k.private(dir))
	}
	if err := atOnce(servers, (*Server).Stop); err != nil {
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

// atOnce does the same with all servers in parallel, and returns all errors.
func atOnce(servers []*Server, do func(*Server) error) error {
	errs := make([]error, len(servers))
	var wg sync.WaitGroup
	for i, server := range servers {
		wg.Go(func() { errs[i] = do(server) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
