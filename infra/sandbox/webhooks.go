package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"movienow/shared/payment"
)

const (
	webhookWorkers    = 4 // deliveries at once
	webhookTimeout    = 5 * time.Second
	webhookMaxBackoff = 10 * time.Second
)

// webhooks sends events until they are received. Several are under way at once, so they arrive in any order.
type webhooks struct {
	config  Config
	client  *http.Client
	told    func(eventID string) // is called when an event was received
	workers sync.WaitGroup
	wake    chan struct{} // a token for each worker that may have something to do

	mu  sync.Mutex
	due []delivery
}

type delivery struct {
	event    payment.WebhookEvent
	attempts int
}

func startWebhooks(ctx context.Context, config Config, told func(eventID string)) *webhooks {
	w := &webhooks{config: config, told: told, wake: make(chan struct{}, webhookWorkers)}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = webhookWorkers // with the default of 2, the others would connect for each event
	w.client = &http.Client{
		Timeout:       webhookTimeout,
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if config.WebhookURL == "" {
		return w
	}
	for range webhookWorkers {
		w.workers.Go(func() { w.work(ctx) })
	}
	context.AfterFunc(ctx, w.client.CloseIdleConnections)
	return w
}

// enqueue makes an event due. Without a receiver it stays in the journal as undelivered, for a later start that has one.
func (w *webhooks) enqueue(event payment.WebhookEvent) {
	if w.config.WebhookDelay == 0 || w.config.WebhookURL == "" {
		w.push(delivery{event: event})
		return
	}
	time.AfterFunc(w.config.WebhookDelay, func() { w.push(delivery{event: event}) })
}

func (w *webhooks) push(d delivery) {
	if w.config.WebhookURL == "" {
		return
	}
	w.mu.Lock()
	w.due = append(w.due, d)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // all workers are awake
	}
}

func (w *webhooks) pop() (d delivery, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.due) == 0 {
		return delivery{}, false
	}
	d, w.due = w.due[0], w.due[1:]
	return d, true
}

func (w *webhooks) work(ctx context.Context) {
	for ctx.Err() == nil {
		d, ok := w.pop()
		if !ok {
			select {
			case <-w.wake:
			case <-ctx.Done():
			}
			continue
		}
		if w.send(ctx, d.event) {
			w.told(d.event.ID)
			continue
		}
		backoff := min(w.config.WebhookBackoff<<min(d.attempts, 16), webhookMaxBackoff)
		d.attempts++
		time.AfterFunc(backoff-rand.N(backoff/4+1), func() { w.push(d) })
	}
}

// send makes one attempt and reports whether the event was received.
func (w *webhooks) send(ctx context.Context, event payment.WebhookEvent) bool {
	body, err := json.Marshal(event)
	if err != nil {
		return false
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.config.WebhookURL, bytes.NewReader(body))
	if err != nil {
		return false
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(payment.SignatureHeader, payment.SignWebhook(body, time.Now(), w.config.WebhookSecrets...))
	response, err := w.client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10) // so that the connection can be used again
	return response.StatusCode >= 200 && response.StatusCode < 300
}
