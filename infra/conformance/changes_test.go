package conformance

import (
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/seatlock"
)

func (s *suite) changes(t *testing.T) {
	each(t, []scenario{
		{"changes lead from one version of a seat map to the next", s.follow},
		{"an unknown version is answered with every seat", s.snapshot},
		{"a stream tells the same, and goes on where it was cut off", s.stream},
	})
}

// watcher keeps a show's map up to date by what has changed.
type watcher struct {
	*client
	path    string
	version string
	seats   map[string]cinema.SeatStatus
}

func watch(c *client, show cinema.Show) *watcher {
	return &watcher{client: c, path: "/shows/" + show.ShowID + "/seats/changes", seats: map[string]cinema.SeatStatus{}}
}

// apply does what an answer or an event says.
func (w *watcher) apply(changes seatlock.Changes) {
	w.t.Helper()
	if changes.From != "" && changes.From != w.version {
		w.t.Fatalf("got changes from %s, want from %s", changes.From, w.version)
	}
	for _, change := range changes.Seats {
		w.seats[change.SeatNumber] = change.Status
	}
	w.version = changes.To
}

// ask goes on from the version that the watcher has.
func (w *watcher) ask() {
	w.t.Helper()
	w.apply(read[seatlock.Changes](w.get(w.path + "?after=" + url.QueryEscape(w.version)).want(http.StatusOK)))
}

// sees tells whether the seats have become so in the watcher's map.
func (w *watcher) sees(numbers []string, want cinema.SeatStatus) bool {
	for _, number := range numbers {
		if w.seats[number] != want {
			return false
		}
	}
	return true
}

// wantMap compares the watcher's map with the whole one when that has the same version, which it has soon.
func (w *watcher) wantMap(show cinema.Show) {
	w.t.Helper()
	eventually(w.t, 10*time.Second, "a seat map of the watcher's version", func() bool {
		whole := read[struct {
			Version string        `json:"version"`
			Seats   []cinema.Seat `json:"seats"`
		}](w.get("/shows/" + show.ShowID + "/seats").want(http.StatusOK))
		if whole.Version != w.version {
			w.ask()
			return false
		}
		want := map[string]cinema.SeatStatus{}
		for _, seat := range whole.Seats {
			want[seat.SeatNumber] = seat.Status
		}
		if !maps.Equal(want, w.seats) {
			w.t.Errorf("at version %s: got %v, want %v", w.version, w.seats, want)
		}
		return true
	})
}

func (s *suite) follow(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	w := watch(s.anonymous(t), show)
	w.ask()
	numbers := free(c, show, 2)
	reservation := reserve(c, show, numbers...)
	eventually(t, 10*time.Second, "the hold to be told", func() bool { w.ask(); return w.sees(numbers, cinema.Held) })
	w.wantMap(show)
	c.do("DELETE", "/shows/"+show.ShowID+"/reserve/"+reservation.ReservationID, nil).want(http.StatusNoContent)
	eventually(t, 10*time.Second, "the release to be told", func() bool { w.ask(); return w.sees(numbers, cinema.Available) })
	w.wantMap(show)
}

func (s *suite) snapshot(t *testing.T) {
	c, show := s.anonymous(t), s.shows.take()
	w := watch(c, show)
	for _, version := range []string{"", "x", "00000000-1-0"} {
		got := read[seatlock.Changes](c.get(w.path + "?after=" + version).want(http.StatusOK))
		if got.From != "" || got.To == "" || len(got.Seats) != show.TotalSeats {
			t.Errorf("after %q: got from %q to %q with %d seats, want all %d", version, got.From, got.To, len(got.Seats), show.TotalSeats)
		}
	}
}
