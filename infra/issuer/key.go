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

	"github.com/MicahParks/jwkset"
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

// publish makes a public key what verifiers fetch (RFC 7517). It is named after itself, so that a new key has a new name.
func publish(key *ecdsa.PublicKey) (jwkset.JWKMarshal, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return jwkset.JWKMarshal{}, err
	}
	digest := sha256.Sum256(der)
	published, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{
		ALG: jwkset.AlgES256, KID: base64.RawURLEncoding.EncodeToString(digest[:]), USE: jwkset.UseSig}})
	return published.Marshal(), err
}
