package server

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/api"
	"movienow/shared/config"
)

// freePort is one that nobody listens on at the moment.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// twoPorts serves a router with one operation until the test ends, and returns how both its ports are asked.
func twoPorts(t *testing.T, profiles bool) (public, private func(path string) (status int, body string)) {
	t.Helper()
	settings := config.Server{Port: freePort(t), MetricsPort: freePort(t), Profiles: profiles, DrainTimeout: time.Minute}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	router := api.NewRouter() // with an operation, for these are what requests are counted by
	router.Handle(http.MethodGet, "/counted", func(http.ResponseWriter, *http.Request) error { return nil })
	go func() { ended <- Serve(ctx, settings, router) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	asked := func(port int) func(string) (int, string) {
		return func(path string) (int, string) {
			answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, path))
			if err != nil {
				return 0, err.Error()
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil {
				return 0, err.Error()
			}
			return answer.StatusCode, string(body)
		}
	}
	public, private = asked(settings.Port), asked(settings.MetricsPort)
	testenv.Eventually(t, 10*time.Second, func() bool {
		status, _ := public("/healthz")
		return status == http.StatusOK
	}, "the server to listen")
	return public, private
}

// The public port must never tell what is for operators only, whatever is imported.
func TestMetricsAreOnAPortOfTheirOwn(t *testing.T) {
	t.Parallel()
	public, private := twoPorts(t, false)
	if status, body := private("/metrics"); status != http.StatusOK || !strings.Contains(body, "# TYPE movienow_requests_total counter") {
		t.Errorf("got %d %s", status, body)
	}
	if status, _ := public("/metrics"); status != http.StatusNotFound {
		t.Errorf("the public port answers /metrics with %d", status)
	}
}
