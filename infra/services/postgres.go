package services

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	databaseUser = "movienow"
	databaseDB   = "movienow"
)

// PostgresOptions tune a private PostgreSQL server.
type PostgresOptions struct {
	// Throwaway turns fsync off: fast, and lost when the machine crashes. Without it a commit is on disk.
	Throwaway bool
	// Pristine is a folder with a data directory that was initialised and never started, made at the first need.
	// Copying it is faster than initialising another one. Empty means: initialise.
	Pristine string
}

type postgres struct {
	dir     string
	options PostgresOptions
}

// NewPostgres describes a PostgreSQL server with its data under dir. Its URL names an empty database and a superuser.
func NewPostgres(dir string, o PostgresOptions) *Server {
	return newServer(databaseName, dir, &postgres{dir: dir, options: o})
}

func (p *postgres) ports() int                 { return 1 }
func (p *postgres) stopSignal() syscall.Signal { return syscall.SIGINT } // "fast": doesn't wait for clients to leave

func (p *postgres) url(m memory) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(databaseUser, m.Password), Host: localAddress(m.Ports[0]),
		Path: databaseDB, RawQuery: "sslmode=disable",
	}
	return u.String()
}

func (p *postgres) commands(m memory) ([]*exec.Cmd, error) {
	args := []string{
		"-D", p.data(), "-p", strconv.Itoa(m.Ports[0]),
		"-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", // a socket's path may be 107 bytes long, which a checkout's often exceeds
		"-c", "max_connections=300",
		"-c", "timezone=UTC", "-c", "log_timezone=UTC",
	}
	if p.options.Throwaway {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	cmd, err := p.command("postgres", args...)
	return []*exec.Cmd{cmd}, err
}

// prepare initialises the data directory the first time.
func (p *postgres) prepare(ctx context.Context, m *memory) error {
	if m.fresh {
		if err := os.RemoveAll(p.place()); err != nil {
			return fmt.Errorf("remove data whose password is lost: %w", err)
		}
		m.fresh = false
	}
	if p.initialised() {
		return p.clearStaleLock(ctx)
	}
	if p.options.Pristine == "" {
		return p.initialise(ctx, m.Password)
	}
	return p.copyPristine(ctx, m)
}

func (p *postgres) initialised() bool {
	_, err := os.Stat(p.data())
	return err == nil
}

func (p *postgres) initialise(ctx context.Context, password string) error {
	if err := p.makePlace(); err != nil {
		return err
	}
	draft := p.data() + ".new" // renamed when complete, so that an interrupted initdb leaves nothing to trip over
	if err := os.RemoveAll(draft); err != nil {
		return fmt.Errorf("remove a half-made data directory: %w", err)
	}
	secret := filepath.Join(p.place(), "password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return fmt.Errorf("write the password for initdb: %w", err)
	}
	defer os.Remove(secret)
	if err := giveToOwner(secret); err != nil {
		return err
	}
	args := []string{
		"-D", draft, "-U", databaseUser, "--pwfile", secret, "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C", "--no-instructions",
	}
	if p.options.Throwaway {
		args = append(args, "--no-sync")
	}
	cmd, err := p.command("initdb", args...)
	if err != nil {
		return err
	}
	if err := run(ctx, cmd); err != nil {
		return err
	}
	return os.Rename(draft, p.data())
}

// ping connects, and creates the database if the server is new.
func (p *postgres) ping(ctx context.Context, target string) error {
	err := pingPostgres(ctx, target)
	if refused := (*pgconn.PgError)(nil); !errors.As(err, &refused) || refused.Code != "3D000" { // no such database
		return err
	}
	u, err := url.Parse(target)
	if err != nil {
		return fmt.Errorf("parse the server's URL: %w", err)
	}
	u.Path = "postgres"
	conn, err := pgx.Connect(ctx, u.String())
	if err != nil {
		return fmt.Errorf("connect to create the database: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+databaseDB); err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	return nil
}

func pingPostgres(ctx context.Context, target string) error {
	conn, err := pgx.Connect(ctx, target)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	return conn.Ping(ctx)
}
