package services

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// Names of the servers, which are also the names of their folders.
const (
	databaseName   = "postgres"
	lockRedisName  = "lock-redis"
	cacheRedisName = "cache-redis"
	amqpName       = "rabbitmq"
)

// private lists the servers of one folder. The locks and the cache are two Redis servers because a cache that evicts
// keys would evict locks too.
func private(dir string, o Options) []*Server {
	servers := []*Server{
		NewPostgres(filepath.Join(dir, databaseName), PostgresOptions{}),
		NewRedis(filepath.Join(dir, lockRedisName), RedisOptions{Persistent: true}),
		NewRedis(filepath.Join(dir, cacheRedisName), RedisOptions{Evict: true}),
		NewRabbitMQ(filepath.Join(dir, amqpName), RabbitMQOptions{}),
	}
	for _, s := range servers {
		s.Name, s.Progress = filepath.Base(s.dir), o.Progress
	}
	return servers
}

func (s *Services) url(name string) *string {
	return map[string]*string{
		databaseName: &s.DatabaseURL, lockRedisName: &s.LockRedisURL,
		cacheRedisName: &s.CacheRedisURL, amqpName: &s.AMQPURL,
	}[name]
}

// needed names the programs that have to be installed.
func (s *Services) needed() []string {
	var programs []string
	if s.DatabaseURL == "" {
		programs = append(programs, "postgres", "initdb")
	}
	if s.LockRedisURL == "" || s.CacheRedisURL == "" {
		programs = append(programs, "redis-server")
	}
	if s.AMQPURL == "" {
		programs = append(programs, "rabbitmq-server", "epmd")
	}
	return programs
}

// checkGiven fails early, naming the variable, when a server that the user named doesn't answer.
func (s *Services) checkGiven(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, given := range []struct {
		variable, url string
		probe         func(context.Context, string) error
	}{
		{"DATABASE_URL", s.DatabaseURL, pingPostgres},
		{"LOCK_REDIS_URL", s.LockRedisURL, pingRedis},
		{"CACHE_REDIS_URL", s.CacheRedisURL, pingRedis},
		{"AMQP_URL", s.AMQPURL, pingRabbitMQ},
	} {
		if given.url == "" {
			continue
		}
		if err := given.probe(ctx, given.url); err != nil {
			return fmt.Errorf("%s is set, but its server doesn't answer; start it, correct the URL, or unset it to get a private one: %w", given.variable, err)
		}
	}
	return nil
}
