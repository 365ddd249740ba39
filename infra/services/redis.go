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

	goredis "github.com/redis/go-redis/v9"
)

// RedisOptions tune a private Redis server.
type RedisOptions struct {
	// Persistent writes every change to a file that is synced once a second. Without it nothing survives a stop.
	Persistent bool
	// Evict makes room for new keys by dropping the least used ones, as a cache does. Without it a full server refuses
	// writes, as a keeper of locks must.
	Evict bool
	// Cluster runs a Redis Cluster of this one node.
	Cluster bool
}

type redis struct {
	dir     string
	options RedisOptions
}

// NewRedis describes a Redis server with its data under dir.
func NewRedis(dir string, o RedisOptions) *Server {
	return newServer("redis", dir, &redis{dir: dir, options: o})
}

// A cluster node needs a second port, for its peers.
func (r *redis) ports() int                 { return 2 }
func (r *redis) stopSignal() syscall.Signal { return syscall.SIGTERM }

func (r *redis) url(m memory) string {
	u := url.URL{Scheme: "redis", User: url.UserPassword("", m.Password), Host: localAddress(m.Ports[0])}
	return u.String()
}

// prepare writes the configuration as a file, because arguments are visible to every user of the machine.
func (r *redis) prepare(_ context.Context, m *memory) error {
	lines := []string{
		"bind 127.0.0.1", fmt.Sprint("port ", m.Ports[0]), "requirepass " + m.Password, "dir " + quote(r.dir),
		`save ""`, "maxmemory 256mb", "maxmemory-policy noeviction", "appendonly no",
	}
	if r.options.Persistent {
		lines = append(lines, "appendonly yes", "appendfsync everysec")
	}
	if r.options.Evict {
		lines = append(lines, "maxmemory-policy allkeys-lfu")
	}
	if r.options.Cluster {
		lines = append(lines, "cluster-enabled yes", fmt.Sprint("cluster-port ", m.Ports[1]), "cluster-announce-ip 127.0.0.1")
	}
	return os.WriteFile(r.config(), []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

func (r *redis) config() string { return filepath.Join(r.dir, "redis.conf") }

func (r *redis) commands(memory) ([]*exec.Cmd, error) {
	path, err := find("redis-server")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, r.config())
	cmd.Dir = r.dir
	return []*exec.Cmd{cmd}, nil
}

// ping waits for the data to be loaded too; a new cluster node is given all slots first.
func (r *redis) ping(ctx context.Context, target string) error {
	if err := pingRedis(ctx, target); err != nil || !r.options.Cluster {
		return err
	}
	return withRedis(target, func(client *goredis.Client) error {
		info, err := client.ClusterInfo(ctx).Result()
		if err != nil || strings.Contains(info, "cluster_state:ok") {
			return err
		}
		if strings.Contains(info, "cluster_slots_assigned:0") {
			if err := client.ClusterAddSlotsRange(ctx, 0, 16383).Err(); err != nil {
				return err
			}
		}
		return fmt.Errorf("cluster of one node isn't formed yet")
	})
}

func pingRedis(ctx context.Context, target string) error {
	return withRedis(target, func(client *goredis.Client) error {
		if err := client.Ping(ctx).Err(); err != nil {
			return fmt.Errorf("ping Redis: %w", err)
		}
		return nil
	})
}

func withRedis(target string, use func(*goredis.Client) error) error {
	options, err := goredis.ParseURL(target)
	if err != nil {
		return fmt.Errorf("parse Redis URL: %w", err)
	}
	options.MaxRetries = -1
	client := goredis.NewClient(options)
	defer client.Close()
	return use(client)
}

// quote writes a value the way redis.conf wants it.
func quote(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }
