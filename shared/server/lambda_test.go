package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"movienow/shared/api"
)

// outcome is an answer in any of AWS's forms.
type outcome struct {
	StatusCode        int
	Headers           map[string]string
	MultiValueHeaders http.Header
	Cookies           []string
	Body              string
	IsBase64Encoded   bool
}

// invoke sends the event to a function that answers with h.
func invoke(t *testing.T, h http.HandlerFunc, event string) outcome {
	t.Helper()
	answer, err := answerEvent(t.Context(), h, []byte(event))
	if err != nil {
		t.Fatalf("the invocation failed: %v", err)
	}
	var got outcome
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func sample(t *testing.T, name string) string {
	t.Helper()
	event, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(event)
}

// get is an event for GET with the target and the rest of what JSON may say of it.
func get(path, query, rest string) string {
	return `{"version":"2.0","rawPath":` + quote(path) + `,"rawQueryString":` + quote(query) +
		`,"requestContext":{"stage":"$default","http":{"method":"GET","path":` + quote(path) + `,"sourceIp":"127.0.0.1"}}` + rest + `}`
}

func quote(s string) string {
	quoted, _ := json.Marshal(s)
	return string(quoted)
}

func TestRequestsArriveWhole(t *testing.T) {
	t.Parallel()
	type request struct {
		Method, Path, Target, Host, RemoteAddr, Body string
		Header                                       http.Header
	}
	tests := map[string]request{
		"http-api.json": {"POST", "/payments/webhook", "/payments/webhook?b=2&a=1&b=%20x&empty",
			"abcde12345.execute-api.eu-central-1.amazonaws.com", "[2001:db8::1]:0", `{"a":1}`, http.Header{
				"Payment-Signature": {"t=1773133200,v1=0a1b,v1=2c3d"}, "If-None-Match": {`"a,b", W/"c"`},
				"Cookie": {"session=1; theme=dark"}, "Date": {"Tue, 10 Mar 2026 09:00:00 GMT"}, "X-Request-Id": {"from-the-client"}}},
		"rest-api.json": {"GET", "/movies/metropolis/shows", "/movies/metropolis/shows?cityId=paris&cityId=a+b&date=2026-03-10",
			"abcde12345.execute-api.eu-central-1.amazonaws.com", "203.0.113.7:0", "", http.Header{
				"If-None-Match": {`"b,c"`}, "X-Tag": {"one", "two"}}},
		"load-balancer.json": {"GET", "/cities/são-paulo/theaters", "/cities/s%C3%A3o-paulo/theaters?limit=5&q=a%20b",
			"lambda-alb-123578498.eu-central-1.elb.amazonaws.com", "72.12.164.125:0", "", http.Header{
				"If-None-Match": {`"a,b"`}, "Accept": {"text/html,application/json"}}},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			invoke(t, func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got := request{r.Method, r.URL.Path, r.RequestURI, r.Host, r.RemoteAddr, string(body), r.Header}
				for name, values := range want.Header {
					if !reflect.DeepEqual(got.Header[name], values) {
						t.Errorf("header %s: got %q, want %q", name, got.Header[name], values)
					}
				}
				if _, kept := got.Header["Host"]; kept || r.URL.Host != "" {
					t.Error("the host is a header or in the URL; servers have it in Request.Host")
				}
				got.Header, want.Header = nil, nil
				if !reflect.DeepEqual(got, want) {
					t.Errorf("got %+v, want %+v", got, want)
				}
			}, sample(t, name))
		})
	}
}

func TestPathsAndStages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ path, stage, want string }{
		"no stage in front of the default": {"/cities", "$default", "/cities"},
		"a stage goes":                     {"/prod/cities", "prod", "/cities"},
		"a stage alone":                    {"/prod", "prod", "/"},
		"a word that begins like it":       {"/production/cities", "prod", "/production/cities"},
		"a custom domain has none":         {"/cities", "prod", "/cities"},
		"it goes once":                     {"/prod/prod/x", "prod", "/prod/x"},
		"a decoded question mark":          {"/cities/a?b", "$default", "/cities/a?b"},
		"a decoded number sign":            {"/cities/a#b", "$default", "/cities/a#b"},
		"a space":                          {"/cities/a b", "$default", "/cities/a b"},
		"two slashes are no host":          {"//evil.example/cities", "$default", "//evil.example/cities"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event := strings.Replace(get(test.path, "", ""), "$default", test.stage, 1)
			invoke(t, func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path != test.want || r.URL.RawQuery != "" {
					t.Errorf("got %q and the query %q, want %q", r.URL.Path, r.URL.RawQuery, test.want)
				}
			}, event)
		})
	}
}

