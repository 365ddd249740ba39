package services

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// Names of the servers' folders.
const (
	databaseName = "postgres"
	amqpName     = "rabbitmq"
)

// kind is a server that MovieNow needs.
type kind struct {
	setting  string   // that has its URL
	name     string   // also its folder's
	programs []string // that have to be installed to run it
	ping     func(ctx context.Context, url string) error
	describe func(dir string) *Server
}

// kinds are all of them. The locks and the cache are two Redis servers because a cache that evicts keys would evict locks
// too.
var kinds = []kind{
	{"DATABASE_URL", databaseName, []string{"postgres", "initdb"}, pingPostgres,
		func(dir string) *Server { return NewPostgres(dir, PostgresOptions{}) }},
	{"LOCK_REDIS_URL", "lock-redis", []string{"redis-server"}, pingRedis,
		func(dir string) *Server { return NewRedis(dir, RedisOptions{Persistent: true}) }},
	{"CACHE_REDIS_URL", "cache-redis", []string{"redis-server"}, pingRedis,
		func(dir string) *Server { return NewRedis(dir, RedisOptions{Evict: true}) }},
	{"AMQP_URL", amqpName, []string{"rabbitmq-server", "epmd"}, pingRabbitMQ,
		func(dir string) *Server { return NewRabbitMQ(dir, RabbitMQOptions{}) }},
}

// Settings are the names of the settings that hold the servers' URLs.
func Settings() []string {
	var settings []string
	for _, k := range kinds {
		settings = append(settings, k.setting)
	}
	return settings
}

// private is the server of this kind that has its data below dir.
func (k kind) private(dir string) *Server {
	server := k.describe(filepath.Join(dir, k.name))
	server.Name = k.name
	return server
}

// needed names the programs that the kinds need.
func needed(kinds []kind) []string {
	var programs []string
	for _, k := range kinds {
		programs = append(programs, k.programs...)
	}
	return programs
}

// missing are the kinds that no URL is given for. It fails early, naming the setting, when a server that the user named
// doesn't answer.
func missing(ctx context.Context, given map[string]string) ([]kind, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, k := range kinds {
		if url := given[k.setting]; url != "" {
			if err := k.ping(ctx, url); err != nil {
				return nil, fmt.Errorf("%s is set, but its server doesn't answer; start it, correct the URL, or unset it to get a private one: %w", k.setting, err)
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(kinds), func(k kind) bool { return given[k.setting] != "" }), nil
}
