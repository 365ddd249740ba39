package testenv

import (
	"strings"
	"testing"

	"movienow/infra/services"
)

// Redis is the URL of a private, empty Redis server without persistence, which ends with the test.
func Redis(t testing.TB) string {
	t.Helper()
	return OwnRedis(t, services.RedisOptions{}).URL()
}

// RedisCluster is the URL of a private Redis Cluster of one node: commands whose keys lie in different slots fail.
func RedisCluster(t testing.TB) string {
	t.Helper()
	server := OwnRedis(t, services.RedisOptions{Cluster: true})
	return strings.Replace(server.URL(), "redis://", "redis+cluster://", 1)
}
