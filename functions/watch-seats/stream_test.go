package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"movienow/infra/events"
	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cache"
	"movienow/shared/cinema"
	"movienow/shared/config"
	"movienow/shared/layout"
	"movienow/shared/redis"
	"movienow/shared/seatfeed"
	"movienow/shared/seatlock"
	"movienow/shared/server"
)

// container runs the function as in a container. Stop ends it as Kubernetes does.
func container(t *testing.T, s *sale.Sale, watchers int) (address string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = listener.Addr().String()
	listener.Close()
	_, port, _ := strings.Cut(address, ":")
	var settings config.Server
	if _, err := fmt.Sscan(port, &settings.Port); err != nil {
		t.Fatal(err)
	}
	settings.MaxRequests, settings.MaxWaiting, settings.MaxConnections, settings.DrainTimeout = 32, 2000, 2000, 20*time.Second
	ctx, cancel := context.WithCancel(context.Background())
	h := &handler{layouts: layout.New(s.DB, cache.New(s.Redis)), seats: s.Seats, feeds: seatfeed.New(s.Seats, watchers), stopping: ctx.Done()}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, settings, routes(h)) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the container: %v", err)
		}
	})
	t.Cleanup(stop)
	testenv.Eventually(t, 10*time.Second, func() bool {
		answer, err := http.Get("http://" + address + "/readyz")
		if err == nil {
			answer.Body.Close()
		}
		return err == nil && answer.StatusCode == http.StatusOK
	}, "the container to be ready")
	return address, stop
}

// witnesses compares what all see of the show: at one version everybody has to see the same.
type witnesses struct {
	t        *testing.T
	mu       sync.Mutex
	seen     map[string]map[string]cinema.SeatStatus
	compared int
}

func (w *witnesses) see(version string, seats map[string]cinema.SeatStatus) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known, again := w.seen[version]; !again {
		w.seen[version] = maps.Clone(seats)
	} else if w.compared++; !maps.Equal(known, seats) {
		w.t.Errorf("version %s: %v, and also %v", version, known, seats)
	}
}

// viewer follows a show through every stream that it gets.
type viewer struct {
	version            string
	seats              map[string]cinema.SeatStatus
	streams, snapshots int
	at                 atomic.Pointer[string] // its version, for others
}

// watch opens streams until ctx ends, each where the address leads by then.
func (v *viewer) watch(ctx context.Context, t *testing.T, client *http.Client, address func() string, w *witnesses) {
	v.seats = map[string]cinema.SeatStatus{}
	for ctx.Err() == nil {
		stream, err := events.Open(ctx, client, address(), v.version)
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		v.streams++
		for {
			event, err := stream.Next()
			if err != nil {
				break
			}
			if event.Name == "snapshot" {
				v.snapshots++
			}
			version, err := events.Apply(event, v.version, v.seats)
			if err != nil {
				t.Error(err)
				break
			}
			v.version = version
			v.at.Store(&version)
			w.see(version, v.seats)
		}
		stream.Close()
	}
}

// look reads all seats.
func look(s *sale.Sale, w *witnesses) string {
	statuses, version, err := s.Seats.Status(context.Background(), s.ShowID, s.Demo.Seats)
	if err != nil {
		return ""
	}
	seats := map[string]cinema.SeatStatus{}
	for i, seat := range s.Demo.Seats {
		seats[seat] = statuses[i]
	}
	w.see(version, seats)
	return version
}

func client(t *testing.T) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 10}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestStream(t *testing.T) {
	t.Parallel()
	s := sale.New(t, seatlock.HoldFor(500*time.Millisecond))
	address, stop := container(t, s, 2)
	url := "http://" + address + "/shows/" + s.ShowID + "/seats/changes"
	stream, err := events.Open(t.Context(), client(t), url, "")
	if err != nil {
		t.Fatal(err)
	}
	version, seats := "", map[string]cinema.SeatStatus{}
	next := func(stream *events.Stream, name string) {
		t.Helper()
		event, err := stream.Next()
		if err == nil {
			version, err = events.Apply(event, version, seats)
		}
		if err != nil || event.Name != name {
			t.Fatalf("got %+v, %v; want %s", event, err, name)
		}
	}
	next(stream, "snapshot")
	if len(seats) != len(s.Demo.Seats) || stream.Retry < time.Second || stream.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %d seats, retry after %s and %v", len(seats), stream.Retry, stream.Header)
	}
	s.Reserve("alice", "B1")
	next(stream, "changes")
	if seats["B1"] != cinema.Held {
		t.Errorf("B1 is %s", seats["B1"])
	}
	next(stream, "changes") // nobody asks, and the hold's end is told all the same
	if seats["B1"] != cinema.Available {
		t.Errorf("B1 is %s", seats["B1"])
	}
	stream.Close()

	s.Buy("bob", "C1")
	again, err := events.Open(t.Context(), client(t), url, version)
	if err != nil {
		t.Fatal(err)
	}
	next(again, "changes")
	for _, event := range []string{"?after=" + version, ""} { // the second one is one too many
		_, err = events.Open(t.Context(), client(t), url+event, "")
	}
	if err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("a third stream: got %v, want 503", err)
	}
	ended := make(chan struct{})
	go func() { stop(); close(ended) }()
	for err = nil; err == nil; {
		_, err = again.Next()
	}
	if err != io.EOF {
		t.Errorf("the stream ends with %v", err)
	}
	<-ended
}

