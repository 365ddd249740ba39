package payment

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/telemetry"
)

// DefaultTimeout bounds a call where Config says nothing. Card networks answer nearly always within a few seconds.
const DefaultTimeout = 8 * time.Second

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 64 << 10

// Config says which provider is used, and where it is.
type Config struct {
	Provider string // the sandbox if empty
	URL      string
	APIKey   func() string // asked for with each call
	Timeout  time.Duration // of one call with its retries; DefaultTimeout if zero
}

// Sandbox is the Provider that talks to the sandbox server (package sandbox). It may be used by many goroutines.
type Sandbox struct {
	base    string
	apiKey  func() string
	timeout time.Duration
	client  *http.Client
	retries *budget
}

var _ Provider = (*Sandbox)(nil)

// NewSandbox makes a client. Nothing is sent before the first call.
func NewSandbox(config Config) *Sandbox {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64 // the default of 2 would open a connection for nearly every charge of an on-sale
	return &Sandbox{
		base:    strings.TrimRight(config.URL, "/"),
		apiKey:  config.APIKey,
		timeout: cmp.Or(config.Timeout, DefaultTimeout),
		retries: newBudget(),
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Charge implements Provider.
func (s *Sandbox) Charge(ctx context.Context, charge Charge) (Result, error) {
	return s.call(ctx, http.MethodPost, charge.BookingID, "charge", charge)
}

// Lookup implements Provider.
func (s *Sandbox) Lookup(ctx context.Context, bookingID string) (Result, error) {
	return s.call(ctx, http.MethodGet, bookingID, "", nil)
}

// Cancel implements Provider.
func (s *Sandbox) Cancel(ctx context.Context, bookingID string) (Result, error) {
	return s.call(ctx, http.MethodPost, bookingID, "cancel", nil)
}

// Refund implements Provider.
func (s *Sandbox) Refund(ctx context.Context, bookingID string, amount cinema.Money) (Result, error) {
	return s.call(ctx, http.MethodPost, bookingID, "refund", map[string]cinema.Money{"amount": amount})
}

// errBusy is a 503 or 429. A provider that says so hasn't acted, but it may be a proxy's, and the provider has.
var errBusy = errors.New("payment provider is busy")

// call sends one request, and again if the provider couldn't be reached or is busy: it acts once on whatever it is asked
// for the same booking. That no connection was made is certain only if that was so each time.
func (s *Sandbox) call(ctx context.Context, method, bookingID, action string, body any) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	payload, err := json.Marshal(body)
	if err != nil {
		return Result{}, fmt.Errorf("encode payment request: %w", err)
	}
	address := strings.TrimRight(s.base+"/payments/"+url.PathEscape(bookingID)+"/"+action, "/")
	s.retries.earn()
	sent := false
	for attempt := 0; ; attempt++ {
		result, err := s.send(ctx, method, address, payload)
		heard(err)
		unreached := cinema.KindOf(err) == cinema.Unavailable
		sent = sent || !unreached
		if (unreached || errors.Is(err, errBusy)) && s.retries.wait(ctx, attempt) {
			continue
		}
		if unreached && sent {
			err = fmt.Errorf("%w: no connection after an attempt that may have had an effect", ErrUnknownOutcome)
		}
		if err != nil {
			return Result{}, fmt.Errorf("%s payment of booking %s: %w", strings.ToLower(method+" "+action), bookingID, err)
		}
		return result, nil
	}
}

// heard counts an attempt. It failed if there was no answer, or one that isn't the provider's own.
func heard(err error) {
	if err != nil && cinema.KindOf(err) != cinema.Unavailable && !errors.Is(err, ErrUnknownOutcome) {
		err = nil
	}
	telemetry.PaymentProvider.Called(err)
}

// send makes one attempt. The request carries no Idempotency-Key header, because net/http would then repeat it by itself
// after a lost answer.
func (s *Sandbox) send(ctx context.Context, method, address string, payload []byte) (Result, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(payload))
	if err != nil {
		return Result{}, fmt.Errorf("build request: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+s.apiKey())
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return Result{}, transportError(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return Result{}, fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	return readAnswer(response.StatusCode, answer)
}

// transportError tells requests that never left from those whose answer is missing.
func transportError(err error) error {
	var network *net.OpError
	if errors.As(err, &network) && network.Op == "dial" {
		return cinema.Down("payment provider", err)
	}
	return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
}

func readAnswer(status int, answer []byte) (Result, error) {
	switch {
	case status == http.StatusOK:
		return readResult(answer)
	case status == http.StatusNotFound:
		return Result{}, ErrNotFound
	case status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests:
		return Result{}, fmt.Errorf("%w: %w, it answered %d", ErrUnknownOutcome, errBusy, status)
	case status >= 400 && status < 500:
		return Result{}, fmt.Errorf("payment provider refused the request with %d: %.200q", status, answer)
	}
	return Result{}, fmt.Errorf("%w: payment provider answered %d", ErrUnknownOutcome, status)
}

func readResult(answer []byte) (Result, error) {
	var result Result
	if err := json.Unmarshal(answer, &result); err != nil {
		return Result{}, fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	switch result.Status {
	case cinema.PaymentPending, cinema.PaymentSucceeded, cinema.PaymentFailed, cinema.PaymentCancelled,
		cinema.RefundPending, cinema.Refunded:
		return result, nil
	}
	return Result{}, fmt.Errorf("%w: payment provider answered status %.40q", ErrUnknownOutcome, result.Status)
}
