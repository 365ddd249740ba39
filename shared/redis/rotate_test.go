package redis

import (
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"movienow/infra/testenv"
)

// TestThePasswordMayChange: connections that are open go on, and new ones sign in with what the file says by then.
func TestThePasswordMayChange(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"a server": testenv.Redis(t), "a cluster": testenv.RedisCluster(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			admin := open(t, address)
			var now atomic.Value
			become := func(password string) {
				own := *parsed
				own.User = url.UserPassword("rotating", password)
				now.Store(own.String())
			}
			command(t, admin, "ACL", "SETUSER", "rotating", "on", "~*", "+@all", ">old")
			become("old")
			client, err := Open(func() string { return now.Load().(string) })
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			command(t, client, "SET", "key", "1")
			command(t, admin, "ACL", "SETUSER", "rotating", "resetpass", ">new") // which also hangs up on those who have the old one
			command(t, admin, "CLIENT", "KILL", "USER", "rotating")
			if err := client.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
				t.Errorf("got %v, want the old password to be refused", err)
			}
			become("new")
			command(t, client, "GET", "key")
		})
	}
}

func command(t *testing.T, client *Client, words ...any) {
	t.Helper()
	if _, err := client.Do(t.Context(), Command(words)); err != nil {
		t.Errorf("%v: %v", words, err)
	}
}
