package gateway_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"movienow/infra/local/gateway"
	"movienow/infra/testenv"
)

// A function that was started anew has ended the connections that were kept. What can't be repeated must not be sent on them.
func TestKeptConnectionsThatHaveEndedAreNotUsed(t *testing.T) {
	t.Parallel()
	answers := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	first := httptest.NewServer(answers)
	address := first.Listener.Addr().String()
	url := serve(t, nil, func(o *gateway.Options) { o.Addresses["reserve-seats"] = address })
	if answer, body := ask(t, "POST", url+"/shows/1/reserve", "hello"); answer.StatusCode != http.StatusCreated {
		t.Fatalf("got %d %s", answer.StatusCode, body)
	}
	first.CloseClientConnections()
	first.Close()
	again := httptest.NewUnstartedServer(answers)
	again.Listener.Close()
	var err error
	if again.Listener, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	again.Start()
	t.Cleanup(again.Close)
	if answer, body := ask(t, "POST", url+"/shows/1/reserve", "hello"); answer.StatusCode != http.StatusCreated {
		t.Errorf("got %d %s", answer.StatusCode, body)
	}
}

func TestTheFunctionHearsThatTheClientHasGone(t *testing.T) {
	t.Parallel()
	asked, gone := make(chan struct{}), make(chan struct{})
	url := serve(t, map[string]http.Handler{"list-cities": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
		close(gone)
	})}, nil)
	ctx, hangUp := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/cities", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-asked
		hangUp()
	}()
	if answer, err := http.DefaultTransport.RoundTrip(request); err == nil {
		answer.Body.Close()
		t.Errorf("got %s", answer.Status)
	}
	testenv.Eventually(t, 10*time.Second, func() bool {
		select {
		case <-gone:
			return true
		default:
			return false
		}
	}, "the function to hear of it")
}

// Connection names headers that are for the gateway alone; the function gets all others.
func TestHeadersOfTheConnectionStayThere(t *testing.T) {
	t.Parallel()
	url := serve(t, map[string]http.Handler{"list-cities": echo("list-cities")}, nil)
	_, body := ask(t, "GET", url+"/cities", "", "Connection", "X-Mine", "X-Mine", "secret", "X-Other", "said", "Te", "trailers")
	if strings.Contains(body, "secret") || strings.Contains(body, "trailers") || !strings.Contains(body, "said") {
		t.Errorf("got %s", body)
	}
}
