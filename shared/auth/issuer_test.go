package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	testIssuer   = "https://issuer.example.test"
	testAudience = "movienow"
)

// testKeys are made once: RSA keys take long.
var testKeys = sync.OnceValue(func() (keys struct {
	rsa, weak *rsa.PrivateKey
	ec, other *ecdsa.PrivateKey
	wide      *ecdsa.PrivateKey
	ed        ed25519.PrivateKey
}) {
	keys.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	keys.weak, _ = rsa.GenerateKey(rand.Reader, 1024)
	keys.ec, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	keys.other, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	keys.wide, _ = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, keys.ed, _ = ed25519.GenerateKey(rand.Reader)
	return keys
})

// fakeIssuer publishes keys and counts how often they are fetched.
type fakeIssuer struct {
	*httptest.Server
	fetches atomic.Int32
	down    atomic.Bool
	body    atomic.Value // string
}

func newIssuer(t *testing.T, keys ...map[string]string) *fakeIssuer {
	t.Helper()
	issuer := new(fakeIssuer)
	issuer.publish(keys...)
	issuer.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		issuer.fetches.Add(1)
		if issuer.down.Load() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		w.Write([]byte(issuer.body.Load().(string)))
	}))
	t.Cleanup(issuer.Close)
	return issuer
}

func (i *fakeIssuer) publish(keys ...map[string]string) {
	body, _ := json.Marshal(map[string]any{"keys": keys})
	i.body.Store(string(body))
}

// jwk writes a public key as RFC 7518, section 6 and RFC 8037 say.
func jwk(id, algorithm string, key crypto.PublicKey) map[string]string {
	encode := base64.RawURLEncoding.EncodeToString
	out := map[string]string{"kid": id, "use": "sig"}
	if algorithm != "" {
		out["alg"] = algorithm
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		out["kty"], out["n"], out["e"] = "RSA", encode(key.N.Bytes()), encode(big.NewInt(int64(key.E)).Bytes())
	case *ecdsa.PublicKey:
		point, _ := key.Bytes()
		half := (len(point) - 1) / 2
		out["kty"], out["crv"] = "EC", key.Curve.Params().Name
		out["x"], out["y"] = encode(point[1:1+half]), encode(point[1+half:])
	case ed25519.PublicKey:
		out["kty"], out["crv"], out["x"] = "OKP", "Ed25519", encode(key)
	}
	return out
}

// clock is a hand-moved clock.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

func newVerifier(issuer *fakeIssuer, c *clock) *Verifier {
	config := Config{Issuer: testIssuer, Audience: testAudience, JWKSURL: issuer.URL}
	if c == nil {
		return New(config)
	}
	return newAt(config, c.now)
}

// good is the body of a valid token.
func good() jwt.MapClaims {
	return jwt.MapClaims{
		"iss": testIssuer, "aud": testAudience, "sub": "alice", "name": "Alice Example", "email": "alice@example.test",
		"exp": time.Now().Add(time.Hour).Unix(), "nbf": time.Now().Add(-time.Minute).Unix(),
	}
}

func sign(t *testing.T, method jwt.SigningMethod, id string, key any, claims jwt.MapClaims, header ...string) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"] = id
	for i := 0; i+1 < len(header); i += 2 {
		token.Header[header[i]] = header[i+1]
	}
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	return signed
}

func request(token string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/bookings", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}
