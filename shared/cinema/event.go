package cinema

// EmailKind is what an e-mail tells its reader. There is at most one e-mail of a kind per booking.
type EmailKind string

// The e-mails that MovieNow sends.
const (
	Confirmation EmailKind = "CONFIRMATION"
	Cancellation EmailKind = "CANCELLATION"
	LateRefund   EmailKind = "REFUND" // of money that came when the seats were no longer to be had
)

// EmailKinds are all of them.
var EmailKinds = []EmailKind{Confirmation, Cancellation, LateRefund}

// Event says that something became true of a booking and that its customer is to be told. It goes from the outbox
// through RabbitMQ to the e-mail function, which reads everything else from the booking when it sends.
type Event struct {
	Kind      EmailKind `json:"kind"`
	BookingID string    `json:"bookingId"`
	// Trace is the traceparent of the request that it comes from, on the way to the broker; "" elsewhere. Two events are the
	// same whatever their traces.
	Trace string `json:"traceparent,omitempty"`
}

// MessageID identifies the event wherever it turns up again: it is the same for every copy.
func (e Event) MessageID() string { return string(e.Kind) + "." + e.BookingID }
