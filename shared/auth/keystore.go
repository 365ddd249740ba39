package auth

import (
	"context"
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
	retryAfter   = 30 * time.Second // when a refresh has failed

	pauseAfterSuccess = 10 * time.Second // between fetches that tokens with unknown keys can cause
	pauseAfterFailure = time.Second
	fetchTimeout      = 3 * time.Second
	maxKeySet         = 1 << 20 // bytes
)

// keyStore keeps the issuer's keys. One fetch is under way at a time, on its own deadline: the caller who caused it may be
// gone before it ends.
type keyStore struct {
	url    string
	client *http.Client
	now    func() time.Time
	later  func(time.Duration, func()) // time.AfterFunc

	mu        sync.Mutex
	keys      *keySet   // nil before the first success
	fetched   time.Time // when keys were last known to be current
	attempted time.Time
	failure   error         // of the last attempt
	fetching  chan struct{} // closed when the fetch under way has ended; nil if there is none
	planned   bool          // that the keys are fetched again in a while
}

func newKeyStore(url string, now func() time.Time) *keyStore {
	client := &http.Client{
		Timeout: fetchTimeout,
		// The URL is pinned; what it redirects to is not.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &keyStore{url: url, client: client, now: now, later: func(d time.Duration, do func()) { time.AfterFunc(d, do) }}
}

// current gives the keys. Those older than refreshAfter are fetched anew behind the caller's back; only a caller without
// any usable keys waits. A fetch that had begun before and failed is no answer: the process may have been frozen meanwhile, as
// Lambda does between two requests, and the fetch have timed out in its sleep.
func (s *keyStore) current(ctx context.Context) (*keySet, error) {
	for first := true; ; first = false {
		s.mu.Lock()
		if !first && s.fetching == nil {
			s.attempted = time.Time{} // no pause: this caller hasn't had an attempt yet
		}
		joined, age := s.fetching != nil, s.now().Sub(s.fetched)
		var fetching chan struct{}
		if s.keys == nil || age > refreshAfter {
			fetching = s.fetch()
		}
		keys, failure := s.keys, s.failure
		s.mu.Unlock()
		if keys != nil && age <= maxAge {
			return keys, nil
		}
		if fetching == nil { // it is too early for another
			return nil, cinema.Down("token issuer", failure)
		}
		if err := wait(ctx, fetching); err != nil {
			return nil, err
		}
		if keys, err := s.usable(); err == nil || !joined || !first {
			return keys, err
		}
	}
}

// usable gives the keys unless they are too old.
func (s *keyStore) usable() (*keySet, error) {
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
	fetching := s.fetch()
	s.mu.Unlock()
	if err := wait(ctx, fetching); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil { // the issuer might have the key: nobody can tell
		return nil, cinema.Down("token issuer", s.failure)
	}
	return s.keys, nil
}

// fetch starts a fetch, or joins the one under way. It returns nil if it is too early for another. mu is held.
func (s *keyStore) fetch() chan struct{} {
	if s.fetching != nil {
		return s.fetching
	}
	pause := pauseAfterSuccess
	if s.failure != nil {
		pause = pauseAfterFailure
	}
	if !s.attempted.IsZero() && s.now().Sub(s.attempted) < pause {
		return nil
	}
	s.attempted = s.now()
	s.fetching = make(chan struct{})
	go s.run(s.fetching)
	return s.fetching
}

func (s *keyStore) run(fetching chan struct{}) {
	keys, err := s.download()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(fetching)
	s.fetching, s.failure = nil, err
	if err != nil {
		if s.keys != nil { // without keys the caller gets the error, and logs it
			slog.Warn("token keys refresh failed", "error", err, "age", s.now().Sub(s.fetched).Round(time.Second))
			s.plan(retryAfter)
		}
		return
	}
	s.fetched = s.now()
	if s.keys == nil || s.keys.raw != keys.raw {
		s.keys = keys
	}
	s.plan(refreshAfter)
}

// plan has the keys fetched again in a while, whether or not anybody comes: who comes rarely would otherwise find keys that
// are too old, perhaps just when the issuer is down. mu is held.
func (s *keyStore) plan(in time.Duration) {
	if s.planned {
		return
	}
	s.planned = true
	s.later(in, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.planned = false
		if s.fetch() == nil { // somebody just did
			s.plan(refreshAfter)
		}
	})
}

// wait until the fetch has ended. A nil one is not waited for.
func wait(ctx context.Context, fetching chan struct{}) error {
	if fetching == nil {
		return nil
	}
	select {
	case <-fetching:
		return nil
	case <-ctx.Done():
		return cinema.Down("token issuer", ctx.Err())
	}
}
