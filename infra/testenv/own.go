package testenv

import (
	"testing"

	"movienow/infra/services"
	"movienow/shared/postgres/migrations"
)

// Server is a server of this test alone, which it may end and start again. It ends with the test.
type Server struct {
	t      testing.TB
	server *services.Server
}

// OwnPostgres is a private PostgreSQL server with a migrated database, on which a commit is on disk.
func OwnPostgres(t testing.TB) *Server {
	t.Helper()
	servers, err := shared()
	must(t, err, "install the servers")
	s := own(t, services.NewPostgres(t.TempDir(), services.PostgresOptions{Pristine: servers.Pristine()}))
	_, err = migrations.Migrate(setup(t), s.URL())
	must(t, err, "migrate")
	return s
}

// OwnRedis is a private Redis server.
func OwnRedis(t testing.TB, o services.RedisOptions) *Server {
	t.Helper()
	return own(t, services.NewRedis(t.TempDir(), o))
}

// OwnRabbitMQ is a private RabbitMQ server, which takes about 6 s to start; lines are added to its rabbitmq.conf.
func OwnRabbitMQ(t testing.TB, lines ...string) *Server {
	t.Helper()
	return own(t, services.NewRabbitMQ(t.TempDir(), services.RabbitMQOptions{Config: lines}))
}

func own(t testing.TB, server *services.Server) *Server {
	t.Helper()
	_, err := shared() // installs what is missing
	must(t, err, "install the servers")
	s := &Server{t: t, server: server}
	t.Cleanup(func() { must(t, server.Discard(), "end the test's "+server.Name) })
	s.Start()
	return s
}

// URL is where the server is reached, credentials included; it stays the same across Stop, Kill and Start.
func (s *Server) URL() string { return s.server.URL() }

// Start starts the server again with the data that it has kept, and waits until it answers.
func (s *Server) Start() {
	s.t.Helper()
	must(s.t, s.server.Start(setup(s.t)), "start the test's "+s.server.Name)
}

// Stop ends the server in an orderly way.
func (s *Server) Stop() {
	s.t.Helper()
	must(s.t, s.server.Stop(), "stop the test's "+s.server.Name)
}

// Kill ends the server as a crash would (kill -9).
func (s *Server) Kill() {
	s.t.Helper()
	must(s.t, s.server.Kill(), "kill the test's "+s.server.Name)
}
