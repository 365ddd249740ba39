package conformance

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"movienow/infra/contract"
)

// TestConformanceBehindAPIGateway runs the suite as against AWS: what stands in front refuses in its own words what it
// doesn't route and tokens that it doesn't trust, and shows nothing but the API.
func TestConformanceBehindAPIGateway(t *testing.T) {
	t.Parallel()
	running := startSystem(t, true)
	behind, err := url.Parse(running.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	operations, err := contract.Operations()
	if err != nil {
		t.Fatal(err)
	}
	var trusted sync.Map // of the tokens that were given away
	functions := httputil.NewSingleHostReverseProxy(behind)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i := slices.IndexFunc(operations, func(o contract.Operation) bool { return o.Function != "" && matches(o, r) })
		switch {
		case strings.Contains(r.URL.Path, "\x00"):
			refuse(w, http.StatusBadRequest)
		case r.Method != http.MethodOptions && i < 0:
			refuse(w, http.StatusNotFound)
		case r.Method != http.MethodOptions && !operations[i].Public && !holds(&trusted, r.Header.Get("Authorization")):
			refuse(w, http.StatusUnauthorized)
		default:
			functions.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(gateway.Close)
	Run(t, Target{BaseURL: gateway.URL, Token: func(user string) (string, error) {
		token, err := running.Token(user)
		trusted.Store("Bearer "+token, true)
		return token, err
	}})
}

func holds(set *sync.Map, key string) bool {
	_, found := set.Load(key)
	return found
}

// refuse answers as API Gateway does.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Apigw-Requestid", "local")
	w.WriteHeader(status)
	w.Write([]byte(`{"message":"` + http.StatusText(status) + `"}`))
}

func matches(o contract.Operation, r *http.Request) bool {
	want, got := strings.Split(o.Path, "/"), strings.Split(r.URL.EscapedPath(), "/")
	return o.Method == r.Method && slices.EqualFunc(want, got, func(want, got string) bool {
		return want == got || strings.HasPrefix(want, "{") && got != ""
	})
}

// TestRefusalsBehindAGatewayThatCleansPaths: Traefik and Envoy merge slashes and resolve dots before they route, so that
// what reaches a function is another path than the one that was asked for.
func TestRefusalsBehindAGatewayThatCleansPaths(t *testing.T) {
	t.Parallel()
	running := startSystem(t, false)
	behind, err := url.Parse(running.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	functions := httputil.NewSingleHostReverseProxy(behind)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cleaned := path.Clean(r.URL.Path); cleaned != strings.TrimSuffix(r.URL.Path, "/") {
			r.URL.Path, r.URL.RawPath = cleaned, ""
		}
		functions.ServeHTTP(w, r)
	}))
	t.Cleanup(gateway.Close)
	s := &suite{target: Target{BaseURL: gateway.URL, Token: running.Token}, tokens: map[string]string{}}
	s.elsewhere(t)
}
