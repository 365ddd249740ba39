package auth

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"movienow/shared/cinema"
)

// A fetch was under way when the process was frozen: it has timed out when the process goes on, and whoever waits for it
// needs one of their own.
func TestAFetchThatTimedOutInAFreezeIsMadeAgain(t *testing.T) {
	t.Parallel()
	keys := testKeys()
	issuer := newIssuer(t, jwk("e", "", keys.ec.Public()))
	answers := issuer.Config.Handler
	frozen, broken := make(chan struct{}), new(atomic.Bool)
	issuer.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.CompareAndSwap(false, true) {
			<-frozen
			panic(http.ErrAbortHandler)
		}
		answers.ServeHTTP(w, r)
	})
	verifier := newVerifier(issuer, nil)
	token := sign(t, jwt.SigningMethodES256, "e", keys.ec, good())
	var callers sync.WaitGroup
	callers.Go(func() { verifier.User(request(token)) }) // causes the fetch
	eventually(t, broken.Load, "the fetch to be under way")
	callers.Go(func() {
		if _, err := verifier.User(request(token)); err != nil {
			t.Errorf("got %v for a caller who came while the fetch was under way", err)
		}
	})
	time.Sleep(50 * time.Millisecond) // the second has joined by now; if it hasn't, the test can't fail
	close(frozen)
	callers.Wait()
}

// Nobody comes for half an hour, and then the issuer is down: the keys were kept fresh meanwhile.
func TestKeysStayFreshWhileNobodyComes(t *testing.T) {
	t.Parallel()
	keys, c := testKeys(), new(clock)
	issuer := newIssuer(t, jwk("e", "", keys.ec.Public()))
	verifier := newVerifier(issuer, c)
	planned := make(chan func(), 1)
	verifier.keys.later = func(in time.Duration, do func()) {
		planned <- func() { c.advance(in); do() }
	}
	claims := good()
	claims["exp"] = time.Now().Add(5 * time.Hour).Unix()
	token := sign(t, jwt.SigningMethodES256, "e", keys.ec, claims)
	check(t, verifier, token, "")
	for range 6 { // an hour
		(<-planned)()
	}
	next := <-planned // the sixth has ended
	if fetches := issuer.fetches.Load(); fetches != 7 {
		t.Errorf("got %d fetches in an hour, want 7", fetches)
	}
	issuer.down.Store(true)
	next()
	(<-planned)() // it tries again soon
	c.advance(maxAge - refreshAfter - 2*retryAfter)
	check(t, verifier, token, "")
	c.advance(refreshAfter)
	check(t, verifier, token, cinema.Unavailable)
}

// A function whose issuer isn't where its setting says never becomes ready.
func TestPingNeedsTheIssuersKeys(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t, jwk("e", "", testKeys().ec.Public()))
	if err := newVerifier(issuer, nil).Ping(t.Context()); err != nil {
		t.Errorf("got %v, want the keys", err)
	}
	wrong := New(Config{Issuer: testIssuer, Audience: testAudience, JWKSURL: issuer.URL + "/nowhere"})
	issuer.Config.Handler = http.NotFoundHandler()
	if err := wrong.Ping(t.Context()); cinema.KindOf(err) != cinema.Unavailable {
		t.Errorf("got %v for a wrong address, want %s", err, cinema.Unavailable)
	}
}
