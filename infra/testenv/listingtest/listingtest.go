// Package listingtest is the bench on which the listings' functions are tested: a database that can be cut off, a cache,
// a small catalogue with shows around midnight in two zones, and requests whose answers are held against the contract.
package listingtest

import (
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"movienow/infra/catalogue"
	"movienow/infra/contract/contracttest"
	"movienow/infra/testenv"
	"movienow/shared/cache"
	"movienow/shared/postgres"
	"movienow/shared/redis"
)

// Bench is what a listing works with.
type Bench struct {
	DB          *postgres.DB // through a proxy
	Cache       *cache.Cache
	DatabaseURL string // past the proxy
	proxy       *testenv.TCPProxy
}

// New makes a Bench with a database and a cache of its own, both empty.
func New(t testing.TB) *Bench {
	t.Helper()
	direct := testenv.Postgres(t)
	address, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	proxy := testenv.Proxy(t, address.Host)
	address.Host = proxy.Addr
	db, err := postgres.Open(context.Background(), address.String(), 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	client, err := redis.Open(testenv.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return &Bench{DB: db, Cache: cache.New(client), DatabaseURL: direct, proxy: proxy}
}

// CutDatabase makes every query fail from now on.
func (b *Bench) CutDatabase() {
	b.proxy.ResetReplies(true)
	b.proxy.Cut()
}

// Load loads the small catalogue, with its files replaced by those in changed.
func (b *Bench) Load(t testing.TB, changed map[string]string) {
	t.Helper()
	files := fstest.MapFS{}
	for name, content := range small() {
		files[name] = &fstest.MapFile{Data: []byte(content)}
	}
	for name, content := range changed {
		files[name] = &fstest.MapFile{Data: []byte(content)}
	}
	b.LoadFiles(t, files)
}

// LoadFiles loads a catalogue.
func (b *Bench) LoadFiles(t testing.TB, files fs.FS) {
	t.Helper()
	if _, err := catalogue.Load(context.Background(), b.DB, b.Cache, files, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// Answer is an answer to a request, read to the end.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	Next   string // the path of the next page
}

var next = regexp.MustCompile(`^<([^>]+)>; rel="next"$`)

// Get sends a GET request with headers, given as names and values in turn, and validates the answer against the contract.
func Get(t testing.TB, h http.Handler, target string, headers ...string) Answer {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	contracttest.Handler(t, h).ServeHTTP(recorder, request)
	answer := Answer{Status: recorder.Code, Header: recorder.Header(), Body: recorder.Body.String()}
	if link := next.FindStringSubmatch(answer.Header.Get("Link")); link != nil {
		answer.Next = link[1]
	}
	return answer
}

// IDs returns the id of every item of the list in the answer, which must be a success.
func (a Answer) IDs(t testing.TB, id string) []string {
	t.Helper()
	var list struct {
		Items      []map[string]any `json:"items"`
		NextCursor string           `json:"nextCursor"`
	}
	if err := json.Unmarshal([]byte(a.Body), &list); err != nil || a.Status != http.StatusOK {
		t.Fatalf("got %d %s", a.Status, a.Body)
	}
	if (a.Next != "") != (list.NextCursor != "") || !strings.Contains(a.Next, list.NextCursor) {
		t.Errorf("Link %q and nextCursor %q don't agree", a.Header.Get("Link"), list.NextCursor)
	}
	ids := []string{}
	for _, item := range list.Items {
		ids = append(ids, item[id].(string))
	}
	return ids
}

// AllIDs follows the Link headers from target to the end and returns the ids on all pages, and how many pages there are.
func AllIDs(t testing.TB, h http.Handler, target, id string) (ids []string, pages int) {
	t.Helper()
	for target != "" {
		answer := Get(t, h, target)
		ids = append(ids, answer.IDs(t, id)...)
		target = answer.Next
		if pages++; pages > 1000 {
			t.Fatal("the list has no end")
		}
	}
	return ids, pages
}
