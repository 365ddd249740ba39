package gateway_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"movienow/infra/local/gateway"
)

// A function that was killed is back within a moment; meanwhile nobody listens. What was asked for then is asked once.
func TestWaitsForAFunctionThatIsBeingStarted(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	started := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); r.Method != http.MethodPost || string(body) != "hello" {
			t.Errorf("got %s %q", r.Method, body)
		}
		asked.Add(1)
	}))
	address := started.Listener.Addr().String()
	started.Listener.Close()
	url := serve(t, nil, func(o *gateway.Options) { o.Addresses["reserve-seats"] = address })
	time.AfterFunc(200*time.Millisecond, func() {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		started.Listener = listener
		started.Start()
	})
	t.Cleanup(started.Close)
	if answer, body := ask(t, "POST", url+"/shows/1/reserve", "hello"); answer.StatusCode != http.StatusOK {
		t.Errorf("got %d %s", answer.StatusCode, body)
	}
	if got := asked.Load(); got != 1 {
		t.Errorf("it was asked %d times, want once", got)
	}
}

// What a function has seen isn't sent again: it may have done its work.
func TestDoesNotRepeatWhatAFunctionHasSeen(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	url := serve(t, map[string]http.Handler{"reserve-seats": http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked.Add(1)
		panic(http.ErrAbortHandler)
	})}, nil)
	if answer, body := ask(t, "POST", url+"/shows/1/reserve", "hello"); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got %d %s", answer.StatusCode, body)
	}
	if got := asked.Load(); got != 1 {
		t.Errorf("it was asked %d times, want once", got)
	}
}
