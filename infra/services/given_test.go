package services_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"movienow/infra/services"
	"movienow/infra/testenv"
)

// A secret may be in a file: then its server isn't started either.
func TestServersThatFilesNameAreUsed(t *testing.T) {
	t.Parallel()
	dir, given, want := t.TempDir(), map[string]string{}, map[string]string{
		"DATABASE_URL": testenv.Postgres(t), "AMQP_URL": testenv.RabbitMQ(t), "LOCK_REDIS_URL": testenv.Redis(t), "CACHE_REDIS_URL": testenv.Redis(t),
	}
	for setting, url := range want {
		given[setting+"_FILE"] = filepath.Join(dir, setting)
		if err := os.WriteFile(given[setting+"_FILE"], []byte(url+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if s := start(t, filepath.Join(dir, "services"), services.Options{Given: given}); !maps.Equal(s.URLs, want) {
		t.Errorf("got %v, want %v", s.URLs, want)
	}
}

func TestStartRefusesAServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for setting, url := range map[string]string{
		"DATABASE_URL": "postgres://127.0.0.1:1/x", "LOCK_REDIS_URL": "redis://127.0.0.1:1",
		"CACHE_REDIS_URL": "redis://127.0.0.1:1", "AMQP_URL": "amqp://127.0.0.1:1",
	} {
		_, err := services.Start(t.Context(), t.TempDir(), services.Options{Given: map[string]string{setting: url}})
		if err == nil || !strings.HasPrefix(err.Error(), setting+" is set, but its server doesn't answer") {
			t.Errorf("%s: got error %v", setting, err)
		}
	}
}
