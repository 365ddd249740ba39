package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"movienow/shared/cinema"
)

func TestNothingIsFetchedBeforeTheFirstToken(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t, jwk("e", "", testKeys().ec.Public()))
	verifier := newVerifier(issuer, nil)
	r := request("")
	r.Header.Del("Authorization")
	verifier.User(r)
	if got := issuer.fetches.Load(); got != 0 {
		t.Errorf("got %d fetches, want 0", got)
	}
}

func TestManyFirstTokensShareOneFetch(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t, jwk("e", "", testKeys().ec.Public()))
	verifier := newVerifier(issuer, nil)
	token := sign(t, jwt.SigningMethodES256, "e", testKeys().ec, good())
	inParallel(50, func(int) {
		if _, err := verifier.User(request(token)); err != nil {
			t.Errorf("got %v", err)
		}
	})
	if got := issuer.fetches.Load(); got != 1 {
		t.Errorf("got %d fetches, want 1", got)
	}
}

func TestUnknownKeysCauseFewFetches(t *testing.T) {
	t.Parallel()
	keys, c := testKeys(), new(clock)
	issuer := newIssuer(t, jwk("e", "", keys.ec.Public()))
	verifier := newVerifier(issuer, c)
	flood := func() {
		inParallel(100, func(i int) {
			_, err := verifier.User(request(sign(t, jwt.SigningMethodES256, fmt.Sprint("made-up-", i), keys.other, good())))
			if cinema.KindOf(err) != cinema.Unauthenticated {
				t.Errorf("got %v, want %s", err, cinema.Unauthenticated)
			}
		})
	}
	flood()
	c.advance(pauseAfterSuccess + time.Second)
	flood()
	flood()
	if got := issuer.fetches.Load(); got != 2 {
		t.Errorf("got %d fetches, want 2: one at first, one after the pause", got)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	keys, c := testKeys(), new(clock)
	issuer := newIssuer(t, jwk("old", "", keys.ec.Public()))
	verifier := newVerifier(issuer, c)
	before := sign(t, jwt.SigningMethodES256, "old", keys.ec, good())
	after := sign(t, jwt.SigningMethodES256, "new", keys.other, good())
	check(t, verifier, before, "")

	issuer.publish(jwk("old", "", keys.ec.Public()), jwk("new", "", keys.other.Public()))
	c.advance(pauseAfterSuccess + time.Second)
	check(t, verifier, after, "") // fetched because the key was unknown
	check(t, verifier, before, "")

	issuer.publish(jwk("new", "", keys.other.Public()))
	c.advance(refreshAfter + time.Second)
	check(t, verifier, after, "") // starts the refresh, doesn't wait for it
	eventually(t, func() bool {
		_, err := verifier.User(request(before))
		return cinema.KindOf(err) == cinema.Unauthenticated
	}, "the withdrawn key to be refused, also for a token seen before")
}

func TestIssuerDown(t *testing.T) {
	t.Parallel()
	keys, c := testKeys(), new(clock)
	issuer := newIssuer(t, jwk("e", "", keys.ec.Public()))
	verifier := newVerifier(issuer, c)
	claims := good()
	claims["exp"] = time.Now().Add(5 * time.Hour).Unix()
	token := sign(t, jwt.SigningMethodES256, "e", keys.ec, claims)

	issuer.down.Store(true)
	check(t, verifier, token, cinema.Unavailable)
	check(t, verifier, token, cinema.Unavailable)
	if got := issuer.fetches.Load(); got != 1 {
		t.Errorf("got %d fetches while down, want 1 per pause", got)
	}
	issuer.down.Store(false)
	c.advance(pauseAfterFailure)
	check(t, verifier, token, "")

	issuer.down.Store(true)
	c.advance(maxAge - time.Minute)
	check(t, verifier, token, "") // old keys still count
	c.advance(2 * time.Minute)
	check(t, verifier, token, cinema.Unavailable) // now they are too old
	stranger := sign(t, jwt.SigningMethodES256, "x", keys.other, good())
	check(t, verifier, stranger, cinema.Unavailable)

	issuer.down.Store(false)
	c.advance(2 * time.Second)
	check(t, verifier, token, "")
}

func TestRememberedTokensExpire(t *testing.T) {
	t.Parallel()
	keys, c := testKeys(), new(clock)
	verifier := newVerifier(newIssuer(t, jwk("e", "", keys.ec.Public())), c)
	claims := good()
	claims["exp"] = time.Now().Add(time.Minute).Unix()
	token := sign(t, jwt.SigningMethodES256, "e", keys.ec, claims)
	check(t, verifier, token, "")
	c.advance(time.Minute + leeway + time.Second)
	check(t, verifier, token, cinema.Unauthenticated)
}

func TestUnusableKeySets(t *testing.T) {
	t.Parallel()
	key, _ := json.Marshal(jwk("e", "", testKeys().ec.Public()))
	usable := `{"keys":[` + string(key) + `]}`
	for name, body := range map[string]string{
		"not json": "<html>", "no keys": `{}`, "only strange keys": `{"keys":[{"kid":"a","kty":"LATTICE"},7]}`,
		"endless": usable + strings.Repeat(" ", maxKeySet),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issuer := newIssuer(t)
			issuer.body.Store(body)
			check(t, newVerifier(issuer, nil), "x.y.z", cinema.Unavailable)
		})
	}
}

