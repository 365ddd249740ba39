// Package testenv gives tests the real thing: PostgreSQL, Redis and RabbitMQ servers, an SMTP server that keeps what it
// receives, and a proxy that breaks connections.
//
// One PostgreSQL and one RabbitMQ server are shared by all test programs of a checkout; each test has a database or a
// virtual host to itself. They start when they are first needed, live under .local/test and go on running, so that the
// next test finds them; "make services-stop" ends them. Redis is so light that each test has its own server. Whatever
// else belongs to a test ends with it.
package testenv

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"movienow/infra/services"
)

// patience bounds every single step of setting up or clearing away.
const patience = 2 * time.Minute

// shared are the servers that all tests use, with all programs installed.
var shared = sync.OnceValues(func() (*services.ForTests, error) {
	dir, err := sharedFolder()
	if err != nil {
		return nil, err
	}
	servers, err := services.NewForTests(dir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // packages may have to be downloaded
	defer cancel()
	return servers, servers.Install(ctx, os.Stderr)
})

var sharedPostgres = sync.OnceValues(func() (string, error) {
	servers, err := shared()
	if err != nil {
		return "", err
	}
	return started(servers.Postgres)
})

func started(server *services.Server) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := server.Start(ctx); err != nil {
		return "", err
	}
	return server.URL(), nil
}

// sharedFolder is .local/test in the checkout that the test runs in.
func sharedFolder() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".local", "test"), nil
		}
		if dir == filepath.Dir(dir) {
			return "", os.ErrNotExist
		}
		dir = filepath.Dir(dir)
	}
}

// must ends the test when a step of its environment has failed.
func must(t testing.TB, err error, what string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// setup is a context for steps outside the test proper; t.Context is over by the time that things are cleared away.
func setup(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}
