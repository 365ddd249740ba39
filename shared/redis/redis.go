// Package redis is the connection to Redis: a single server or a Redis Cluster, chosen by the URL. It is the only package
// that knows the client library.
//
// Three things set it apart from the bare library. Commands of concurrent callers share pipelines, which costs Redis and
// the client a fraction of the work. A call is over within callTimeout, whatever Redis does. And after a few failures in
// a row calls fail at once for a moment, so that a dead Redis doesn't hold up every request for that long.
package redis

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"movienow/shared/batch"
	"movienow/shared/secret"
	"movienow/shared/telemetry"

	goredis "github.com/redis/go-redis/v9"
)

// callTimeout bounds a call from its first to its last moment: waiting for its pipeline, dialling and retries included.
const callTimeout = 1500 * time.Millisecond

// Client talks to one Redis or one Redis Cluster. It is safe for concurrent use.
type Client struct {
	driver  goredis.UniversalClient
	batcher *batch.Batcher[*call]
	server  atomic.Pointer[telemetry.Dependency] // as the metrics call it
}

// Open makes a client from a URL such as redis://user:password@host:6379/0; rediss:// uses TLS. The scheme
// redis+cluster:// or rediss+cluster://, or one or more addr=host:port parameters, make it a Redis Cluster client.
// The client library's settings may be given as parameters too (read_timeout=300ms). New connections sign in with the user and
// password that the URL has by then. Nothing is dialled yet.
func Open[U secret.Text](url U) (*Client, error) {
	driver, err := newDriver(secret.Reader(url))
	if err != nil {
		return nil, fmt.Errorf("open redis: %w", err)
	}
	client := &Client{driver: driver}
	client.batcher = newBatcher(client, newSender(client))
	return client, nil
}

// Observe has the client's calls counted as those to the server. Until then they are counted nowhere.
func (c *Client) Observe(server telemetry.Dependency) { c.server.Store(&server) }

// Command is a Redis command and its arguments: strings, byte slices, integers or durations in milliseconds.
type Command []any

// Do sends the commands in one round trip and returns their replies in order: nil, string, int64 or []any. The commands
// of one call go out together, yet not as a transaction. The error is the first that a command met.
func (c *Client) Do(ctx context.Context, commands ...Command) ([]any, error) {
	replies := make([]any, len(commands))
	for i, reply := range c.each(ctx, commands) {
		if reply.Err != nil {
			return nil, reply.Err
		}
		replies[i] = reply.Value
	}
	return replies, nil
}

// each is Do with an error for each command.
func (c *Client) each(ctx context.Context, commands []Command) []Reply {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	sent, replies := make([]goredis.Cmder, len(commands)), make([]Reply, len(commands))
	for i, command := range commands {
		sent[i] = goredis.NewCmd(ctx, command...)
	}
	err := c.batcher.Do(ctx, &call{sent})
	for i, command := range sent {
		if err != nil {
			replies[i].Err = err
		} else if value, err := command.(*goredis.Cmd).Result(); err == nil || !errors.Is(err, goredis.Nil) {
			replies[i] = Reply{value, err}
		}
	}
	return replies
}

// Ping reports whether Redis answers. A cluster answers if one of its nodes does.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.Do(ctx, Command{"PING"})
	return err
}

// Close ends all connections.
func (c *Client) Close() error { return c.driver.Close() }
