package testenv_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"movienow/infra/services"
	"movienow/infra/testenv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	amqp "github.com/rabbitmq/amqp091-go"
	goredis "github.com/redis/go-redis/v9"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	var dropped string
	t.Run("databases are migrated and apart", func(t *testing.T) {
		dropped = testenv.Postgres(t)
		here, there := connect(t, dropped), connect(t, testenv.Postgres(t))
		if _, err := here.Exec(t.Context(), "CREATE TABLE mine AS SELECT count(*) FROM shows"); err != nil {
			t.Error(err)
		}
		_, err := there.Exec(t.Context(), "SELECT FROM mine")
		if missing := (*pgconn.PgError)(nil); !errors.As(err, &missing) || missing.Code != "42P01" {
			t.Errorf("got error %v in the other database, want an undefined table", err)
		}
	})
	_, err := pgx.Connect(t.Context(), dropped)
	if gone := (*pgconn.PgError)(nil); !errors.As(err, &gone) || gone.Code != "3D000" {
		t.Errorf("got error %v after the test, want no such database", err)
	}
}

func TestOwnPostgresSurvivesKill(t *testing.T) {
	t.Parallel()
	server := testenv.OwnPostgres(t)
	url := server.URL()
	if _, err := connect(t, url).Exec(t.Context(), "CREATE TABLE kept AS SELECT count(*) FROM shows"); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	if _, err := pgx.Connect(t.Context(), url); err == nil {
		t.Error("the server answers after Kill")
	}
	server.Start()
	if server.URL() != url {
		t.Errorf("got URL %s after the restart, want %s", server.URL(), url)
	}
	if _, err := connect(t, url).Exec(t.Context(), "SELECT FROM kept"); err != nil {
		t.Errorf("a committed table is lost: %v", err)
	}
}

func redis(t *testing.T, url string) *goredis.Client {
	t.Helper()
	options, err := goredis.ParseURL(strings.Replace(url, "redis+cluster://", "redis://", 1))
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries = -1
	client := goredis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}

func TestRedis(t *testing.T) {
	t.Parallel()
	var ended string
	t.Run("servers are empty and apart", func(t *testing.T) {
		ended = testenv.Redis(t)
		if err := redis(t, ended).Set(t.Context(), "mine", "1", 0).Err(); err != nil {
			t.Error(err)
		}
		if n, err := redis(t, testenv.Redis(t)).DBSize(t.Context()).Result(); n != 0 || err != nil {
			t.Errorf("got %d keys in a new server (%v), want none", n, err)
		}
	})
	if err := redis(t, ended).Ping(t.Context()).Err(); err == nil {
		t.Error("the server outlives its test")
	}
}

func TestOwnRedisKeepsWhatIsPersistent(t *testing.T) {
	t.Parallel()
	server := testenv.OwnRedis(t, services.RedisOptions{Persistent: true})
	if err := redis(t, server.URL()).Set(t.Context(), "kept", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	server.Start()
	if got := redis(t, server.URL()).Get(t.Context(), "kept").Val(); got != "1" {
		t.Errorf("got %q after a restart, want 1", got)
	}
}

func TestRedisClusterRefusesKeysOfTwoSlots(t *testing.T) {
	t.Parallel()
	client := redis(t, testenv.RedisCluster(t))
	if err := client.MSet(t.Context(), "{a}1", "x", "{a}2", "x").Err(); err != nil {
		t.Errorf("keys of one slot: %v", err)
	}
	err := client.MSet(t.Context(), "{a}1", "x", "{b}2", "x").Err()
	if err == nil || !strings.HasPrefix(err.Error(), "CROSSSLOT") {
		t.Errorf("got error %v for keys of two slots, want CROSSSLOT", err)
	}
}

func publish(t *testing.T, url string) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	channel, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := channel.QueueDeclare("kept", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := channel.Confirm(false); err != nil {
		t.Fatal(err)
	}
	confirmed, err := channel.PublishWithDeferredConfirmWithContext(t.Context(), "", "kept", false, false,
		amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte("hello")})
	if err != nil || !confirmed.Wait() {
		t.Fatalf("publish: %v", err)
	}
	return channel
}

func TestRabbitMQ(t *testing.T) {
	t.Parallel()
	var deleted string
	t.Run("virtual hosts are apart", func(t *testing.T) {
		deleted = testenv.RabbitMQ(t)
		publish(t, deleted)
		queue, err := publish(t, testenv.RabbitMQ(t)).QueueDeclarePassive("kept", true, false, false, false, nil)
		if err != nil || queue.Messages != 1 {
			t.Errorf("got %d messages in a new virtual host (%v), want only its own", queue.Messages, err)
		}
	})
	if _, err := amqp.Dial(deleted); err == nil {
		t.Error("the virtual host outlives its test")
	}
}

func TestOwnRabbitMQSurvivesKill(t *testing.T) {
	t.Parallel()
	server := testenv.OwnRabbitMQ(t, "heartbeat = 7")
	publish(t, server.URL())
	server.Kill()
	server.Start()
	conn, err := amqp.Dial(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if conn.Config.Heartbeat != 7*time.Second {
		t.Errorf("got a heartbeat of %s, want the 7 s of the configuration", conn.Config.Heartbeat)
	}
	channel, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	message, found, err := channel.Get("kept", true)
	if err != nil || !found || string(message.Body) != "hello" {
		t.Errorf("got message %q, %v, %v after kill -9, want the confirmed one", message.Body, found, err)
	}
}
