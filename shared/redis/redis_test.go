package redis

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sony/gobreaker/v2"
	"go.uber.org/goleak"

	"movienow/infra/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, url string) *Client {
	t.Helper()
	client, err := Open(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// throughProxy is a client whose connections can be broken.
func throughProxy(t *testing.T) (*Client, *testenv.TCPProxy) {
	t.Helper()
	target, err := url.Parse(testenv.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy := testenv.Proxy(t, target.Host)
	target.Host = proxy.Addr
	return open(t, target.String()), proxy
}

func TestRepliesComeInOrder(t *testing.T) {
	t.Parallel()
	client := open(t, testenv.Redis(t))
	replies, err := client.Do(t.Context(),
		Command{"SET", "a", 1}, Command{"GET", "a"}, Command{"INCR", "a"}, Command{"GET", "none"}, Command{"MGET", "a", "none"})
	if err != nil {
		t.Fatal(err)
	}
	if replies[0] != "OK" || replies[1] != "1" || replies[2] != int64(2) || replies[3] != nil {
		t.Errorf("got %v", replies)
	}
	if list := replies[4].([]any); list[0] != "2" || list[1] != nil {
		t.Errorf("got %v", list)
	}
	if _, err := client.Do(t.Context(), Command{"GET", "a"}, Command{"HGET", "a", "b"}); err == nil || !strings.Contains(err.Error(), "WRONGTYPE") {
		t.Errorf("got %v, want the second command's error", err)
	}
}

func TestCallersWhoShareAPipelineGetTheirOwnReplies(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"single": testenv.Redis(t), "cluster": testenv.RedisCluster(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := open(t, url)
			var callers sync.WaitGroup
			for i := range 64 {
				callers.Go(func() {
					for round := range 50 {
						key, value := "key-"+strconv.Itoa(i), strconv.Itoa(round)
						replies, err := client.Do(context.Background(), Command{"SET", key, value}, Command{"GET", key})
						if err != nil || replies[1] != value {
							t.Errorf("%s: got %v, %v, want %s", key, replies, err, value)
							return
						}
					}
				})
			}
			callers.Wait()
		})
	}
}

func TestScriptsAreSentOnlyWhenNeeded(t *testing.T) {
	t.Parallel()
	client := open(t, testenv.Redis(t))
	script := NewScript("return {KEYS[1], ARGV[1]}")
	for range 3 {
		reply, err := client.Run(t.Context(), script, []string{"k"}, "v")
		if err != nil {
			t.Fatal(err)
		}
		if list := reply.([]any); list[0] != "k" || list[1] != "v" {
			t.Errorf("got %v", list)
		}
	}
	stats, err := client.Do(t.Context(), Command{"INFO", "commandstats"})
	if err != nil {
		t.Fatal(err)
	}
	if text := stats[0].(string); !strings.Contains(text, "cmdstat_eval:calls=1,") || !strings.Contains(text, "cmdstat_evalsha:calls=3,") {
		t.Errorf("want the source sent once, got %s", text)
	}
}

func TestCallsEndInTimeAndFailAtOnceAfterAWhile(t *testing.T) {
	t.Parallel()
	client, proxy := throughProxy(t)
	if err := client.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	proxy.Freeze()
	for tripped := false; !tripped; {
		start := time.Now()
		err := client.Ping(t.Context())
		if took := time.Since(start); err == nil || took > callTimeout+300*time.Millisecond {
			t.Fatalf("got %v after %s", err, took)
		}
		tripped = errors.Is(err, gobreaker.ErrOpenState)
	}
	proxy.Thaw()
	testenv.Eventually(t, 5*time.Second, func() bool { return client.Ping(context.Background()) == nil }, "calls to go through again")
}

func TestAnswersThatSayNoDontTripTheBreaker(t *testing.T) {
	t.Parallel()
	client := open(t, testenv.Redis(t))
	for range 3 * failuresToTrip {
		if _, err := client.Do(t.Context(), Command{"NO-SUCH-COMMAND"}); err == nil {
			t.Fatal("want an error")
		}
	}
	if err := client.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCallersMayLeaveEarly(t *testing.T) {
	t.Parallel()
	client, proxy := throughProxy(t)
	if err := client.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	proxy.Freeze()
	var callers sync.WaitGroup
	for range 8 { // two have a pipeline of their own, the others wait for one
		callers.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			start := time.Now()
			if err := client.Ping(ctx); err == nil || time.Since(start) > time.Second {
				t.Errorf("got %v after %s", err, time.Since(start))
			}
		})
	}
	callers.Wait()
	proxy.Thaw()
	testenv.Eventually(t, 5*time.Second, func() bool { return client.Ping(context.Background()) == nil }, "calls to go through again")
}

func TestOpen(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, url, want string }{
		{"no URL", "redis://:secret@%zz", "open redis"},
		{"another scheme", "http://localhost", "invalid URL scheme"},
		{"an unknown setting", "redis://localhost?read_timout=1s", "read_timout"},
		{"an unknown setting of a cluster", "redis+cluster://localhost?read_timout=1s", "read_timout"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(test.url)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want %q and no password", err, test.want)
			}
		})
	}
	for _, url := range []string{"redis://localhost?addr=localhost:1", "rediss+cluster://u:p@localhost", "rediss://localhost/1?read_timeout=1s"} {
		open(t, url) // nothing is dialled
	}
}
