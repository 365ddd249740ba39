package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"movienow/infra/local/gateway"
)

// A page may ask others in the name of its request. Its connection serves further requests while that is still being cleared up.
func TestPagesMayAskOthers(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(echo("other"))
	t.Cleanup(other.Close)
	url := serve(t, nil, func(o *gateway.Options) {
		o.Local = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, other.URL, nil)
			if err != nil {
				t.Error(err)
				return
			}
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			io.Copy(w, answer.Body)
		})
	})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for range 50 {
				answer, err := client.Get(url + "/dev/page")
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				if answer.StatusCode != http.StatusOK {
					t.Errorf("got %s", answer.Status)
				}
			}
		})
	}
	all.Wait()
}
