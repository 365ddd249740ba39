package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"movienow/infra/testenv"
	"movienow/shared/rabbitmq"
)

func mailq(t *testing.T, arguments ...string) string {
	t.Helper()
	var out strings.Builder
	if err := run(t.Context(), arguments, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestParkedMessagesCanBeSeenAndReplayed(t *testing.T) {
	broker := testenv.RabbitMQ(t)
	t.Setenv("AMQP_URL", broker)
	if err := rabbitmq.Declare(t.Context(), broker); err != nil {
		t.Fatal(err)
	}
	if got := mailq(t, "list"); !strings.Contains(got, "No e-mail is parked") {
		t.Errorf("got %q", got)
	}
	publisher := rabbitmq.NewPublisher(broker)
	defer publisher.Close()
	const id = "CONFIRMATION.0190b5a0-0000-7000-8000-000000000001"
	for _, body := range []string{`{"kind":"CONFIRMATION","bookingId":"0190b5a0-0000-7000-8000-000000000001"}`, "gibberish"} {
		refuse := func(context.Context, []byte) error { return rabbitmq.Park(errors.New("550 no such\x1b[2J mailbox")) }
		if err := publisher.Process(t.Context(), []byte(body), refuse); err != nil {
			t.Fatal(err)
		}
	}
	listed := mailq(t, "list")
	for _, want := range []string{id, "550 no such", "gibberish", "make replay"} {
		if !strings.Contains(listed, want) {
			t.Errorf("the list doesn't mention %q:\n%s", want, listed)
		}
	}
	if strings.Contains(listed, "\x1b") {
		t.Error("the list passes control characters to the terminal")
	}
	if got := mailq(t, "replay", id); !strings.HasPrefix(got, "1 put back") {
		t.Errorf("got %q", got)
	}
	if got := mailq(t, "replay"); !strings.HasPrefix(got, "1 put back") {
		t.Errorf("got %q", got)
	}
}

func TestMailqSaysHowItIsUsed(t *testing.T) {
	for _, arguments := range [][]string{nil, {"delete"}} {
		if err := run(t.Context(), arguments, nil); err == nil || !strings.Contains(err.Error(), "usage") {
			t.Errorf("%v: got %v, want the usage", arguments, err)
		}
	}
}
