package config

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSecretsFromFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("PAYMENT_URL", "https://pay.example")
	t.Setenv("PAYMENT_API_KEY_FILE", write("key", "old\n"))
	t.Setenv("AMQP_URL_FILE", write("amqp", "amqps://u:old@rabbitmq"))
	t.Setenv("LOCK_REDIS_URL", "rediss://given")
	t.Setenv("LOCK_REDIS_URL_FILE", write("redis", "rediss://file"))
	var settings struct {
		Payment
		Broker
		LockRedis
		Nested struct {
			Password Secret `env:"SMTP_PASSWORD"`
		}
	}
	if err := Load(t.Context(), &settings); err != nil {
		t.Fatal(err)
	}
	want := func(when, key, broker string) {
		t.Helper()
		if got := settings.APIKey(); got != key {
			t.Errorf("%s: the key is %q, want %q", when, got, key)
		}
		if got := settings.AMQPURL(); got != broker {
			t.Errorf("%s: the broker is %q, want %q", when, got, broker)
		}
	}
	want("at the start", "old", "amqps://u:old@rabbitmq")
	write("key", "new\n")
	write("amqp", "amqps://u:new@rabbitmq\r\n")
	want("rotated", "new", "amqps://u:new@rabbitmq")
	write("key", "")
	write("amqp", "amqp://u:new@elsewhere") // not encrypted
	want("while the file is written, and to what is refused", "new", "amqps://u:new@rabbitmq")
	if err := os.Remove(filepath.Join(dir, "key")); err != nil {
		t.Fatal(err)
	}
	want("without the file", "new", "amqps://u:new@rabbitmq")
	if got := settings.LockRedisURL(); got != "rediss://given" {
		t.Errorf("given directly and by a file: got %q", got)
	}
	if got := settings.Nested.Password(); got != "" {
		t.Errorf("not set: got %q", got)
	}
}

// TestSecretsFollowAMountedSecret: Kubernetes changes all files of a mounted Secret at once, by exchanging a link.
func TestSecretsFollowAMountedSecret(t *testing.T) {
	dir := t.TempDir()
	for _, version := range []string{"1", "2"} {
		if err := os.MkdirAll(filepath.Join(dir, version), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, version, "key"), []byte("key "+version), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(version string) {
		t.Helper()
		if err := os.Symlink(version, filepath.Join(dir, "..tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	link("1")
	t.Setenv("PAYMENT_URL", "https://pay.example")
	t.Setenv("PAYMENT_API_KEY_FILE", filepath.Join(dir, "..data", "key"))
	var settings Payment
	if err := Load(t.Context(), &settings); err != nil {
		t.Fatal(err)
	}
	link("2")
	if got := settings.APIKey(); got != "key 2" {
		t.Errorf("got %q, want the new key", got)
	}
}
