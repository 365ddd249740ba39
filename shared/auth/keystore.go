package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"movienow/shared/cinema"
)

// How fresh the keys are kept. An issuer withdraws a stolen key by no longer publishing it, so keys must not live for
// ever; an issuer that is down for less than maxAge must not lock everybody out.
const (
	refreshAfter = 10 * time.Minute
	maxAge       = time.Hour

	pauseAfterSuccess = 10 * time.Second // between fetches that tokens with unknown keys can cause
	pauseAfterFailure = time.Second
	fetchTimeout      = 3 * time.Second
	maxKeySet         = 1 << 20 // bytes
)

// keyStore keeps the issuer's keys. All fetches go through one flight at a time, on its own deadline: the caller who
// caused it may be gone before it lands.
type keyStore struct {
	url    string
	client *http.Client
	now    func() time.Time

	mu        sync.Mutex
	keys      *keySet   // nil before the first success
	fetched   time.Time // when keys were last known to be current
	attempted time.Time
	failure   error         // of the last attempt
	flight    chan struct{} // closed when the fetch under way has ended; nil if there is none
}

func newKeyStore(url string, now func() time.Time) *keyStore {
	client := &http.Client{
		Timeout: fetchTimeout,
		// The URL is pinned; what it redirects to is not.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &keyStore{url: url, client: client, now: now}
}

// current gives the keys. Those older than refreshAfter are fetched anew behind the caller's back; only a caller without
// any usable keys waits.
func (s *keyStore) current(ctx context.Context) (*keySet, error) {
	s.mu.Lock()
	keys, age := s.keys, s.now().Sub(s.fetched)
	var flight chan struct{}
	if keys == nil || age > refreshAfter {
		flight = s.takeOff()
	}
	s.mu.Unlock()
	if keys != nil && age <= maxAge {
		return keys, nil
	}
	if err := wait(ctx, flight); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil || s.now().Sub(s.fetched) > maxAge {
		return nil, cinema.Down("token issuer", s.failure)
	}
	return s.keys, nil
}

// renewed gives the keys after fetching them again, unless that was done a moment ago: a stream of tokens with invented
// key ids causes no more than one fetch per pause.
func (s *keyStore) renewed(ctx context.Context) (*keySet, error) {
	s.mu.Lock()
	flight := s.takeOff()
	s.mu.Unlock()
	if err := wait(ctx, flight); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil { // the issuer might have the key: nobody can tell
		return nil, cinema.Down("token issuer", s.failure)
	}
	return s.keys, nil
}

// takeOff starts a fetch, or joins the one under way. It returns nil if it is too early for another. mu is held.
func (s *keyStore) takeOff() chan struct{} {
	if s.flight != nil {
		return s.flight
	}
	pause := pauseAfterSuccess
	if s.failure != nil {
		pause = pauseAfterFailure
	}
	if !s.attempted.IsZero() && s.now().Sub(s.attempted) < pause {
		return nil
	}
	s.attempted = s.now()
	s.flight = make(chan struct{})
	go s.fetch(s.flight)
	return s.flight
}

func (s *keyStore) fetch(flight chan struct{}) {
	keys, err := s.download()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(flight)
	s.flight, s.failure = nil, err
	if err != nil {
		if s.keys != nil { // without keys the caller gets the error, and logs it
			slog.Warn("token keys not refreshed", "error", err, "age", s.now().Sub(s.fetched).Round(time.Second))
		}
		return
	}
	s.fetched = s.now()
	if s.keys == nil || s.keys.raw != keys.raw {
		s.keys = keys
	}
}

func (s *keyStore) download() (*keySet, error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch token keys: %w", err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch token keys: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch token keys: issuer answered %s", response.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxKeySet+1))
	if err != nil {
		return nil, fmt.Errorf("fetch token keys: %w", err)
	}
	if len(raw) > maxKeySet {
		return nil, errors.New("fetch token keys: the answer is too long")
	}
	keys, err := parseKeySet(raw)
	if err != nil {
		return nil, fmt.Errorf("fetch token keys: %w", err)
	}
	return keys, nil
}

// wait until the flight has landed. A nil flight is not waited for.
func wait(ctx context.Context, flight chan struct{}) error {
	if flight == nil {
		return nil
	}
	select {
	case <-flight:
		return nil
	case <-ctx.Done():
		return cinema.Down("token issuer", ctx.Err())
	}
}
