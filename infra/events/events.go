// Package events reads Server-Sent Events as a browser's EventSource does (HTML standard, section 9.2), for tests, the conformance
// suite and benchmarks.
package events

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/seatlock"
)

// Event is one that has arrived whole.
type Event struct {
	ID, Name, Data string
}

// Stream is an open answer.
type Stream struct {
	body io.ReadCloser
	in   *bufio.Reader

	Header http.Header
	// Retry is how long the server asks to wait before connecting again, once it has said so.
	Retry time.Duration
	// Comments are how many there were, which keep the connection alive.
	Comments int
}

// Open asks for a stream that goes on after the event with that id, or from the beginning if it is empty. The answer's status is in
// the error if it isn't a stream.
func Open(ctx context.Context, client *http.Client, url, lastEventID string) (*Stream, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "text/event-stream")
	if lastEventID != "" {
		request.Header.Set("Last-Event-ID", lastEventID)
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); answer.StatusCode != http.StatusOK || kind != "text/event-stream" {
		answer.Body.Close()
		return nil, fmt.Errorf("got %d with %q, which is no stream", answer.StatusCode, kind)
	}
	return &Stream{body: answer.Body, in: bufio.NewReaderSize(answer.Body, 1<<10), Header: answer.Header}, nil
}

// Close ends the stream.
func (s *Stream) Close() error { return s.body.Close() }

// Next waits for an event. io.EOF is a stream that its server has ended.
func (s *Stream) Next() (event Event, err error) {
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return Event{}, err // an event that hasn't arrived whole doesn't count
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			event.ID = value
		case "event":
			event.Name = value
		case "data":
			event.Data = value
		case "retry":
			s.Retry, err = time.ParseDuration(value + "ms")
		case "":
			if event != (Event{}) && line == "\n" {
				return event, nil
			}
			if line != "\n" {
				s.Comments++
			}
		}
		if err != nil {
			return Event{}, err
		}
	}
}

// Apply brings a map of seats from the version to the event's, which it returns.
func Apply(event Event, version string, seats map[string]cinema.SeatStatus) (string, error) {
	var changes seatlock.Changes
	if err := json.Unmarshal([]byte(event.Data), &changes); err != nil {
		return "", fmt.Errorf("read event %q: %w", event.Data, err)
	}
	if changes.To != event.ID {
		return "", fmt.Errorf("event %s leads to %s", event.ID, changes.To)
	}
	if whole := changes.From == ""; whole != (event.Name == "snapshot") || !whole && changes.From != version {
		return "", errors.New(event.Name + " leads from version " + changes.From + ", but this is " + version)
	}
	for _, change := range changes.Seats {
		seats[change.SeatNumber] = change.Status
	}
	return changes.To, nil
}
