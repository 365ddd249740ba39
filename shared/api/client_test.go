package api

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"movienow/shared/cinema"
)

func TestClientNetwork(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7:1234":                   "192.0.2.7",
		"[::ffff:192.0.2.7]:1234":          "192.0.2.7",
		"[2001:db8:1:2:3:4:5:6]:1":         "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff:4:5:6%eth0]:1": "2001:db8:1:2::/64",
		"[2001:db8:1:3::1]:1":              "2001:db8:1:3::/64",
		"@":                                "",
		":0":                               "",
	} {
		if got := ClientNetwork(&http.Request{RemoteAddr: address}); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}

func TestSetRateLimit(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	SetRateLimit(w, []cinema.Quota{
		{Name: "user", Limit: 30, Window: time.Minute, Left: 28, Reset: 3100 * time.Millisecond},
		{Name: "address", Limit: 600, Window: time.Minute, Left: 599, Reset: 100 * time.Millisecond},
	})
	if got, want := w.Header().Get("RateLimit-Policy"), `"user";q=30;w=60, "address";q=600;w=60`; got != want {
		t.Errorf("got the policy %s, want %s", got, want)
	}
	if got, want := w.Header().Get("RateLimit"), `"user";r=28;t=4, "address";r=599;t=1`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	none := httptest.NewRecorder()
	if SetRateLimit(none, nil); len(none.Header()) > 0 {
		t.Errorf("got %v without limits, want nothing", none.Header())
	}
}
