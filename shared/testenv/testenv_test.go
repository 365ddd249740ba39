package testenv_test

import (
	"testing"

	"movienow/shared/testenv"

	"github.com/jackc/pgx/v5"
)

func TestPostgres(t *testing.T) {
	for range 5 {
		t.Run("x", func(t *testing.T) {
			t.Parallel()
			c, err := pgx.Connect(t.Context(), testenv.Postgres(t))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close(t.Context())
			var n int
			if err := c.QueryRow(t.Context(), "select count(*) from shows").Scan(&n); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestOwn(t *testing.T) {
	t.Parallel()
	s := testenv.OwnPostgres(t)
	u := s.URL()
	s.Kill()
	s.Start()
	if s.URL() != u {
		t.Error("url")
	}
	t.Log(testenv.Redis(t))
	t.Log(testenv.RedisCluster(t))
	t.Log(testenv.RabbitMQ(t))
}
