// Package sandbox is a payment provider for development and tests: a server that moves no money but keeps books as a real
// one does. What it has once answered is in a file, so it survives its own death; its webhooks are signed and repeated
// until they are received; and its payment methods let every path of a payment be tried, also the unpleasant ones.
package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/payment"
)

// The payment methods, by what they do. Any other method is declined.
const (
	MethodOK             = "sandbox_ok"
	MethodDeclined       = "sandbox_declined"
	MethodSlow           = "sandbox_slow"            // succeeds after Config.SlowDelay
	MethodLostAnswer     = "sandbox_lost_answer"     // takes the money and never answers
	MethodActionRequired = "sandbox_action_required" // waits until the customer has completed it
)

// Config says how the sandbox behaves.
type Config struct {
	Journal string // path of the file that holds all state; made if missing
	APIKey  string // what clients have to send as bearer token; mandatory

	// ActionURL is where customers complete payments, with "{bookingId}" in it. Default: the path on this server.
	ActionURL string

	WebhookURL     string        // none are sent if empty
	WebhookSecrets []string      // each signs; mandatory if there is a WebhookURL
	WebhookBackoff time.Duration // before the first repetition, then doubled up to 10 s; default 200 ms
	// WebhookDelay is how long after its answer the provider tells of it by webhook too; default none. Real ones take a
	// moment. Without it both come at once, and the two functions that hear of it settle the same booking.
	WebhookDelay time.Duration

	Keep int // so many of the newest payments are remembered; default 50,000

	SlowDelay time.Duration // of MethodSlow; default 5 s
	HangTime  time.Duration // until MethodLostAnswer closes the connection; default 30 s, longer than clients wait
}

// Server is the provider. It is an http.Handler.
type Server struct {
	config   Config
	mux      *http.ServeMux
	journal  *journal
	webhooks *webhooks
	stopped  context.Context
	stop     context.CancelFunc

	mu       sync.Mutex
	payments map[string]record               // by booking; records are never changed, only replaced
	untold   map[string]payment.WebhookEvent // by id; those that nobody has received yet
	tooMany  int                             // payments in the journal: it is time to forget
	pending  map[string]chan struct{}        // closed when a payment with a SettleAt has been settled
}

// Open starts a provider with the state that the journal holds.
func Open(config Config) (*Server, error) {
	if config.APIKey == "" {
		return nil, errors.New("open payment sandbox: it needs an API key")
	}
	if config.WebhookURL != "" && len(config.WebhookSecrets) == 0 {
		return nil, errors.New("open payment sandbox: webhooks need a secret to sign with")
	}
	config.ActionURL = cmp.Or(config.ActionURL, "/payments/{bookingId}/complete")
	config.SlowDelay = cmp.Or(config.SlowDelay, 5*time.Second)
	config.HangTime = cmp.Or(config.HangTime, 30*time.Second)
	config.WebhookBackoff = cmp.Or(config.WebhookBackoff, 200*time.Millisecond)
	config.Keep = cmp.Or(config.Keep, 50_000)
	s := &Server{config: config, payments: make(map[string]record), untold: make(map[string]payment.WebhookEvent),
		tooMany: 2 * config.Keep, pending: make(map[string]chan struct{})}
	undelivered, err := s.load()
	if err != nil {
		return nil, fmt.Errorf("open payment sandbox: %w", err)
	}
	s.stopped, s.stop = context.WithCancel(context.Background())
	s.webhooks = startWebhooks(s.stopped, config, s.told)
	for _, event := range undelivered {
		s.webhooks.enqueue(event)
	}
	s.routes()
	s.mu.Lock() // what is due settles at once, beside this
	defer s.mu.Unlock()
	for _, r := range s.payments {
		s.schedule(r)
	}
	return s, nil
}

