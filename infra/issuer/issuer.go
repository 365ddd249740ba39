// Package issuer stands in for an identity provider while developing: it gives anybody a token for any of a few demo
// users, without a password. It is made for the local runner and for tests, and no function may import it: what it signs
// is believed only where its address is configured as the issuer.
//
// It answers GET /dev/token?user=alice with a token as plain text, GET /dev/users with the list of users (a page, or JSON
// for those who accept it), and GET /dev/jwks.json with the keys that verify the tokens.
package issuer

import (
	"crypto/ecdsa"
	"fmt"
	"net/http"
	"strings"
	"time"

	"movienow/shared/cinema"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

// Lifetime is how long a token is valid: a working day, so that nobody has to fetch a second one.
const Lifetime = 12 * time.Hour

// Config says who issues tokens to whom.
type Config struct {
	Issuer   string // the "iss" of every token; what functions have as AUTH_ISSUER
	Audience string // the "aud" of every token; what functions have as AUTH_AUDIENCE
	KeyFile  string // where the signing key is kept; made if missing, so that tokens outlive a restart
}

// Issuer issues tokens. It is an http.Handler for the paths below /dev/ that the package's comment lists.
type Issuer struct {
	config    Config
	key       *ecdsa.PrivateKey
	published jwkset.JWKMarshal // the public half
	mux       *http.ServeMux
}

// New makes an Issuer with the key of the key file.
func New(config Config) (*Issuer, error) {
	key, err := loadKey(config.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("signing key of the development issuer: %w", err)
	}
	published, err := publish(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("publish the key of the development issuer: %w", err)
	}
	i := &Issuer{config: config, key: key, published: published}
	i.routes()
	return i, nil
}

// Token issues a token for a demo user. The error for another name lists those there are.
func (i *Issuer) Token(name string) (string, error) {
	user, ok := find(name)
	if !ok {
		return "", fmt.Errorf("there is no demo user %.40q; there are %s", name, strings.Join(names(), ", "))
	}
	return i.Sign(user)
}

// Sign issues a token for anybody, for programs that need more users than there are demo users.
func (i *Issuer) Sign(user cinema.User) (string, error) {
	now := time.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": i.config.Issuer, "aud": i.config.Audience,
		"sub": user.ID, "name": user.Name, "email": user.Email,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(Lifetime).Unix(),
	})
	token.Header["kid"] = i.published.KID
	signed, err := token.SignedString(i.key)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed, nil
}
