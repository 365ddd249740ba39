package server

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// origin is who has made an event out of a request.
type origin int

const (
	httpAPI origin = iota + 1
	restAPI
	loadBalancer
)

// originOf tells the shapes of events apart. An event that isn't a request at all was sent by a wrong setting somewhere;
// as there is no client who could be answered, it is an error.
func originOf(event []byte) (origin, error) {
	var shape struct {
		HTTPMethod     string `json:"httpMethod"`
		RequestContext struct {
			ELB  json.RawMessage `json:"elb"`
			HTTP json.RawMessage `json:"http"`
		} `json:"requestContext"`
	}
	err := json.Unmarshal(event, &shape)
	switch {
	case err != nil:
		return 0, fmt.Errorf("the event isn't a request: %w", err)
	case shape.RequestContext.HTTP != nil:
		return httpAPI, nil
	case shape.RequestContext.ELB != nil:
		return loadBalancer, nil
	case shape.HTTPMethod != "":
		return restAPI, nil
	}
	return 0, errors.New("the event isn't a request: connect this function to an API Gateway, a load balancer or a function URL")
}

// reserve is kept of an invocation's time for telling its outcome: Lambda ends a process whose time is up mid-sentence.
const reserve = time.Second

func beforeDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, limited := ctx.Deadline()
	if !limited {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-min(reserve, time.Until(deadline)/2)))
}

// withoutStage removes the stage that a gateway puts before the path of a request to its own host name.
func withoutStage(path, stage string) string {
	if stage == "" || stage == "$default" {
		return path
	}
	if rest, found := strings.CutPrefix(path, "/"+stage); found && (rest == "" || rest[0] == '/') {
		return "/" + strings.TrimPrefix(rest, "/")
	}
	return path
}

// escapeDelimiters keeps what API Gateway has decoded already from cutting the path short.
func escapeDelimiters(path string) string {
	return strings.NewReplacer("?", "%3F", "#", "%23").Replace(path)
}

// readable finds what the adapter would stumble over.
func readable(target, body string, isBase64 bool) error {
	if _, err := url.Parse("https://localhost" + target); err != nil {
		return fmt.Errorf("read the path and the query: %w", err)
	}
	if isBase64 {
		if _, err := base64.StdEncoding.DecodeString(body); err != nil {
			return fmt.Errorf("read the body: %w", err)
		}
	}
	return nil
}

// rawQuery puts together what a load balancer has taken apart without decoding it.
func rawQuery(single map[string]string, multi map[string][]string) string {
	if multi == nil {
		multi = map[string][]string{}
		for name, value := range single {
			multi[name] = []string{value}
		}
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(multi)) {
		for _, value := range multi[name] {
			pairs = append(pairs, name+"="+value)
		}
	}
	return strings.Join(pairs, "&")
}

// lastOf returns the last of a header's values, which the nearest proxy has added.
func lastOf(values string) string {
	return strings.TrimSpace(values[strings.LastIndexByte(values, ',')+1:])
}

// received makes the request look as if net/http's server had read it from a connection. The port of the client isn't
// known, but code that takes an address apart expects one.
func received(ctx context.Context, r *http.Request, client, host string) *http.Request {
	r.Host = r.Header.Get("Host")
	if r.Host == "" {
		r.Host = host
	}
	r.Header.Del("Host")
	r.URL.Scheme, r.URL.Host = "", ""
	r.RequestURI = r.URL.RequestURI()
	r.RemoteAddr = net.JoinHostPort(client, "0")
	return r.WithContext(ctx)
}
