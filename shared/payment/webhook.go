package payment

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"movienow/shared/cinema"
)

// SignatureHeader carries a webhook's signature: "t=<unix seconds>,v1=<hex>", with one v1 per secret in use. Each is the
// HMAC-SHA256 of the seconds, a full stop and the raw body.
const SignatureHeader = "Payment-Signature"

// signatureTolerance is how old a signature may be, or how far ahead the sender's clock: it bounds for how long a message
// that was overheard can be sent again. Within that time the event's ID tells repetitions.
const signatureTolerance = 5 * time.Minute

// EventType says what became true of a payment.
type EventType string

// The events. Receivers pass over types that they don't know.
const (
	EventSucceeded EventType = "payment.succeeded"
	EventFailed    EventType = "payment.failed"
	EventCancelled EventType = "payment.cancelled"
	EventRefunded  EventType = "refund.succeeded"
)

// WebhookEvent is what the provider sends when a payment has changed. Events may be late, repeated or out of order: the
// payment they carry was true at CreatedAt, and only Lookup tells what is true now.
type WebhookEvent struct {
	ID        string    `json:"id"` // the same whenever this event is sent again
	Type      EventType `json:"type"`
	BookingID string    `json:"bookingId"`
	CreatedAt time.Time `json:"createdAt"`
	Payment   Result    `json:"payment"`
	// Amount is what was asked for; zero if the payment was cancelled before it was ever charged.
	Amount   cinema.Money `json:"amount"`
	Metadata Metadata     `json:"metadata"` // as the charge gave it
}

// SignWebhook makes the value of SignatureHeader for a body that is sent now. Two secrets let receivers change from one to
// the other at a time of their own.
func SignWebhook(body []byte, now time.Time, secrets ...string) string {
	seconds := strconv.FormatInt(now.Unix(), 10)
	parts := []string{"t=" + seconds}
	for _, secret := range secrets {
		parts = append(parts, "v1="+hex.EncodeToString(mac(secret, seconds, body)))
	}
	return strings.Join(parts, ",")
}

// sandboxWebhooks reads the sandbox's webhooks: their bodies are signed with one of the secrets within the last five minutes.
type sandboxWebhooks struct{ secrets func() string }

// Event implements Webhooks.
func (s sandboxWebhooks) Event(header http.Header, rawBody []byte, now time.Time) (WebhookEvent, error) {
	values := header.Values(SignatureHeader)
	if len(values) != 1 {
		return WebhookEvent{}, cinema.Errorf(cinema.Unauthenticated, "Send exactly one %s header.", SignatureHeader)
	}
	seconds, signatures := parseSignature(values[0])
	if !signedByOneOf(strings.Split(s.secrets(), ","), seconds, signatures, rawBody) {
		return WebhookEvent{}, cinema.Errorf(cinema.Unauthenticated, "The signature in %s doesn't match the body.", SignatureHeader)
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || now.Sub(time.Unix(unix, 0)).Abs() > signatureTolerance {
		return WebhookEvent{}, cinema.Errorf(cinema.Unauthenticated, "The signature is too old, or the clock of its sender is wrong.")
	}
	var event WebhookEvent
	if err := json.Unmarshal(rawBody, &event); err != nil || event.ID == "" || event.Type == "" || event.BookingID == "" {
		return WebhookEvent{}, cinema.Errorf(cinema.Malformed, "The body isn't a payment event: it needs id, type and bookingId.")
	}
	return event, nil
}

// parseSignature splits the header's value. Schemes other than v1 are passed over, and more than eight signatures too:
// each costs a pass over the body.
func parseSignature(value string) (seconds string, signatures [][]byte) {
	for part := range strings.SplitSeq(value, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			seconds = value
		case "v1":
			if signature, err := hex.DecodeString(value); err == nil && len(signatures) < 8 {
				signatures = append(signatures, signature)
			}
		}
	}
	return seconds, signatures
}

// signedByOneOf never accepts an empty secret, which anybody could sign with.
func signedByOneOf(secrets []string, seconds string, signatures [][]byte, body []byte) bool {
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		want := mac(secret, seconds, body)
		for _, got := range signatures {
			if hmac.Equal(got, want) {
				return true
			}
		}
	}
	return false
}

func mac(secret, seconds string, body []byte) []byte {
	hash := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(hash, "%s.", seconds)
	hash.Write(body)
	return hash.Sum(nil)
}
