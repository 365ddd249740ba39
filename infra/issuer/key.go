package issuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"
)

// loadKey reads the key file, or makes it. If two processes do so at once, both get the first one's key.
func loadKey(path string) (*ecdsa.PrivateKey, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(path) // makes an empty file
	defer lock.Close()
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	content, err := os.ReadFile(path)
	if err == nil && len(content) == 0 {
		content, err = makeKey(path)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, fmt.Errorf("%s isn't PEM; delete it to get a new key", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; delete it to get a new key", path, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%s isn't a P-256 key; delete it to get a new one", path)
	}
	return key, nil
}

// makeKey writes a new key and returns the content of the file.
func makeKey(path string) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	content := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return content, renameio.WriteFile(path, content, 0o600)
}

// jwk is a public key as RFC 7517 writes it.
type jwk struct {
	KeyType   string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
	ID        string `json:"kid"`
	Algorithm string `json:"alg"`
	Use       string `json:"use"`
}

func publicJWK(key *ecdsa.PublicKey) jwk {
	x, y := coordinates(key)
	return jwk{KeyType: "EC", Curve: "P-256", X: x, Y: y, ID: thumbprint(key), Algorithm: "ES256", Use: "sig"}
}

// thumbprint names a key by itself (RFC 7638), so that a new key has a new name.
func thumbprint(key *ecdsa.PublicKey) string {
	x, y := coordinates(key)
	digest := sha256.Sum256(fmt.Appendf(nil, `{"crv":"P-256","kty":"EC","x":%q,"y":%q}`, x, y))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

func coordinates(key *ecdsa.PublicKey) (x, y string) {
	point, err := key.Bytes() // 4, x, y (SEC 1, section 2.3.3)
	if err != nil {
		panic(err) // the curve is P-256: loadKey has checked
	}
	return base64.RawURLEncoding.EncodeToString(point[1:33]), base64.RawURLEncoding.EncodeToString(point[33:])
}
