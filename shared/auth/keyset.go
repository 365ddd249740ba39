package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// keySet is one state of the issuer's published keys. It never changes.
type keySet struct {
	raw  string
	byID map[string]keyfunc.Keyfunc
}

// parseKeySet reads a JWK set. Keys that can't verify a signature, and kinds of keys that aren't known here, are passed
// over (RFC 7517, section 5): one of them must not make the others useless.
func parseKeySet(raw []byte) (*keySet, error) {
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		return nil, errors.New("not a JWK set")
	}
	set := &keySet{raw: string(raw), byID: make(map[string]keyfunc.Keyfunc, len(document.Keys))}
	for _, key := range document.Keys {
		var about struct{ Kid, Use string }
		if json.Unmarshal(key, &about) != nil || about.Kid == "" || (about.Use != "" && about.Use != "sig") {
			continue
		}
		if parsed, err := keyfunc.NewJWKJSON(key); err == nil {
			set.byID[about.Kid] = parsed
		}
	}
	if len(set.byID) == 0 {
		return nil, fmt.Errorf("none of %d keys is usable", len(document.Keys))
	}
	return set, nil
}

// key finds the key for a token whose signature isn't checked yet: a jwt.Keyfunc.
func (s *keySet) key(token *jwt.Token) (any, error) {
	id, _ := token.Header["kid"].(string)
	if id == "" || !headerAcceptable(token.Header) {
		return nil, errHeader
	}
	published, ok := s.byID[id]
	if !ok {
		return nil, errUnknownKey
	}
	key, err := published.Keyfunc(token)
	if err != nil {
		return nil, jwt.ErrTokenSignatureInvalid // the key is published for another algorithm
	}
	if !fits(token.Method.Alg(), key) {
		return nil, jwt.ErrTokenSignatureInvalid
	}
	return key, nil
}

// headerAcceptable refuses extensions that the issuer declares critical, none of which is known here (RFC 7515, section
// 4.1.11), and tokens that were made for another purpose, such as logout tokens (RFC 8725, section 3.11).
func headerAcceptable(header map[string]any) bool {
	if _, critical := header["crit"]; critical {
		return false
	}
	switch header["typ"] {
	case nil, "JWT", "jwt", "at+jwt", "application/at+jwt":
		return true
	}
	return false
}

// fits ties each algorithm to the one kind of key it may be used with (RFC 8725, sections 3.1 and 3.5; key sizes from
// RFC 7518, sections 3.3 and 3.4). It is what makes a public key useless as the secret of an HMAC.
func fits(algorithm string, key any) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return algorithm == "RS256" && key.N.BitLen() >= 2048
	case *ecdsa.PublicKey:
		return algorithm == "ES256" && key.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return algorithm == "EdDSA"
	}
	return false
}
