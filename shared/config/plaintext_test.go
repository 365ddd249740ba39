package config

import (
	"strings"
	"testing"
)

func TestPlaintextToOtherMachinesIsRefused(t *testing.T) {
	t.Parallel()
	const password = "canary-7f3"
	tests := map[string]struct {
		name    string
		refused []string
		allowed []string
	}{
		"PostgreSQL": {"DATABASE_URL", []string{
			"postgres://u:canary-7f3@db/movienow", "postgres://u:canary-7f3@db:5432/movienow?sslmode=disable",
			"postgres://u:canary-7f3@db/movienow?sslmode=prefer", "postgresql://u:canary-7f3@db/movienow?sslmode=allow",
			"postgres://u:canary-7f3@db/movienow?sslmode=verify-full&sslmode=disable",
			"postgres://u:canary-7f3@db/movienow?application_name=x#&sslmode=verify-full",
			"postgres://u:canary-7f3@localhost/movienow?host=db", "postgres://u:canary-7f3@db/movienow?host=localhost",
			"postgres://u:canary-7f3@localhost:5432,db:5432/movienow", "postgres:///movienow?service=canary-7f3", "postgres:///movienow",
			"host=db user=u password=canary-7f3", "postgres://u:canary-7f3@db/movienow?sslmode=%zz",
			"postgres://u:canary-7f3@10.0.0.7/movienow", "postgres://u:canary-7f3@[2001:db8::7]/movienow",
		}, []string{
			"postgres://u:p@db/movienow?sslmode=require", "postgres://u:p@db/movienow?sslmode=verify-ca&sslrootcert=/a.pem",
			"postgres://u:p@db1:5432,db2:5432/movienow?sslmode=verify-full", "postgres://u:p@localhost:5432/movienow",
			"postgres://u:p@127.0.0.1/movienow?sslmode=disable", "postgres://u:p@[::1]/movienow",
			"postgres:///movienow?host=/var/run/postgresql", "postgres://u:p@127.9.9.9/movienow",
		}},
		"Redis": {"LOCK_REDIS_URL", []string{
			"redis://:canary-7f3@redis:6379/0", "redis+cluster://:canary-7f3@redis:6379", "redis://:canary-7f3@localhost:1?addr=redis:6379",
			"redis://:canary-7f3@red is/%zz",
		}, []string{
			"rediss://:p@redis:6379/0", "rediss+cluster://:p@redis:6379?addr=other:6379", "unix:///run/redis.sock?db=1",
			"redis://:p@127.0.0.1:6379", "redis+cluster://:p@localhost:1?addr=127.0.0.1:2&addr=[::1]:3",
		}},
		"the listings' Redis": {"CACHE_REDIS_URL", []string{"redis://:canary-7f3@redis:6379/0"}, []string{"rediss://:p@redis"}},
		"RabbitMQ":            {"AMQP_URL", []string{"amqp://u:canary-7f3@rabbitmq:5672/"}, []string{"amqps://u:p@rabbitmq/", "amqp://u:p@LocalHost/"}},
		"the payment provider": {"PAYMENT_URL", []string{"http://pay.example/canary-7f3"},
			[]string{"https://pay.example", "http://127.0.0.1:8090", "http://[::ffff:127.0.0.1]:8090"}},
		"the issuer": {"AUTH_JWKS_URL", []string{"http://issuer.example/jwks.json", "http://localhost.example/jwks.json"},
			[]string{"https://issuer.example/jwks.json", "http://localhost:8080/dev/jwks.json"}},
		"the mail server": {"SMTP_TLS", []string{"none"}, []string{"starttls", "tls"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, value := range test.refused {
				settings := map[string]string{test.name: value, "SMTP_HOST": "smtp.example"}
				err := RefusePlaintext(settings)
				if err == nil || !strings.HasPrefix(err.Error(), test.name+" ") || !strings.Contains(err.Error(), "ALLOW_PLAINTEXT=true") {
					t.Errorf("%s: got %v, want an error that names the setting and what to do", value, err)
				}
				if err != nil && strings.Contains(err.Error(), password) {
					t.Errorf("the error shows the password: %v", err)
				}
				settings["ALLOW_PLAINTEXT"] = "true"
				if err := RefusePlaintext(settings); err != nil {
					t.Errorf("%s, allowed: got %v", value, err)
				}
			}
			for _, value := range test.allowed {
				if err := RefusePlaintext(map[string]string{test.name: value, "SMTP_HOST": "smtp.example"}); err != nil {
					t.Errorf("%s: got %v, want no error", value, err)
				}
			}
		})
	}
}

func TestMailToThisMachineMayBePlain(t *testing.T) {
	t.Parallel()
	if err := RefusePlaintext(map[string]string{"SMTP_TLS": "none", "SMTP_HOST": "127.0.0.1"}); err != nil {
		t.Error(err)
	}
}

// TestLoadRefusesPlaintext: in every group that names a server, however the setting is given.
func TestLoadRefusesPlaintext(t *testing.T) {
	for name, value := range map[string]string{
		"DATABASE_URL": "postgres://u:p@db/movienow", "LOCK_REDIS_URL": "redis://r", "CACHE_REDIS_URL": "redis://r", "AMQP_URL": "amqp://b",
		"AUTH_JWKS_URL": "http://i", "PAYMENT_URL": "http://p", "SMTP_TLS": "none",
		"AUTH_ISSUER": "i", "AUTH_AUDIENCE": "a", "PAYMENT_API_KEY": "k", "SMTP_HOST": "m", "MAIL_FROM": "a@b",
	} {
		t.Setenv(name, value)
	}
	groups := map[string]any{"DATABASE_URL": &Database{}, "LOCK_REDIS_URL": &LockRedis{}, "CACHE_REDIS_URL": &CacheRedis{},
		"AMQP_URL": &Broker{}, "AUTH_JWKS_URL": &Auth{}, "PAYMENT_URL": &Payment{}, "SMTP_TLS": &SMTP{}}
	for name, group := range groups {
		err := Load(t.Context(), group)
		if err == nil || !strings.HasPrefix(err.Error(), name) || strings.Count(err.Error(), "ALLOW_PLAINTEXT") != 1 {
			t.Errorf("got %v, want an error about %s and nothing that the function doesn't load", err, name)
		}
	}
	t.Setenv("ALLOW_PLAINTEXT", "perhaps")
	if err := Load(t.Context(), &Broker{}); err == nil || !strings.Contains(err.Error(), "AllowPlaintext") {
		t.Errorf("got %v, want an error about ALLOW_PLAINTEXT", err)
	}
	t.Setenv("ALLOW_PLAINTEXT", "true")
	for name, group := range groups {
		if err := Load(t.Context(), group); err != nil {
			t.Errorf("%s, allowed: got %v", name, err)
		}
	}
}
