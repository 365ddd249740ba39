package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"movienow/shared/secret"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/sony/gobreaker/v2"
)

// A Redis that is well answers in a millisecond. Waiting longer than this for one doesn't help anybody.
const (
	dialTimeout = time.Second
	readTimeout = time.Second
	maxRetries  = 1 // one connection may have died unnoticed; more only prolong an outage
)

const (
	failuresToTrip = 5           // in a row, until calls fail at once
	retryAfterTrip = time.Second // until one call may try again
)

// The library writes to standard error what it also returns as an error.
func init() { goredis.SetLogger(quiet{}) }

type quiet struct{}

// Printf implements the library's logger.
func (quiet) Printf(ctx context.Context, format string, args ...any) {
	slog.DebugContext(ctx, fmt.Sprintf(format, args...))
}

// newDriver reads the URL and picks the kind of client.
func newDriver(address func() string) (goredis.UniversalClient, error) {
	login := func() (user, password string) { return secret.Login(address()) }
	parsed, err := url.Parse(address())
	if err != nil {
		return nil, errors.New("the URL can't be parsed") // the parser's error would show the password
	}
	scheme, cluster := strings.CutSuffix(parsed.Scheme, "+cluster")
	parsed.Scheme = scheme
	if cluster || parsed.Query().Has("addr") {
		return newCluster(parsed.String(), login)
	}
	options, err := goredis.ParseURL(parsed.String())
	if err != nil {
		return nil, err
	}
	options.CredentialsProvider = login
	options.ContextTimeoutEnabled = true // else a deadline is ignored while a reply is awaited
	options.DialTimeout = orDefault(options.DialTimeout, dialTimeout)
	options.ReadTimeout = orDefault(options.ReadTimeout, readTimeout)
	options.MaxRetries = orDefault(options.MaxRetries, maxRetries)
	options.DialerRetries = 1
	options.PipelinePoolSize = orDefault(options.PipelinePoolSize, -1) // two pipelines need no pool of their own
	options.Protocol = orDefault(options.Protocol, 2)                  // saves the handshake of RESP3, which isn't used
	options.DisableIdentity = true                                     // saves another
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return goredis.NewClient(options), nil
}

func newCluster(address string, login func() (user, password string)) (goredis.UniversalClient, error) {
	options, err := goredis.ParseClusterURL(address)
	if err != nil {
		return nil, err
	}
	options.CredentialsProvider = login
	options.ContextTimeoutEnabled = true
	options.DialTimeout = orDefault(options.DialTimeout, dialTimeout)
	options.ReadTimeout = orDefault(options.ReadTimeout, readTimeout)
	options.DialerRetries = 1
	options.PipelinePoolSize = orDefault(options.PipelinePoolSize, -1)
	options.Protocol = orDefault(options.Protocol, 2)
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return goredis.NewClusterClient(options), nil
}

func orDefault[T comparable](value, fallback T) T {
	var unset T
	if value == unset {
		return fallback
	}
	return value
}

// newSender sends commands as one pipeline through a circuit breaker. While the breaker is open every command gets its
// error at once.
func newSender(client *Client) func(context.Context, []goredis.Cmder) {
	breaker := gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     retryAfterTrip,
		ReadyToTrip: func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= failuresToTrip },
		IsExcluded:  func(err error) bool { return errors.Is(err, context.Canceled) },
	})
	return func(ctx context.Context, commands []goredis.Cmder) {
		_, err := breaker.Execute(func() (struct{}, error) {
			err := exec(ctx, client.driver, commands)
			client.called(err)
			return struct{}{}, err
		})
		if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
			for _, command := range commands {
				command.SetErr(err)
			}
		}
	}
}

// exec sends the commands and returns an error if one of them got no answer. An answer that says no is an answer.
func exec(ctx context.Context, driver goredis.UniversalClient, commands []goredis.Cmder) error {
	if len(commands) == 1 {
		driver.Process(ctx, commands[0])
		return unanswered(commands[0].Err())
	}
	pipeline := driver.Pipeline()
	for _, command := range commands {
		pipeline.Process(ctx, command)
	}
	pipeline.Exec(ctx)
	for _, command := range commands {
		if err := unanswered(command.Err()); err != nil {
			return err
		}
	}
	return nil
}

func unanswered(err error) error {
	var answer goredis.Error
	if errors.As(err, &answer) {
		return nil
	}
	return err
}
