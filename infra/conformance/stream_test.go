package conformance

import (
	"context"
	"maps"
	"net/http"
	"testing"
	"time"

	"movienow/infra/events"
	"movienow/shared/cinema"
	"movienow/shared/seatlock"
)

// stream follows a show by Server-Sent Events, through whatever stands between, and once more after hanging up. Where functions
// can't stream, as on Lambda, the same request is answered with JSON.
func (s *suite) stream(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	v := &viewer{t: t, url: s.target.BaseURL + "/shows/" + show.ShowID + "/seats/changes", seats: map[string]cinema.SeatStatus{}}
	if !v.open() {
		if s.target.Streams {
			t.Fatal("the changes aren't streamed")
		}
		got := read[seatlock.Changes](c.do("GET", "/shows/"+show.ShowID+"/seats/changes", nil, "Accept", "text/event-stream").want(http.StatusOK))
		if len(got.Seats) != show.TotalSeats {
			t.Errorf("got %d seats, want all %d", len(got.Seats), show.TotalSeats)
		}
		return
	}
	numbers := free(c, show, 2)
	v.until(numbers, cinema.Available)
	reservation := reserve(c, show, numbers...)
	v.until(numbers, cinema.Held)
	v.stream.Close()
	c.do("DELETE", "/shows/"+show.ShowID+"/reserve/"+reservation.ReservationID, nil).want(http.StatusNoContent)
	if !v.open() {
		t.Fatal("the stream can't be opened again")
	}
	v.until(numbers, cinema.Available)
	w := watch(s.anonymous(t), show)
	w.version, w.seats = v.version, maps.Clone(v.seats)
	w.wantMap(show)
	if v.snapshots != 1 {
		t.Errorf("got %d snapshots, want one at the beginning", v.snapshots)
	}
}

// viewer keeps a show's map up to date by a stream.
type viewer struct {
	t         *testing.T
	url       string
	stream    *events.Stream
	version   string
	seats     map[string]cinema.SeatStatus
	snapshots int
}

// open begins a stream, and reports false if there is none to be had.
func (v *viewer) open() bool {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), time.Minute)
	v.t.Cleanup(cancel)
	stream, err := events.Open(ctx, http.DefaultClient, v.url, v.version)
	if err != nil {
		return false
	}
	v.t.Cleanup(func() { stream.Close() })
	v.stream = stream
	return true
}

// until reads events until all of the seats have become so.
func (v *viewer) until(numbers []string, want cinema.SeatStatus) {
	v.t.Helper()
	for w := (watcher{seats: v.seats}); !w.sees(numbers, want); {
		event, err := v.stream.Next()
		if err != nil {
			v.t.Fatalf("waiting for %v to be %s: %v", numbers, want, err)
		}
		if event.Name == "snapshot" {
			v.snapshots++
		}
		if v.version, err = events.Apply(event, v.version, v.seats); err != nil {
			v.t.Fatal(err)
		}
	}
}
