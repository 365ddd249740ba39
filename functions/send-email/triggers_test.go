package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/config"
	"movienow/shared/rabbitmq"
	"movienow/shared/secret"
)

// amazonMQ is an event with these bodies in the shape of testdata/batch.json.
func amazonMQ(bodies ...[]byte) []byte {
	var messages []string
	for _, body := range bodies {
		messages = append(messages, fmt.Sprintf(`{"basicProperties": {}, "redelivered": false, "data": %q}`,
			base64.StdEncoding.EncodeToString(body)))
	}
	return fmt.Appendf(nil, `{"eventSource": "aws:rmq", "rmqMessagesByQueue": {"emails::/": [%s]}}`, strings.Join(messages, ","))
}

func TestALambdaBatchIsSentAndWhatFailsIsPutAside(t *testing.T) {
	b := setup(t)
	b.mailbox.Fail(func(to string, _ int) testenv.Fault {
		if strings.HasPrefix(to, "carol") {
			return testenv.RejectMessage(451)
		}
		return testenv.Deliver
	})
	alice, bob, carol := b.buy("alice", "B1"), b.buy("bob", "B2"), b.buy("carol", "B3")
	h := b.handler()
	batch := amazonMQ(encode(t, alice), []byte("poison"), encode(t, bob), encode(t, carol))
	if err := h.lambda(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	b.wantStatus(alice, cinema.EmailSent, 0)
	b.wantStatus(bob, cinema.EmailSent, 0)
	b.wantStatus(carol, cinema.EmailQueued, 0)
	b.wantParked(1)
	if err := h.lambda(t.Context(), batch); err != nil { // Lambda may deliver a batch twice
		t.Fatal(err)
	}
	b.wantMessages("alice", tickets)
	b.wantMessages("bob", tickets)
}

func TestALambdaBatchComesAgainIfAMessageCantBePutAside(t *testing.T) {
	b := setup(t)
	alice := b.buy("alice", "B1")
	h := b.handler()
	h.publisher = rabbitmq.NewPublisher("amqp://guest:guest@127.0.0.1:1/")
	batch := amazonMQ(encode(t, alice), []byte("poison"))
	for range 2 {
		if err := h.lambda(t.Context(), batch); cinema.KindOf(err) != cinema.Unavailable {
			t.Fatalf("got %v, want Unavailable", err)
		}
	}
	b.wantMessages("alice", tickets)
}

func TestTheSampleEventsAreUnderstood(t *testing.T) {
	b := setup(t)
	for _, name := range []string{"batch.json", "unreadable.json"} {
		event, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.handler().lambda(t.Context(), event); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	list := b.wantParked(2) // one booking doesn't exist, the other message isn't an event
	if list[0].MessageID != "CONFIRMATION.0190b5a0-0000-7000-8000-000000000001" || list[1].Body != "hello" {
		t.Errorf("parked %+v", list)
	}
}

func TestCloudEventsAreTakenInBothModes(t *testing.T) {
	b := setup(t)
	h := b.handler()
	binary, structured := b.buy("alice", "B1"), b.buy("bob", "B2")
	for name, test := range map[string]struct {
		contentType, body string
		want              int
	}{
		"binary":     {"application/json", string(encode(t, binary)), http.StatusNoContent},
		"structured": {"application/cloudevents+json; charset=utf-8", fmt.Sprintf(`{"specversion":"1.0","data":%s}`, encode(t, structured)), http.StatusNoContent},
		"poison":     {"application/json", "poison", http.StatusNoContent},
		"no event":   {"application/cloudevents+json", "poison", http.StatusBadRequest},
		"too large":  {"application/json", strings.Repeat("x", 20<<10), http.StatusRequestEntityTooLarge},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(test.body))
		r.Header.Set("Content-Type", test.contentType)
		w := httptest.NewRecorder()
		routes(h).ServeHTTP(w, r)
		if w.Code != test.want {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, test.want)
		}
	}
	b.wantMessages("alice", tickets)
	b.wantMessages("bob", tickets)
	b.wantParked(1)
}

// TestACloudEventIsAnswered503WhenItIsWorthAnotherTry: of all errors, the source's adapter repeats that one alone.
func TestACloudEventIsAnswered503WhenItIsWorthAnotherTry(t *testing.T) {
	b := setup(t)
	unreachable, unusable := b.handler(), b.handler()
	unreachable.publisher = rabbitmq.NewPublisher("amqp://guest:guest@127.0.0.1:1/")
	unusable.publisher = rabbitmq.NewPublisher("no address")
	for name, h := range map[string]*handler{"the broker is down": unreachable, "a reason that nobody thought of": unusable} {
		w := httptest.NewRecorder()
		routes(h).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("poison")))
		if w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: got %d, want 503", name, w.Code)
		}
	}
}

// TestItCanBeToldNotToConsume: on Knative the source hands it the messages, and counts on nobody else taking them.
func TestItCanBeToldNotToConsume(t *testing.T) {
	b := setup(t)
	if b.handler().worker(secret.Fixed(b.broker), config.Email{Workers: 4, Prefetch: 8, Consume: true}).Run == nil {
		t.Error("it doesn't consume in a container")
	}
	worker := b.handler().worker(secret.Fixed(b.broker), config.Email{Workers: 4, Prefetch: 8})
	if worker.Run != nil || worker.Routes == nil {
		t.Error("it works by itself, or can't be handed anything")
	}
	for _, check := range worker.Ready {
		if err := check(t.Context()); err != nil {
			t.Errorf("it isn't ready: %v", err)
		}
	}
}