func TestRedirectedKeySetIsRefused(t *testing.T) {
	t.Parallel()
	keys := testKeys()
	issuer := newIssuer(t, jwk("e", "", keys.ec.Public()))
	redirecting := newIssuer(t)
	redirecting.Config.Handler = http.RedirectHandler(issuer.URL, http.StatusFound)
	token := sign(t, jwt.SigningMethodES256, "e", keys.ec, good())
	check(t, newVerifier(redirecting, nil), token, cinema.Unavailable)
}

func TestImpatientCaller(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	blocked := make(chan struct{})
	issuer.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-blocked })
	t.Cleanup(func() { close(blocked) }) // runs before the server is closed
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := newVerifier(issuer, nil).User(request("x.y.z").WithContext(ctx))
	if cinema.KindOf(err) != cinema.Unavailable {
		t.Errorf("got %v, want %s", err, cinema.Unavailable)
	}
}

func TestKnownTokensAreBounded(t *testing.T) {
	t.Parallel()
	known, keys := newKnownTokens(), new(keySet)
	digest := func(i int) (d [32]byte) { copy(d[:], fmt.Sprint(i)); return d }
	favourite := digest(0)
	for i := range 5 * maxKnown {
		known.remember(digest(i), knownToken{keys: keys, expires: time.Now().Add(time.Hour)})
		if _, ok := known.user(favourite, keys, time.Now()); !ok {
			t.Fatalf("the token in use was forgotten after %d others", i)
		}
	}
	if got := len(known.young) + len(known.old); got > 2*maxKnown {
		t.Errorf("got %d tokens remembered, want at most %d", got, 2*maxKnown)
	}
}

// check expects the token to be accepted, or refused with the kind of error.
func check(t *testing.T, verifier *Verifier, token string, want cinema.Kind) {
	t.Helper()
	_, err := verifier.User(request(token))
	if got := cinema.KindOf(err); got != want || (want == "" && err != nil) {
		t.Errorf("got %v; want %q", err, want)
	}
}

func inParallel(n int, do func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { do(i) })
	}
	group.Wait()
}

func eventually(t *testing.T, condition func() bool, what string) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func BenchmarkUser(b *testing.B) {
	keys := testKeys()
	t := new(testing.T)
	issuer := newIssuer(t, jwk("e", "", keys.ec.Public()))
	defer issuer.Close()
	r := request(sign(t, jwt.SigningMethodES256, "e", keys.ec, good()))
	for name, forget := range map[string]bool{"first": true, "again": false} {
		b.Run(name, func(b *testing.B) {
			verifier := newVerifier(issuer, nil)
			for b.Loop() {
				if forget {
					verifier.known = newKnownTokens()
				}
				if _, err := verifier.User(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