func TestAnswersLeaveWhole(t *testing.T) {
	t.Parallel()
	answer := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"a,b"`)
		w.Header().Add("Vary", "Origin")
		w.Header().Add("Vary", "Accept")
		w.Header().Add("Set-Cookie", "a=1; Expires=Tue, 10 Mar 2026 09:00:00 GMT")
		w.Header().Add("Set-Cookie", "b=2")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusTeapot)
		w.Header().Set("Late", "lost")
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		w.Write([]byte("short and stout"))
	}
	got := invoke(t, answer, sample(t, "http-api.json"))
	if got.StatusCode != http.StatusTeapot || got.Body != "short and stout" || got.IsBase64Encoded {
		t.Errorf("got %+v", got)
	}
	want := map[string]string{"Etag": `"a,b"`, "Vary": "Origin,Accept", "Content-Type": "text/plain; charset=utf-8"}
	if !reflect.DeepEqual(got.Headers, want) || len(got.Cookies) != 2 {
		t.Errorf("got headers %v and cookies %q", got.Headers, got.Cookies)
	}
	rest := invoke(t, answer, sample(t, "rest-api.json"))
	if len(rest.MultiValueHeaders["Vary"]) != 2 || len(rest.MultiValueHeaders["Set-Cookie"]) != 2 {
		t.Errorf("REST API: got %v", rest.MultiValueHeaders)
	}
	balancer := invoke(t, answer, sample(t, "load-balancer.json"))
	if balancer.Headers["Vary"] != "Origin, Accept" || balancer.MultiValueHeaders != nil {
		t.Errorf("load balancer: got %v and %v", balancer.Headers, balancer.MultiValueHeaders)
	}
	multi := strings.Replace(sample(t, "load-balancer.json"), `"headers": {`, `"multiValueHeaders": {"host": ["a.example"]}, "headers": {`, 1)
	if balancer := invoke(t, answer, multi); len(balancer.MultiValueHeaders["Vary"]) != 2 {
		t.Errorf("load balancer with multi-value headers: got %v", balancer.MultiValueHeaders)
	}
}

func TestBytesThatAreNoTextAreEncoded(t *testing.T) {
	t.Parallel()
	picture := []byte{0xff, 0xd8, 0x00}
	got := invoke(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(picture) }, get("/", "", ""))
	body, err := base64.StdEncoding.DecodeString(got.Body)
	if !got.IsBase64Encoded || err != nil || !bytes.Equal(body, picture) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWhoeverWritesNothingAnswers200(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"http-api.json", "rest-api.json", "load-balancer.json"} {
		if got := invoke(t, func(http.ResponseWriter, *http.Request) {}, sample(t, name)); got.StatusCode != http.StatusOK || got.Body != "" {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestRequestsThatCantBeReadAreRefused(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]string{
		"bad escape in the path":     get("/cities/%zz", "", ""),
		"control character in it":    get("/cities/a\nb", "", ""),
		"the same in the query":      get("/cities", "a=\x01", ""),
		"body that isn't base64":     get("/cities", "", `,"body":"%%%","isBase64Encoded":true`),
		"a header that isn't text":   get("/cities", "", `,"headers":{"accept":1}`),
		"REST API, path":             strings.Replace(sample(t, "rest-api.json"), "/movies/metropolis/shows", "/movies/%zz", 2),
		"load balancer, path":        strings.Replace(sample(t, "load-balancer.json"), "s%C3%A3o", "%zz", 1),
		"a method that can't be one": strings.Replace(get("/cities", "", ""), `"GET"`, `"G T"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := invoke(t, func(http.ResponseWriter, *http.Request) { t.Error("the handler was asked") }, event)
			wantProblem(t, got, http.StatusBadRequest, "urn:movienow:problem:malformed-request")
		})
	}
}

func TestPanicsAreAnswered(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]any{"a mistake": "oh no", "an answer cut short": http.ErrAbortHandler} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := invoke(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("ETag", `"half"`)
				w.Write([]byte("half an ans"))
				panic(reason)
			}, sample(t, "http-api.json"))
			problem := wantProblem(t, got, http.StatusInternalServerError, "urn:movienow:problem:internal")
			if problem.RequestID != "from-the-client" || got.Headers["X-Request-Id"] != "from-the-client" || got.Headers["Etag"] != "" {
				t.Errorf("got %+v, %v", problem, got.Headers)
			}
		})
	}
}

func wantProblem(t *testing.T, got outcome, status int, kind string) api.Problem {
	t.Helper()
	header := got.Headers
	if header == nil {
		header = map[string]string{}
		for name, values := range got.MultiValueHeaders {
			header[name] = values[0]
		}
	}
	var problem api.Problem
	if err := json.Unmarshal([]byte(got.Body), &problem); err != nil {
		t.Fatalf("the answer %q isn't a problem: %v", got.Body, err)
	}
	if got.StatusCode != status || header["Content-Type"] != api.ProblemType || problem.Type != kind {
		t.Errorf("got %d %s %s, want %d %s", got.StatusCode, header["Content-Type"], problem.Type, status, kind)
	}
	return problem
}

func TestEventsThatAreNoRequestsFailTheInvocation(t *testing.T) {
	t.Parallel()
	for _, event := range []string{`{"source":"aws.events","detail":{}}`, `{"rmqMessagesByQueue":{}}`, `[]`, `"x"`, `{`} {
		h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was asked") })
		if answer, err := answerEvent(t.Context(), h, []byte(event)); err == nil {
			t.Errorf("%s was answered: %s", event, answer)
		}
	}
}

func TestTimeIsLeftToTellTheOutcome(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ given, least, most time.Duration }{
		{time.Minute, 58 * time.Second, 59 * time.Second}, {time.Second, 0, 500 * time.Millisecond},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), test.given)
		defer cancel()
		_, err := invocation(func(ctx context.Context, _ []byte) ([]byte, error) {
			deadline, _ := ctx.Deadline()
			if left := time.Until(deadline); left < test.least || left > test.most {
				t.Errorf("of %s, the handler has %s", test.given, left)
			}
			return nil, nil
		}).Invoke(ctx, nil)
		if err != nil {
			t.Error(err)
		}
	}
}
