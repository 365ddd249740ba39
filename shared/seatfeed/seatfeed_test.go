package seatfeed

import (
	"bufio"
	"context"
	"encoding/json"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/redis"
	"movienow/shared/seatlock"
)

const show = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"

var seats = []string{"S1", "S2", "S3", "S4", "S5", "S6"}

// unsold is the database of a show that nobody has booked.
type unsold struct{}

func (unsold) BookedSeats(context.Context, string) (map[string]string, error) { return nil, nil }

func setup(t *testing.T, limit int) (*Feeds, *seatlock.Locks, *redis.Client) {
	t.Helper()
	client, err := redis.Open(testenv.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	locks := seatlock.New(client, unsold{}, seatlock.HoldFor(150*time.Millisecond), seatlock.RenewMarksAfter(300*time.Millisecond))
	return New(locks, limit), locks, client
}

func watch(t *testing.T, f *Feeds, version string) *Watcher {
	t.Helper()
	w, err := f.Watch(t.Context(), show, seats, version)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func hold(t *testing.T, locks *seatlock.Locks, user string, numbers ...string) error {
	t.Helper()
	wish := seatlock.Wish{ShowID: show, StartsAt: time.Now().Add(time.Hour), Total: cinema.Money{Amount: 1, Currency: "EUR"}}
	for _, number := range numbers {
		wish.Seats = append(wish.Seats, cinema.PricedSeat{SeatNumber: number, Type: cinema.Standard})
	}
	_, _, err := locks.Acquire(t.Context(), seatlock.Client{UserID: user}, wish)
	return err
}

// read takes an event apart.
func read(t *testing.T, event []byte) (name string, changes seatlock.Changes) {
	t.Helper()
	id := ""
	for lines := bufio.NewScanner(strings.NewReader(string(event))); lines.Scan(); {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			id = value
		case "event":
			name = value
		case "data":
			if err := json.Unmarshal([]byte(value), &changes); err != nil {
				t.Error(err)
			}
		}
	}
	if id != changes.To || (changes.From == "") != (name == "snapshot") {
		t.Errorf("got %s", event)
	}
	return name, changes
}

// next waits for the watcher's next event.
func next(t *testing.T, w *Watcher) (name string, changes seatlock.Changes) {
	t.Helper()
	for end := time.After(10 * time.Second); ; {
		event, changed := w.Next()
		if event != nil {
			return read(t, event)
		}
		select {
		case <-changed:
		case <-end:
			t.Fatal("waited in vain for an event")
		}
	}
}

func TestAWatcherGoesOnFromItsVersion(t *testing.T) {
	t.Parallel()
	f, locks, _ := setup(t, 10)
	_, before, err := locks.Status(t.Context(), show, seats)
	if err != nil {
		t.Fatal(err)
	}
	if err := hold(t, locks, "alice", "S1", "S2"); err != nil {
		t.Fatal(err)
	}
	w := watch(t, f, before) // the first in this process
	defer w.Close()
	name, changes := next(t, w)
	if name != "changes" || changes.From != before || len(changes.Seats) < 2 || changes.Seats[0].Status != cinema.Held {
		t.Errorf("got %s %+v, want what has changed since %s", name, changes, before)
	}
	anew := watch(t, f, "")
	defer anew.Close()
	if name, changes := next(t, anew); name != "snapshot" || len(changes.Seats) != len(seats) {
		t.Errorf("got %s %+v, want every seat", name, changes)
	}
}

func TestOneSnapshotAfterAGap(t *testing.T) {
	t.Parallel()
	f, _, client := setup(t, 10)
	w := watch(t, f, "")
	defer w.Close()
	next(t, w)
	if _, err := client.Do(t.Context(), redis.Command{"FLUSHALL"}); err != nil {
		t.Fatal(err)
	}
	if name, _ := next(t, w); name != "snapshot" {
		t.Errorf("got %s, want a snapshot", name)
	}
	time.Sleep(3 * pace)
	if event, _ := w.Next(); event != nil {
		t.Errorf("got another event: %s", event)
	}
}

// A watcher that was away for longer than is remembered gets every seat.
func TestASlowWatcherGetsASnapshot(t *testing.T) {
	t.Parallel()
	f := newFeed(show, seats)
	f.known, f.version, f.start = map[string]cinema.SeatStatus{}, "0", "0"
	slow, quick := &Watcher{feed: f}, &Watcher{feed: f}
	for i := range 2*remembered + 10 {
		status := []cinema.SeatStatus{cinema.Held, cinema.Available}[i%2]
		version := strconv.Itoa(i/2 + 1) // two changes each
		f.apply(seatlock.Changes{To: version, Seats: []seatlock.Change{{SeatNumber: seats[i%3], Status: status, Version: version}}})
		if event, _ := quick.Next(); event == nil {
			t.Fatal("there is no event")
		} else if name, _ := read(t, event); name != "changes" {
			t.Fatalf("after %d changes: got %s", i, event)
		}
	}
	event, _ := slow.Next()
	if name, changes := read(t, event); name != "snapshot" || len(changes.Seats) != len(seats) {
		t.Errorf("got %s", event)
	}
	if n := len(f.history); n > 2*remembered || n < remembered-2 {
		t.Errorf("%d changes are remembered", n)
	}
	if at := f.after(f.start); at != 0 || f.find("1") != -1 {
		t.Errorf("the first version is at %d", at)
	}
}

func TestTooManyWatchers(t *testing.T) {
	t.Parallel()
	f, _, _ := setup(t, 1)
	w := watch(t, f, "")
	_, err := f.Watch(t.Context(), show, seats, "")
	if cinema.KindOf(err) != cinema.Unavailable {
		t.Errorf("got %v, want that there is no room", err)
	}
	w.Close()
	watch(t, f, "").Close()
}

func TestRedisIsDownWhenSomebodyBeginsToWatch(t *testing.T) {
	t.Parallel()
	f, _, client := setup(t, 1)
	client.Close()
	_, err := f.Watch(t.Context(), show, seats, "")
	if cinema.KindOf(err) != cinema.Unavailable || f.watchers != 0 {
		t.Errorf("got %v with %d watchers", err, f.watchers)
	}
}

var evalsha = regexp.MustCompile(`cmdstat_evalsha:calls=(\d+)`)

// However many watch, a show is read ten times a second, and not at all when nobody does.
func TestReadsAreShared(t *testing.T) {
	t.Parallel()
	f, _, client := setup(t, 1000)
	calls := func() int {
		replies, err := client.Do(t.Context(), redis.Command{"INFO", "commandstats"})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if found := evalsha.FindStringSubmatch(replies[0].(string)); found != nil {
			n, _ = strconv.Atoi(found[1])
		}
		return n
	}
	var watchers []*Watcher
	for range 500 {
		watchers = append(watchers, watch(t, f, ""))
	}
	before, begun := calls(), time.Now()
	time.Sleep(2 * time.Second)
	n, most := calls()-before, int(time.Since(begun)/pace)+1
	if loads := 3 * int(time.Since(begun)/(300*time.Millisecond)+1); n == 0 || n > most+loads {
		t.Errorf("read %d times, want at most %d and %d to renew the marks", n, most, loads)
	}
	for _, w := range watchers {
		w.Close()
	}
	testenv.Eventually(t, 5*time.Second, func() bool { n := calls(); time.Sleep(3 * pace); return calls() == n }, "the reading to end")
}

// This test isn't run beside others, whose goroutines it would count.
func TestNoGoroutinesAreLeft(t *testing.T) {
	f, _, _ := setup(t, 100)
	watch(t, f, "").Close()
	time.Sleep(3 * pace)
	before := runtime.NumGoroutine()
	for range 5 {
		var watchers []*Watcher
		for range 20 {
			watchers = append(watchers, watch(t, f, ""))
		}
		if testenv.Metric(t, "movienow_seat_watchers") < 20 {
			t.Error("the watchers aren't counted")
		}
		for _, w := range watchers {
			w.Close()
		}
	}
	testenv.Eventually(t, 10*time.Second, func() bool { return runtime.NumGoroutine() <= before }, "the goroutines to end")
}
