package load

import (
	"testing"
	"time"
)

func TestSummaryTellsFailuresAndHowLongTheyLasted(t *testing.T) {
	t.Parallel()
	h, begun := newHistory(), time.Now().Add(-time.Hour)
	at := func(second int, operation string, status int) {
		h.record(Request{At: begun.Add(time.Duration(second) * time.Second), Took: time.Second, Operation: operation, Status: status})
	}
	at(0, "checkout", 200)
	at(10, "checkout", 503)
	at(11, "list-cities", 200) // says nothing about checkout
	at(12, "checkout", 0)
	at(13, "checkout", 409) // refused, so it works again
	at(20, "list-cities", 500)
	at(21, "list-cities", 200)
	s := h.Between(begun.Add(5*time.Second), begun.Add(15*time.Second))
	if s.Requests != 4 || s.Failed != 2 || s.Outage != 4*time.Second {
		t.Errorf("got %+v, want 2 of 4 requests failed, for 4 s", s)
	}
	if worst := s.Worst(1); len(worst) != 1 || s.Failures["checkout 503 "] != 1 {
		t.Errorf("got %v", s.Failures)
	}
}