// load reads the journal and returns the events that nobody has received yet, oldest first.
func (s *Server) load() ([]payment.WebhookEvent, error) {
	var order []string
	journal, err := openJournal(s.config.Journal, func(e entry) {
		if e.Payment != nil {
			s.payments[e.Payment.BookingID] = *e.Payment
		}
		if e.Event != nil {
			s.untold[e.Event.ID] = *e.Event
			order = append(order, e.Event.ID)
		}
		delete(s.untold, e.Delivered)
	})
	if err != nil {
		return nil, err
	}
	s.journal = journal
	var events []payment.WebhookEvent
	for _, id := range order {
		if event, ok := s.untold[id]; ok {
			events = append(events, event)
		}
	}
	return events, nil
}

// Close ends the webhooks and the requests that hang, and closes the journal. What is left to do is done after the next
// Open.
func (s *Server) Close() error {
	s.stop()
	s.webhooks.workers.Wait()
	return s.journal.close()
}

// schedule arranges for the end of a payment that takes its time.
func (s *Server) schedule(r record) {
	if !r.processing() {
		return
	}
	s.pending[r.BookingID] = make(chan struct{})
	time.AfterFunc(time.Until(*r.SettleAt), func() { s.settle(r.BookingID) })
}

// settle ends a payment that took its time, unless it was cancelled meanwhile. If it can't be written, the journal is
// broken or closed, and the next Open settles it.
func (s *Server) settle(bookingID string) {
	_, _ = s.change(bookingID, func(r record, known bool) (record, error) {
		if known && r.processing() {
			r.succeed()
		}
		return r, nil
	})
}

// change replaces the record of a booking by what decide makes of it. When change returns, the new state and its event are in
// the journal.
func (s *Server) change(bookingID string, decide func(r record, known bool) (record, error)) (record, error) {
	after, event, err := s.replace(bookingID, decide)
	if event != nil {
		s.webhooks.enqueue(*event)
	}
	return after, err
}

// replace is change without telling of it.
func (s *Server) replace(bookingID string, decide func(r record, known bool) (record, error)) (
	after record, event *payment.WebhookEvent, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, known := s.payments[bookingID]
	if after, err = decide(before, known); err != nil {
		return record{}, nil, err
	}
	if after.Status == before.Status {
		return after, nil, nil
	}
	event = eventOf(after)
	count, err := s.journal.append(entry{Payment: &after, Event: event})
	if err != nil {
		return record{}, nil, err
	}
	s.payments[bookingID] = after
	if event != nil {
		s.untold[event.ID] = *event
	}
	if settled, waiting := s.pending[bookingID]; waiting {
		close(settled)
		delete(s.pending, bookingID)
	}
	s.schedule(after)
	if count >= s.tooMany {
		s.forget()
	}
	return after, event, nil
}

// waitSettled waits for a payment that takes its time. It reports false if the caller or the server went away first.
func (s *Server) waitSettled(ctx context.Context, bookingID string) bool {
	s.mu.Lock()
	settled, waiting := s.pending[bookingID]
	s.mu.Unlock()
	if !waiting {
		return true
	}
	select {
	case <-settled:
		return true
	case <-ctx.Done():
	case <-s.stopped.Done():
	}
	return false
}

// eventTypes are the events that tell of a status.
var eventTypes = map[cinema.PaymentStatus]payment.EventType{
	cinema.PaymentSucceeded: payment.EventSucceeded, cinema.PaymentFailed: payment.EventFailed,
	cinema.PaymentCancelled: payment.EventCancelled, cinema.Refunded: payment.EventRefunded,
}

// eventOf makes the event that tells of a record's new status; nil if it isn't news.
func eventOf(r record) *payment.WebhookEvent {
	kind, ok := eventTypes[r.Status]
	if !ok {
		return nil
	}
	return &payment.WebhookEvent{ID: newID("evt"), Type: kind, BookingID: r.BookingID, CreatedAt: time.Now().UTC(),
		Payment: r.Result, Amount: r.Amount, Metadata: r.Metadata}
}
