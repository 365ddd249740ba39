package rabbitmq_test

import (
	"slices"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/rabbitmq"

	"github.com/google/go-cmp/cmp"
)

func TestParkedMessagesAreListedAndReplayed(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	got := inbox{outcome: func(_ cinema.Event, call int) error {
		if call == 1 {
			return rabbitmq.Park(errServer)
		}
		return nil
	}}
	consume(t, broker, 1, 1, got.handle)
	publish(t, publisher(t, broker), event(1), event(2), event(3))
	first := parked(t, broker, 3)
	if diff := cmp.Diff(first, parked(t, broker, 3)); diff != "" {
		t.Errorf("looking changed what there is to see (-first +second):\n%s", diff)
	}
	replay(t, broker, 1, event(2).MessageID())
	testenv.Eventually(t, 10*time.Second, func() bool { return got.count(event(2)) == 2 }, "the replayed event")
	parked(t, broker, 2)
	if got.count(event(1)) != 1 {
		t.Error("an event was replayed that wasn't named")
	}
	replay(t, broker, 2)
	testenv.Eventually(t, 10*time.Second, func() bool { return got.count(event(1)) == 2 && got.count(event(3)) == 2 }, "the rest")
	parked(t, broker, 0)
	replay(t, broker, 0)
}

func TestLookingAtParkedMessagesHidesThemFromNobody(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	got := inbox{outcome: func(cinema.Event, int) error { return rabbitmq.Park(errServer) }}
	consume(t, broker, 1, 1, got.handle)
	publish(t, publisher(t, broker), event(1), event(2), event(3))
	parked(t, broker, 3)
	for range 50 {
		list, err := rabbitmq.ListParked(t.Context(), broker, 100)
		if err != nil || len(list) != 3 {
			t.Fatalf("listed %d, %v; want 3", len(list), err)
		}
		if count, err := rabbitmq.ParkedCount(t.Context(), broker); err != nil || count != 3 {
			t.Fatalf("counted %d, %v right after a look; want 3", count, err)
		}
	}
}

func replay(t *testing.T, broker string, want int, ids ...string) {
	t.Helper()
	moved, err := rabbitmq.ReplayParked(t.Context(), broker, ids...)
	if err != nil || moved != want {
		t.Fatalf("replayed %d, %v; want %d", moved, err, want)
	}
}

func TestDecodeLambdaReadsTheBodiesOfAllQueues(t *testing.T) {
	t.Parallel()
	bodies, err := rabbitmq.DecodeLambda([]byte(`{"eventSource": "aws:rmq", "rmqMessagesByQueue": {"emails::/": [
		{"basicProperties": {"contentType": "application/json"}, "redelivered": false, "data": "eyJhIjoxfQ=="},
		{"basicProperties": {}, "redelivered": true, "data": ""}]}}`))
	if err != nil || len(bodies) != 2 || string(bodies[0]) != `{"a":1}` || len(bodies[1]) != 0 {
		t.Errorf("got %q, %v", bodies, err)
	}
	if _, err := rabbitmq.DecodeLambda([]byte(`[]`)); err == nil {
		t.Error("no error for an event of another kind")
	}
}

func FuzzAMessageIsReadOrRefused(f *testing.F) {
	for _, seed := range []string{`{"kind":"CONFIRMATION","bookingId":"0190b5a0-0000-7000-8000-000000000001"}`, `{"kind":"x"}`, `{"kind":"REFUND","bookingId":"1"}`, `null`, `[`, `{"bookingId":"\u0000"}`,
		`{"eventSource":"aws:rmq","rmqMessagesByQueue":{"emails::/":[{"data":"e30="}]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if event, err := rabbitmq.Decode(body); err == nil && (!slices.Contains(cinema.EmailKinds, event.Kind) || !cinema.IsUUID(event.BookingID)) {
			t.Errorf("%q: got %+v", body, event)
		}
		rabbitmq.DecodeLambda(body) // has to return
	})
}
