package cinema

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what went wrong in terms a client can act on. It is the last segment of the problem's type URI and never
// changes its meaning.
type Kind string

// The kinds of error, with the HTTP status that shared/api gives them.
const (
	Malformed          Kind = "malformed-request"      // 400
	Invalid            Kind = "validation-failed"      // 400
	Unauthenticated    Kind = "unauthenticated"        // 401
	PaymentDeclined    Kind = "payment-declined"       // 402
	NotFound           Kind = "not-found"              // 404; also what belongs to somebody else
	MethodNotAllowed   Kind = "method-not-allowed"     // 405
	SeatsTaken         Kind = "seats-taken"            // 409, with Seats
	LeavesSingleSeat   Kind = "leaves-single-seat"     // 409, with Seats and Suggestions
	NoSeatsTogether    Kind = "no-seats-together"      // 409, with Suggestions
	Conflict           Kind = "conflict"               // 409
	InProgress         Kind = "request-in-progress"    // 409
	ReservationExpired Kind = "reservation-expired"    // 410
	TooLarge           Kind = "body-too-large"         // 413
	UnsupportedMedia   Kind = "unsupported-media-type" // 415
	KeyReused          Kind = "idempotency-key-reused" // 422
	TooMany            Kind = "too-many-requests"      // 429, with RetryAfter
	Unavailable        Kind = "unavailable"            // 503, with RetryAfter
)

// Error is the only error whose words a client gets to see. Every other error is shown as an internal one.
type Error struct {
	Kind   Kind
	Detail string       // a sentence for the client
	Fields []FieldError // for Invalid: what is wrong where
	Seats  []string     // for SeatsTaken: which; for LeavesSingleSeat: those left alone
	// Suggestions are other choices of as many seats that would do: for LeavesSingleSeat, and for NoSeatsTogether if they sit apart.
	Suggestions [][]string
	RetryAfter  time.Duration // for InProgress, TooMany and Unavailable; zero leaves it out
	Err         error         // the cause, for the log only
}

// FieldError says what is wrong with one part of the request.
type FieldError struct {
	Pointer string `json:"pointer"` // RFC 6901 into the body; "?date" for a query parameter
	Detail  string `json:"detail"`
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Kind, e.Detail, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Kind, e.Detail)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error whose detail is the formatted sentence.
func Errorf(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// InvalidField makes an Invalid error about one part of the request.
func InvalidField(pointer, detail string) error {
	return &Error{Kind: Invalid, Detail: "The request isn't valid.", Fields: []FieldError{{pointer, detail}}}
}

// Down makes an Unavailable error for a dependency that can't be reached. Its name and the cause go to the log only.
func Down(dependency string, cause error) error {
	return &Error{Kind: Unavailable, Detail: "The service is busy or partly down. Please try again in a moment.",
		RetryAfter: 2 * time.Second, Err: fmt.Errorf("%s: %w", dependency, cause)}
}

// KindOf returns the kind of the Error in err's chain, or "" if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}
