package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"movienow/shared/cinema"
)

// ProblemType is the media type of every error (RFC 9457).
const ProblemType = "application/problem+json"

// problemBase is prefixed to a kind to make the problem's type URI. It is a name: clients compare it, nobody fetches it.
const problemBase = "urn:movienow:problem:"

// Problem is the body of an error answer (RFC 9457).
type Problem struct {
	Type      string              `json:"type"`
	Title     string              `json:"title"`
	Status    int                 `json:"status"`
	Detail    string              `json:"detail"`
	RequestID string              `json:"requestId"`
	Errors    []cinema.FieldError `json:"errors,omitempty"`
	Seats     []string            `json:"seats,omitempty"`

	Suggestions [][]string `json:"suggestions,omitempty"`
}

// answers maps the domain's kinds of error to HTTP.
var answers = map[cinema.Kind]struct {
	status int
	title  string
}{
	cinema.Malformed:          {http.StatusBadRequest, "Malformed request"},
	cinema.Invalid:            {http.StatusBadRequest, "Validation failed"},
	cinema.Unauthenticated:    {http.StatusUnauthorized, "Not signed in"},
	cinema.PaymentDeclined:    {http.StatusPaymentRequired, "Payment declined"},
	cinema.NotFound:           {http.StatusNotFound, "Not found"},
	cinema.MethodNotAllowed:   {http.StatusMethodNotAllowed, "Method not allowed"},
	cinema.SeatsTaken:         {http.StatusConflict, "Seats taken"},
	cinema.LeavesSingleSeat:   {http.StatusConflict, "Leaves a single seat"},
	cinema.NoSeatsTogether:    {http.StatusConflict, "No seats together"},
	cinema.Conflict:           {http.StatusConflict, "Conflict"},
	cinema.InProgress:         {http.StatusConflict, "Request in progress"},
	cinema.ReservationExpired: {http.StatusGone, "Reservation expired"},
	cinema.TooLarge:           {http.StatusRequestEntityTooLarge, "Body too large"},
	cinema.UnsupportedMedia:   {http.StatusUnsupportedMediaType, "Unsupported media type"},
	cinema.KeyReused:          {http.StatusUnprocessableEntity, "Idempotency key reused"},
	cinema.TooMany:            {http.StatusTooManyRequests, "Too many requests"},
	cinema.Unavailable:        {http.StatusServiceUnavailable, "Service unavailable"},
}

// NewProblem says in HTTP's terms what went wrong. What isn't a cinema.Error is an internal error without particulars.
func NewProblem(err error, requestID string) Problem {
	var e *cinema.Error
	if errors.As(err, &e) {
		if answer, known := answers[e.Kind]; known {
			return Problem{problemBase + string(e.Kind), answer.title, answer.status, e.Detail, requestID, e.Fields, e.Seats, e.Suggestions}
		}
	}
	return Problem{problemBase + "internal", "Internal error", http.StatusInternalServerError,
		"Something went wrong on our side. Please try again; if it stays, tell us the requestId.", requestID, nil, nil, nil}
}

// writeProblem answers err.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	problem := NewProblem(err, RequestID(r.Context()))
	header := w.Header()
	for _, name := range []string{"ETag", "Link", "Content-Encoding"} { // of the answer that was to be
		header.Del(name)
	}
	header.Set("Content-Type", ProblemType)
	header.Set("Cache-Control", "no-store")
	if problem.Status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Bearer realm="movienow"`)
	}
	if seconds := retryAfter(err); seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
	w.WriteHeader(problem.Status)
	json.NewEncoder(w).Encode(problem) // a client that has gone is no error of ours
}

// retryAfter is how many seconds the caller should wait. Where waiting is the only thing to do, it is at least one.
func retryAfter(err error) int {
	var e *cinema.Error
	if !errors.As(err, &e) {
		return 0
	}
	seconds := int(math.Ceil(e.RetryAfter.Seconds()))
	if e.Kind == cinema.TooMany || e.Kind == cinema.Unavailable {
		return max(seconds, 1)
	}
	return seconds
}

// panicked is a panic on its way to the log.
type panicked struct {
	reason any
	stack  []byte
}

// Error implements error.
func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.reason, p.stack) }
