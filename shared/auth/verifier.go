package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"movienow/shared/cinema"
)

// leeway is how far the clocks of the issuer and of this machine may differ.
const leeway = 30 * time.Second

// Config says whose tokens are accepted.
type Config struct {
	Issuer   string // the "iss" that a token must have, to the letter
	Audience string // has to be among the token's "aud"
	JWKSURL  string // where the issuer publishes its keys; never taken from a token
}

// Verifier verifies tokens. It may be used by many goroutines.
type Verifier struct {
	parser *jwt.Parser
	keys   *keyStore
	known  *knownTokens
	now    func() time.Time
}

// New makes a Verifier. It does nothing on the network: the keys are fetched when the first token has to be verified, so
// that a function that starts for an anonymous request doesn't wait for them.
func New(config Config) *Verifier { return newAt(config, time.Now) }

// newAt is New with another clock.
func newAt(config Config, now func() time.Time) *Verifier {
	return &Verifier{
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{"RS256", "ES256", "EdDSA"}),
			jwt.WithIssuer(config.Issuer),
			jwt.WithAudience(config.Audience),
			jwt.WithExpirationRequired(),
			jwt.WithLeeway(leeway),
			jwt.WithTimeFunc(now),
			jwt.WithStrictDecoding(),
		),
		keys:  newKeyStore(config.JWKSURL, now),
		known: newKnownTokens(),
		now:   now,
	}
}

// Ping tells whether the issuer's keys are at hand, and fetches them if they aren't.
func (v *Verifier) Ping(ctx context.Context) error {
	_, err := v.keys.current(ctx)
	return err
}

// User returns the caller that the request's Authorization header names. Errors: Unauthenticated if there is no valid
// token; Unavailable if the issuer can't be reached and no key it gave in the last hour can decide.
func (v *Verifier) User(r *http.Request) (cinema.User, error) {
	token, err := bearerToken(r.Header)
	if err != nil {
		return cinema.User{}, err
	}
	keys, err := v.keys.current(r.Context())
	if err != nil {
		return cinema.User{}, err
	}
	digest := sha256.Sum256([]byte(token))
	if user, ok := v.known.user(digest, keys, v.now()); ok {
		return user, nil
	}
	return v.verify(r.Context(), token, digest, keys)
}

// verify checks a token that hasn't been seen yet. If its key is unknown, the issuer may have a new one, so the keys are
// fetched again, as often as the store allows.
func (v *Verifier) verify(ctx context.Context, token string, digest [32]byte, keys *keySet) (cinema.User, error) {
	c, err := v.parse(token, keys)
	if errors.Is(err, errUnknownKey) {
		if keys, err = v.keys.renewed(ctx); err != nil {
			return cinema.User{}, err
		}
		c, err = v.parse(token, keys)
	}
	if err != nil {
		return cinema.User{}, refusal(err)
	}
	v.known.remember(digest, knownToken{user: c.user(), keys: keys, expires: c.ExpiresAt.Add(leeway)})
	return c.user(), nil
}

func (v *Verifier) parse(token string, keys *keySet) (*claims, error) {
	c := new(claims)
	_, err := v.parser.ParseWithClaims(token, c, keys.key)
	return c, err
}