func TestAStreamIsRefusedAsAnythingElse(t *testing.T) {
	t.Parallel()
	s, _ := setup(t)
	h := routes(&handler{layouts: layout.New(s.DB, cache.New(s.Redis)), seats: s.Seats, feeds: seatfeed.New(s.Seats, 0)})
	path := "/shows/" + s.ShowID + "/seats/changes"
	for want, path := range map[int]string{503: path, 400: path + "?after=" + strings.Repeat("9", 65), 404: "/shows/00000000-0000-4000-8000-000000000000/seats/changes"} {
		if w := sale.Do(t, h, "", http.MethodGet, path, "", "Accept: text/event-stream"); w.Code != want || w.Header().Get("Vary") == "" {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
		}
	}
	if w := sale.Do(t, routes(&handler{layouts: layout.New(s.DB, cache.New(s.Redis)), seats: s.Seats}), "", http.MethodGet, path, "",
		"Accept: text/event-stream"); w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("where there are no streams: got %s", w.Header().Get("Content-Type"))
	}
}

// Connections are cut at any byte, the log is trimmed and lost: every viewer's map is that of its version.
func TestViewersOverBadConnections(t *testing.T) {
	t.Parallel()
	s := sale.New(t, seatlock.HoldFor(200*time.Millisecond), seatlock.RenewMarksAfter(time.Second))
	address, _ := container(t, s, 100)
	proxy := testenv.Proxy(t, address)
	w := &witnesses{t: t, seen: map[string]map[string]cinema.SeatStatus{}}
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
	defer cancel()
	var group sync.WaitGroup
	viewers := make([]viewer, 12)
	for i := range viewers {
		to := []string{proxy.Addr, address}[i%2]
		group.Go(func() {
			viewers[i].watch(ctx, t, client(t), func() string { return "http://" + to + "/shows/" + s.ShowID + "/seats/changes" }, w)
		})
	}
	for i := range 3 {
		group.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
				look(s, w)
				wish := seatlock.Wish{ShowID: s.ShowID, StartsAt: time.Now().Add(time.Hour), Total: cinema.Money{Amount: 1, Currency: "EUR"},
					Seats: []cinema.PricedSeat{{SeatNumber: s.Demo.Seats[rand.IntN(20)], Type: cinema.Standard}}}
				user := fmt.Sprintf("user-%d-%d", i, n)
				held, _, err := s.Seats.Acquire(context.Background(), seatlock.Client{UserID: user}, wish)
				if err == nil && n%3 == 0 {
					_ = s.Seats.Release(context.Background(), s.ShowID, held.ReservationID, user)
				}
			}
		})
	}
	mishaps := []func(){proxy.Cut, proxy.ResetNextReply, proxy.Cut, func() { proxy.Freeze(); time.Sleep(200 * time.Millisecond); proxy.Thaw() },
		func() {
			_, _ = s.Redis.Do(context.Background(), redis.Command{"XTRIM", "show:{" + s.ShowID + "}:log", "MAXLEN", 1})
		},
		func() { _, _ = s.Redis.Do(context.Background(), redis.Command{"FLUSHALL"}) }}
	for i := 0; ctx.Err() == nil; i++ {
		time.Sleep(time.Duration(50+rand.IntN(100)) * time.Millisecond)
		mishaps[i%len(mishaps)]()
	}
	group.Wait()
	if w.compared < 50 {
		t.Errorf("only %d maps were compared with others", w.compared)
	}
}
