package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"movienow/infra/local/gateway"
)

// events is a function that sends what comes on a channel, as events of a show are sent, until the client goes.
func events(source <-chan string, gone chan<- struct{}) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(gone)
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		for {
			http.NewResponseController(w).Flush()
			select {
			case event := <-source:
				fmt.Fprintf(w, "data: %s\n\n", event)
			case <-r.Context().Done():
				return
			}
		}
	})
}

// listen asks for the events.
func listen(t *testing.T, ctx context.Context, url string) (*http.Response, *bufio.Reader) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/cities", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" || answer.ContentLength != -1 {
		t.Errorf("got %s, %v", answer.Status, answer.Header)
	}
	return answer, bufio.NewReader(answer.Body)
}

// The function sends nothing more until the client has what it sent: each event arrives by itself, and the head before the first.
func TestEventsArriveOneByOne(t *testing.T) {
	t.Parallel()
	source, gone := make(chan string), make(chan struct{})
	url := serve(t, map[string]http.Handler{"list-cities": events(source, gone)}, nil)
	ctx, leave := context.WithTimeout(t.Context(), 20*time.Second)
	defer leave()
	_, reader := listen(t, ctx, url)
	for i := range 3 {
		event := fmt.Sprint("number ", i)
		source <- event
		line, err := reader.ReadString('\n')
		if err != nil || strings.TrimSpace(line) != "data: "+event {
			t.Fatalf("got %q, %v; want %s", line, err, event)
		}
		reader.ReadString('\n')
	}
	leave()
	waitFor(t, gone, "the function to hear that the client has gone")
}

func TestStoppingEndsEvents(t *testing.T) {
	t.Parallel()
	source, gone := make(chan string), make(chan struct{})
	function := httptest.NewServer(events(source, gone))
	t.Cleanup(function.Close)
	front, url := open(t, gateway.Options{Addresses: map[string]string{"list-cities": function.Listener.Addr().String()}, Local: http.NotFoundHandler()})
	_, reader := listen(t, t.Context(), url)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := front.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	waitFor(t, gone, "the function to hear that nobody listens")
	if _, err := io.ReadAll(reader); err == nil {
		t.Error("the events seem to be all")
	}
}

func waitFor(t *testing.T, event <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(20 * time.Second):
		t.Errorf("waited in vain for %s", what)
	}
}
