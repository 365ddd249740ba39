package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ForTests are the servers that all test programs of a checkout share. They outlive the program that starts them, and
// their data isn't safe from a crash.
type ForTests struct {
	Postgres, RabbitMQ *Server

	dir string
}

// NewForTests describes the servers with their data under dir, which is theirs alone.
func NewForTests(dir string) (*ForTests, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the folder of the test servers: %w", err)
	}
	f := &ForTests{
		Postgres: NewPostgres(filepath.Join(dir, databaseName), PostgresOptions{Throwaway: true}),
		RabbitMQ: NewRabbitMQ(filepath.Join(dir, amqpName), RabbitMQOptions{}),
		dir:      dir,
	}
	f.Postgres.Detach, f.RabbitMQ.Detach = true, true
	return f, nil
}

// Pristine is the folder for PostgresOptions.Pristine.
func (f *ForTests) Pristine() string { return filepath.Join(f.dir, "pristine") }

// Install installs all programs that tests need and that are missing: the servers, the C compiler that Go's race detector
// needs, and what checks Prometheus' rules.
func (f *ForTests) Install(ctx context.Context, progress io.Writer) error {
	release, err := holdFolder(f.dir, true)
	if err != nil {
		return err
	}
	defer release()
	return ensureBinaries(ctx, progress, append(needed(kinds), "gcc", "promtool"))
}

// Start installs what is missing, and starts both servers.
func (f *ForTests) Start(ctx context.Context, progress io.Writer) error {
	if err := f.Install(ctx, progress); err != nil {
		return err
	}
	f.Postgres.Progress, f.RabbitMQ.Progress = progress, progress
	return atOnce([]*Server{f.Postgres, f.RabbitMQ}, func(s *Server) error { return s.Start(ctx) })
}

// Discard kills the servers and deletes all they have left.
func (f *ForTests) Discard() error {
	if err := errors.Join(f.Postgres.Kill(), f.RabbitMQ.Kill()); err != nil {
		return err
	}
	return removeAll(f.dir, []*Server{f.Postgres, f.RabbitMQ, NewPostgres(f.Pristine(), PostgresOptions{})})
}

// Discard kills the server and deletes all it has left.
func (s *Server) Discard() error {
	if err := s.Kill(); err != nil {
		return err
	}
	return removeAll(s.dir, []*Server{s})
}

// removeData deletes what the server keeps outside its own folder.
func (s *Server) removeData() error {
	if p, ok := s.program.(*postgres); ok {
		return os.RemoveAll(p.place())
	}
	return nil
}
