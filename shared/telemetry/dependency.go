package telemetry

import (
	"context"
	"errors"
)

// calls tells an operator which server is down: each has an alarm of its own on it.
var calls = NewCounter(Metric{
	Name:   "movienow_dependency_calls_total",
	Help:   "Calls to a server that MovieNow depends on. Failed ones got no answer, or one that says that it is down.",
	Labels: []Label{{Name: "dependency"}, {Name: "outcome", Values: []string{"ok", "failed"}}},
})

// Dependency counts the calls to one of the servers that a function depends on.
type Dependency string

// The servers that MovieNow depends on.
const (
	Postgres        Dependency = "postgres"
	LockRedis       Dependency = "lock-redis"
	CacheRedis      Dependency = "cache-redis"
	RabbitMQ        Dependency = "rabbitmq"
	SMTP            Dependency = "smtp"
	PaymentProvider Dependency = "payment-provider"
)

// Dependencies are all of them.
var Dependencies = []Dependency{Postgres, LockRedis, CacheRedis, RabbitMQ, SMTP, PaymentProvider}

// Called counts a call that failed if err isn't nil. A call that its caller gave up says nothing about the server.
func (d Dependency) Called(err error) {
	switch {
	case err == nil:
		calls.Inc(string(d), "ok")
	case !errors.Is(err, context.Canceled):
		calls.Inc(string(d), "failed")
	}
}
