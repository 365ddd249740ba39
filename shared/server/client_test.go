package server

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"movienow/shared/api"
)

func TestClientAddressBehindProxies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		proxies   int
		forwarded []string
		want      string
	}{
		{"no proxy is trusted, a forged header", 0, []string{"203.0.113.9"}, "192.0.2.1"},
		{"one proxy", 1, []string{"203.0.113.9"}, "203.0.113.9"},
		{"one proxy, forged before it", 1, []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		{"one proxy, forged in a header of its own", 1, []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		{"two proxies, forged before them", 2, []string{"198.51.100.1, 203.0.113.9, 10.0.0.5"}, "203.0.113.9"},
		{"two proxies, one was gone around", 2, []string{"198.51.100.1"}, "192.0.2.1"},
		{"no header", 1, nil, "192.0.2.1"},
		{"no address", 1, []string{"203.0.113.9, unknown"}, "192.0.2.1"},
		{"an empty last one", 1, []string{"203.0.113.9,"}, "192.0.2.1"},
		{"with a port", 1, []string{"203.0.113.9:4711"}, "203.0.113.9"},
		{"version 6", 1, []string{"2001:db8::1"}, "2001:db8::/64"},
		{"version 6 with a port", 1, []string{"[2001:db8::1]:4711"}, "2001:db8::/64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			h := behindProxies(test.proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = api.ClientNetwork(r) }))
			r := httptest.NewRequest(http.MethodGet, "/", nil) // from 192.0.2.1
			r.Header["X-Forwarded-For"] = test.forwarded
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A Lambda function is told the address by whoever called it, and believes no header before that.
func TestClientAddressOfAnEvent(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]string{
		"HTTP API": `{"version":"2.0","rawPath":"/","headers":{"x-forwarded-for":"198.51.100.1, 203.0.113.9"},
			"requestContext":{"http":{"method":"GET","path":"/","sourceIp":"203.0.113.9"}}}`,
		"REST API": `{"httpMethod":"GET","path":"/","headers":{"X-Forwarded-For":"198.51.100.1, 203.0.113.9"},
			"requestContext":{"identity":{"sourceIp":"203.0.113.9"}}}`,
		"load balancer": `{"httpMethod":"GET","path":"/","headers":{"x-forwarded-for":"198.51.100.1, 203.0.113.9"},
			"requestContext":{"elb":{"targetGroupArn":"arn:x"}}}`,
	} {
		got := ""
		h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = api.ClientNetwork(r) })
		if _, err := answerEvent(t.Context(), h, []byte(event)); err != nil || got != "203.0.113.9" {
			t.Errorf("%s: got %q, %v; want what the event says of its origin", name, got, err)
		}
	}
}
