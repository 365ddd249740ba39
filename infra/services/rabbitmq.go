package services

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const amqpUser = "movienow"

// RabbitMQOptions tune a private RabbitMQ server.
type RabbitMQOptions struct {
	// Config holds further lines of rabbitmq.conf.
	Config []string
}

type rabbitmq struct {
	dir     string
	options RabbitMQOptions
}

// NewRabbitMQ describes a RabbitMQ server, with its management interface, with its data under dir.
func NewRabbitMQ(dir string, o RabbitMQOptions) *Server {
	return newServer(amqpName, dir, &rabbitmq{dir: dir, options: o})
}

// Ports, in this order: clients, management, peers, and the port mapper that Erlang needs before anything else.
func (r *rabbitmq) ports() int                 { return 4 }
func (r *rabbitmq) stopSignal() syscall.Signal { return syscall.SIGTERM }

func (r *rabbitmq) url(m memory) string {
	u := url.URL{Scheme: "amqp", User: url.UserPassword(amqpUser, m.Password), Host: localAddress(m.Ports[0]), Path: "/"}
	return u.String()
}

// ManagementURL is the HTTP interface of a RabbitMQ server, credentials included, without a slash at its end.
func (s *Server) ManagementURL() string {
	u := url.URL{Scheme: "http", User: url.UserPassword(amqpUser, s.memory.Password), Host: localAddress(s.memory.Ports[1])}
	return u.String()
}

func (r *rabbitmq) prepare(_ context.Context, m *memory) error {
	if m.Unfinished { // a broker that was ended while it made its tables waits for them for five minutes, and then gives up
		if err := os.RemoveAll(r.file("data")); err != nil {
			return fmt.Errorf("delete what an interrupted start has left: %w", err)
		}
	}
	config := append([]string{
		"listeners.tcp.default = " + localAddress(m.Ports[0]),
		"management.tcp.ip = 127.0.0.1",
		fmt.Sprint("management.tcp.port = ", m.Ports[1]),
		"default_user = " + amqpUser,
		"default_pass = " + m.Password,
		"log.file = false",
		"log.console = true",
	}, r.options.Config...)
	if err := os.WriteFile(r.file("rabbitmq.conf"), []byte(strings.Join(config, "\n")+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	if err := os.WriteFile(r.file("enabled_plugins"), []byte("[rabbitmq_management].\n"), 0o644); err != nil {
		return fmt.Errorf("enable plugins: %w", err)
	}
	return nil
}

func (r *rabbitmq) file(name string) string { return filepath.Join(r.dir, name) }

// commands are Erlang's port mapper and the broker. The broker would start a mapper by itself, but one that outlives
// it and that all Erlang programs of the machine share.
func (r *rabbitmq) commands(m memory) ([]*exec.Cmd, error) {
	mapper, err := find("epmd")
	if err != nil {
		return nil, err
	}
	broker, err := find("rabbitmq-server")
	if err != nil {
		return nil, err
	}
	epmd := exec.Command(mapper, "-port", fmt.Sprint(m.Ports[3]), "-address", "127.0.0.1")
	epmd.Dir = r.dir
	server := exec.Command(broker)
	server.Dir = r.dir
	server.Env = r.environment(m)
	return []*exec.Cmd{epmd, server}, nil
}

func (r *rabbitmq) environment(m memory) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8",
		"HOME=" + r.dir,             // where the Erlang cookie is kept
		"RUNNING_UNDER_SYSTEMD=yes", // makes the start script become the broker instead of its parent
		"RABBITMQ_NODENAME=movienow@localhost",
		"RABBITMQ_CONF_ENV_FILE=/dev/null",
		"RABBITMQ_CONFIG_FILE=" + r.file("rabbitmq.conf"),
		"RABBITMQ_ADVANCED_CONFIG_FILE=" + r.file("advanced.config"),
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + r.file("enabled_plugins"),
		"RABBITMQ_MNESIA_BASE=" + r.file("data"),
		"RABBITMQ_LOG_BASE=" + r.dir,
		"RABBITMQ_LOGS=-",
		"RABBITMQ_PID_FILE=" + r.file("pid"),
		fmt.Sprint("RABBITMQ_DIST_PORT=", m.Ports[2]),
		fmt.Sprint("ERL_EPMD_PORT=", m.Ports[3]),
		"ERL_EPMD_ADDRESS=127.0.0.1",
		// Nobody outside this machine can reach the port for peers.
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
	}
}

func (r *rabbitmq) ping(ctx context.Context, target string) error { return pingRabbitMQ(ctx, target) }

func pingRabbitMQ(_ context.Context, target string) error {
	conn, err := amqp.DialConfig(target, amqp.Config{Dial: amqp.DefaultDial(5 * time.Second)})
	if err != nil {
		return fmt.Errorf("connect to RabbitMQ: %w", err)
	}
	return conn.Close()
}
