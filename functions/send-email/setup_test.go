package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/mail"
	"movienow/shared/rabbitmq"

	"github.com/jackc/pgx/v5"
)

// asWorker makes the test program play the function itself, so that a test can kill it.
const asWorker = "MOVIENOW_TEST_PLAYS_SEND_EMAIL"

func TestMain(m *testing.M) {
	if os.Getenv(asWorker) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// bench is a sale, a broker, a mail server and the function between them.
type bench struct {
	*sale.Sale
	broker  string
	mailbox *testenv.Mailbox
	events  *rabbitmq.Publisher
	t       *testing.T
}

// setup makes a bench on which a day's delays are over in seconds.
func setup(t *testing.T) *bench { return setupAt(t, 20_000) }

func setupAt(t *testing.T, speed int) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{Sale: sale.New(t), broker: testenv.RabbitMQ(t), mailbox: testenv.SMTP(t), t: t}
	if err := rabbitmq.Declare(t.Context(), b.broker, rabbitmq.Faster(speed)); err != nil {
		t.Fatal(err)
	}
	b.events = rabbitmq.NewPublisher(b.broker)
	t.Cleanup(b.events.Close)
	return b
}

func (b *bench) handler() *handler {
	sender, err := mail.Open(mail.Config{Host: b.mailbox.Host, Port: b.mailbox.Port, TLS: "none",
		From: "MovieNow <tickets@movienow.example>"}, 4)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(sender.Close)
	return &handler{db: b.DB, sender: sender, publisher: b.events, workers: 4}
}

// consume runs the container's consumer until the test ends.
func (b *bench) consume() {
	consumer := rabbitmq.NewConsumer(b.broker, 4, 8, b.handler().handle)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		consumer.Run(ctx, func() {})
	}()
	b.t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// buy makes a booking and returns the event that announces its confirmation, unpublished.
func (b *bench) buy(user, seat string) cinema.Event {
	b.t.Helper()
	return cinema.Event{Kind: cinema.Confirmation, BookingID: b.Buy(user, seat)}
}

// cancel cancels the booking and returns the event that announces it.
func (b *bench) cancel(user string, confirmation cinema.Event) cinema.Event {
	b.t.Helper()
	if done, err := b.DB.Cancel(b.t.Context(), user, confirmation.BookingID, 0); err != nil || !done {
		b.t.Fatalf("cancelled %t, %v", done, err)
	}
	return cinema.Event{Kind: cinema.Cancellation, BookingID: confirmation.BookingID}
}

func (b *bench) publish(events ...cinema.Event) {
	b.t.Helper()
	if _, err := b.events.Publish(b.t.Context(), events); err != nil {
		b.t.Fatal(err)
	}
}

// status is what the ledger says of the e-mail, and why.
func (b *bench) status(event cinema.Event) (status cinema.EmailStatus, reason string) {
	b.t.Helper()
	connection, err := pgx.Connect(b.t.Context(), b.DatabaseURL)
	if err != nil {
		b.t.Fatal(err)
	}
	defer connection.Close(b.t.Context())
	err = connection.QueryRow(b.t.Context(), `SELECT status, coalesce(last_error, '') FROM emails WHERE booking_id = $1 AND kind = $2`,
		event.BookingID, event.Kind).Scan(&status, &reason)
	if err != nil {
		b.t.Fatal(err)
	}
	return status, reason
}

func (b *bench) wantStatus(event cinema.Event, want cinema.EmailStatus, within time.Duration) {
	b.t.Helper()
	testenv.Eventually(b.t, within, func() bool {
		status, _ := b.status(event)
		return status == want
	}, fmt.Sprintf("e-mail %s to be %s", event.MessageID(), want))
}

// wantMessages checks the subjects of the e-mails to the user.
func (b *bench) wantMessages(user string, subjects ...string) []testenv.Message {
	b.t.Helper()
	var got []testenv.Message
	for _, message := range b.mailbox.Messages() {
		if message.To[0] == sale.Customer(user).Email {
			got = append(got, message)
		}
	}
	if len(got) != len(subjects) {
		b.t.Fatalf("%s got %d e-mails, want %v", user, len(got), subjects)
	}
	for i, message := range got {
		if subject := message.Header("Subject"); len(subject) < len(subjects[i]) || subject[:len(subjects[i])] != subjects[i] {
			b.t.Errorf("e-mail %d to %s is %q, want %q", i+1, user, subject, subjects[i])
		}
	}
	return got
}

func (b *bench) wantParked(want int) []rabbitmq.ParkedMessage {
	b.t.Helper()
	parked := func() {
		testenv.Eventually(b.t, 15*time.Second, func() bool {
			count, err := rabbitmq.ParkedCount(b.t.Context(), b.broker)
			return err == nil && count == want
		}, fmt.Sprintf("%d parked messages", want))
	}
	parked()
	list, err := rabbitmq.ListParked(b.t.Context(), b.broker, 100)
	if err != nil {
		b.t.Fatal(err)
	}
	parked() // the broker puts what was shown back a moment after the connection that showed it has ended
	return list
}

func encode(t *testing.T, event cinema.Event) []byte {
	t.Helper()
	body, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
