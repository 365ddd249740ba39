package sale

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"movienow/infra/contract/contracttest"
	"movienow/infra/issuer"
	"movienow/shared/auth"
	"movienow/shared/cinema"
)

// identity is the issuer whose tokens the tests of a program use, and what verifies them.
type identity struct {
	issuer   *issuer.Issuer
	verifier *auth.Verifier
}

var theIdentity = sync.OnceValues(func() (identity, error) {
	dir, err := os.MkdirTemp("", "issuer")
	if err != nil {
		return identity{}, err
	}
	defer os.RemoveAll(dir)
	names := auth.Config{Issuer: "https://issuer.test", Audience: "movienow"}
	tokens, err := issuer.New(issuer.Config{Issuer: names.Issuer, Audience: names.Audience, KeyFile: filepath.Join(dir, "key")})
	if err != nil {
		return identity{}, err
	}
	names.JWKSURL = httptest.NewServer(tokens).URL + "/dev/jwks.json" // as long as the tests run
	return identity{tokens, auth.New(names)}, nil
})

func identities(t testing.TB) identity {
	t.Helper()
	i, err := theIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// Verifier verifies the tokens that Do sends.
func Verifier(t testing.TB) *auth.Verifier {
	t.Helper()
	return identities(t).verifier
}

// Token is a token of the demo user: alice, bob, carol ...
func Token(t testing.TB, user string) string {
	t.Helper()
	token, err := identities(t).issuer.Token(user)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Customer is the demo user as a token names them.
func Customer(name string) cinema.User {
	for _, user := range issuer.Users() {
		if user.ID == name {
			return cinema.User{ID: user.ID, Name: user.Name, Email: user.Email}
		}
	}
	return cinema.User{ID: name, Name: name, Email: name + "@example.test"} // for crowds that need no token
}

// Do sends a request as the user ("" for nobody) and checks the answer against the contract. Headers are "Name: value".
func Do(t testing.TB, h http.Handler, user, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if user != "" {
		r.Header.Set("Authorization", "Bearer "+Token(t, user))
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	contracttest.Handler(t, h).ServeHTTP(w, r)
	return w
}
