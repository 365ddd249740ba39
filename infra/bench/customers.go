package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"movienow/infra/bench/load"
	"movienow/infra/bench/stage"
)

// seats are what the customers of a subject want: two neighbours each, that nobody else wants, in shows that are the subject's
// own. The last two of each show are left to warm.
type seats struct {
	first, shows int  // the show's number, and how many there are
	hot          bool // one show after the other; otherwise all of them in turn
	next         int  // pair, for the round that follows
}

// pairs of a show are sold.
const pairs = stage.Seats/2 - 1

// pair is the nth of this round: a show's number and the two seats.
func (s *seats) pair(n int) (show int, first, second string, err error) {
	n += s.next
	if n >= s.shows*pairs {
		return 0, "", "", fmt.Errorf("all %d shows are sold out; measure fewer rounds", s.shows)
	}
	show, n = n%s.shows, n/s.shows
	if s.hot {
		show, n = (n*s.shows+show)/pairs, (n*s.shows+show)%pairs
	}
	return s.first + show, stage.SeatNumber(2 * n), stage.SeatNumber(2*n + 1), nil
}

// warm lets the functions and Redis learn of the shows that the next so many pairs are in, by holding the last two seats of each.
func (s *seats) warm(ctx context.Context, c *customer, token stage.Token, operations int) error {
	from, to := 0, s.shows
	if s.hot {
		from, to = s.next/pairs, min((s.next+operations)/pairs+1, s.shows)
	}
	for show := from; show < to; show++ {
		_, err := c.hold(ctx, token, s.first+show, stage.SeatNumber(2*pairs), stage.SeatNumber(2*pairs+1))
		if err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
	}
	return nil
}

// refusedError is an answer that isn't what a customer wants, with its HTTP status.
type refusedError struct {
	status int
	detail string
}

func (e *refusedError) Error() string { return fmt.Sprintf("%d: %s", e.status, e.detail) }

func refused(status int, format string, args ...any) error {
	return &refusedError{status, fmt.Sprintf(format, args...)}
}

// customer is one caller with connections to the functions that a purchase needs.
type customer struct {
	reserve, checkout *load.Conn
	request           []byte
}

func newCustomer(reserve, checkout string) *customer {
	return &customer{reserve: load.NewConn(reserve), checkout: load.NewConn(checkout)}
}

func (c *customer) close() {
	c.reserve.Close()
	c.checkout.Close()
}

// post makes the request in the customer's buffer. Extra is further lines of the header.
func (c *customer) post(path string, token stage.Token, extra, body string) []byte {
	b := append(c.request[:0], "POST "...)
	b = append(append(b, path...), " HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer "...)
	b = append(append(b, token.Bearer...), "\r\nX-Forwarded-For: "...)
	b = append(append(b, token.Address...), "\r\nContent-Type: application/json\r\n"...)
	b = append(append(b, extra...), "Content-Length: "...)
	b = append(strconv.AppendInt(b, int64(len(body)), 10), "\r\n\r\n"...)
	c.request = append(b, body...)
	return c.request
}

// hold reserves two seats and returns the reservation's id.
func (c *customer) hold(ctx context.Context, token stage.Token, show int, first, second string) (string, error) {
	status, answer, err := c.reserve.Do(ctx, c.post("/shows/"+stage.ShowID(show)+"/reserve", token, "", `{"seats":["`+first+`","`+second+`"]}`))
	if err != nil {
		return "", fmt.Errorf("reserve: %w", err)
	}
	_, after, found := bytes.Cut(answer, []byte(`"reservationId":"`))
	if status != 201 || !found || len(after) < 36 {
		return "", refused(status, "reserve %s and %s of show %d: got %.300s", first, second, show, answer)
	}
	return string(after[:36]), nil
}

// pay buys the reservation. Each key is used once.
func (c *customer) pay(ctx context.Context, token stage.Token, show int, reservation, key string) error {
	status, answer, err := c.checkout.Do(ctx, c.post("/bookings/checkout", token, "Idempotency-Key: "+key+"\r\n",
		`{"showId":"`+stage.ShowID(show)+`","reservationId":"`+reservation+`","paymentMethod":"sandbox_ok"}`))
	if err != nil {
		return fmt.Errorf("check out: %w", err)
	}
	if status != 200 || !bytes.Contains(answer, []byte(`"CONFIRMED"`)) {
		return refused(status, "check out: got %.300s", answer)
	}
	return nil
}

// buy reserves and pays the nth pair of this round.
func (c *customer) buy(ctx context.Context, tokens []stage.Token, wanted *seats, n int) error {
	show, first, second, err := wanted.pair(n)
	if err != nil {
		return err
	}
	token := tokens[(wanted.next+n)%len(tokens)]
	reservation, err := c.hold(ctx, token, show, first, second)
	if err != nil {
		return err
	}
	return c.pay(ctx, token, show, reservation, "bench-"+strconv.Itoa(wanted.first)+"-"+strconv.Itoa(wanted.next+n))
}
