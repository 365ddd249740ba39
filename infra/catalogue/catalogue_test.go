package catalogue_test

import (
	"context"
	"testing"
	"time"

	"movienow/infra/catalogue"
	"movienow/shared/cache"
	"movienow/shared/postgres"
	"movienow/shared/redis"
	"movienow/shared/testenv"
)

type bench struct {
	url   string
	db    *postgres.DB
	cache *cache.Cache
}

func setup(t *testing.T) bench {
	t.Helper()
	url := testenv.Postgres(t)
	db, err := postgres.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	client, err := redis.Open(testenv.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return bench{url, db, cache.New(client)}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	begun := time.Now()
	s, err := catalogue.Load(context.Background(), b.db, b.cache, catalogue.Demo(), time.Now())
	t.Log(s, err, time.Since(begun))
	begun = time.Now()
	s, err = catalogue.Load(context.Background(), b.db, b.cache, catalogue.Demo(), time.Now())
	t.Log(s, err, time.Since(begun))
}
