package auth

import (
	"errors"
	"strings"
	"unicode"

	"github.com/golang-jwt/jwt/v5"

	"movienow/shared/cinema"
)

// maxClaim is the longest name or e-mail address that is taken from a token, in bytes. RFC 5321 allows addresses of 254.
const maxClaim = 254

// Reasons to refuse a token that the parser doesn't know.
var (
	errUnknownKey = errors.New("no key of that id")
	errHeader     = errors.New("header not acceptable")
	errSubject    = errors.New("subject missing or not acceptable")
)

// claims is what is read of a token's body.
type claims struct {
	jwt.RegisteredClaims
	Name       string     `json:"name"`
	Email      string     `json:"email"`
	Unverified unverified `json:"email_verified"`
}

// unverified tells that the issuer doesn't vouch for the e-mail address. An issuer that doesn't say is trusted with it.
type unverified bool

// UnmarshalJSON implements json.Unmarshaler. Some issuers write the claim as a string; what is neither yes nor no in any way
// is no proof, and no reason to refuse the token.
func (u *unverified) UnmarshalJSON(claim []byte) error {
	word := strings.ToLower(strings.Trim(string(claim), `"`))
	*u = word != "true" && word != "null"
	return nil
}

// Validate implements jwt.ClaimsValidator. Subjects are ASCII (OpenID Connect Core 1.0, section 2); control characters
// and spaces have no place in what ends up in keys and logs.
func (c *claims) Validate() error {
	visible := func(r rune) bool { return r > ' ' && r < 0x7f }
	if len(c.Subject) < 1 || len(c.Subject) > 128 || strings.ContainsFunc(c.Subject, func(r rune) bool { return !visible(r) }) {
		return errSubject
	}
	return nil
}

// user is the caller. A name or address that nobody can have typed is left out rather than refused: the token is still
// proof of who is calling.
func (c *claims) user() cinema.User {
	user := cinema.User{ID: c.Subject, Name: plain(c.Name), Email: plain(c.Email)}
	if bool(c.Unverified) && user.Email != "" {
		user.Email, user.EmailUnverified = "", true // else tickets and texts could be sent to anybody
	}
	return user
}

func plain(claim string) string {
	claim = strings.TrimSpace(claim)
	if len(claim) > maxClaim || strings.ContainsFunc(claim, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return claim
}

// refusals says in plain words what is wrong with a token. The first that matches is shown. The parser's own words are
// left out even of the log, because they quote the token.
var refusals = []struct {
	cause  error
	detail string
}{
	{errUnknownKey, "The token is signed with a key that its issuer doesn't publish. Get a new token."},
	{errHeader, "The token's header isn't acceptable."},
	{jwt.ErrTokenMalformed, "The token isn't a JSON Web Token."},
	{jwt.ErrTokenSignatureInvalid, "The token's signature isn't valid."},
	{jwt.ErrTokenUnverifiable, "The token's algorithm isn't accepted."},
	{jwt.ErrTokenExpired, "The token has expired. Get a new one."},
	{jwt.ErrTokenNotValidYet, "The token isn't valid yet. Check the clock of whoever issued it."},
	{jwt.ErrTokenInvalidIssuer, "The token comes from an issuer that isn't accepted here."},
	{jwt.ErrTokenInvalidAudience, "The token was issued for another service."},
	{errSubject, "The token doesn't name its user: \"sub\" has to be 1 to 128 visible ASCII characters."},
	{jwt.ErrTokenRequiredClaimMissing, "The token lacks a claim: it needs iss, aud, sub and exp."},
}

func refusal(err error) error {
	for _, r := range refusals {
		if errors.Is(err, r.cause) {
			return cinema.Errorf(cinema.Unauthenticated, "%s", r.detail)
		}
	}
	return cinema.Errorf(cinema.Unauthenticated, "The token isn't valid.")
}
