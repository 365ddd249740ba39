package api

import (
	"net/http"
	"testing"

	"movienow/shared/cinema"
)

// nobody is a Verifier that trusts nobody.
type nobody struct{}

func (nobody) User(*http.Request) (cinema.User, error) {
	return cinema.User{}, cinema.Errorf(cinema.Unauthenticated, "Sign in.")
}

// everybody is one that takes the request's word.
type everybody struct{}

func (everybody) User(r *http.Request) (cinema.User, error) {
	return cinema.User{ID: r.Header.Get("User")}, nil
}

func TestSignedIn(t *testing.T) {
	t.Parallel()
	called := false
	h := func(w http.ResponseWriter, _ *http.Request, caller cinema.User) error {
		called = true
		return WriteJSON(w, 200, caller.ID)
	}
	if recorder, _ := serve(t, SignedIn(nobody{}, h), "GET", "/things/a", nil); recorder.Code != 401 || called {
		t.Errorf("got %d, called %t, want 401 and no call", recorder.Code, called)
	}
	recorder, _ := serve(t, SignedIn(everybody{}, h), "GET", "/things/a", http.Header{"User": {"alice"}})
	if recorder.Code != 200 || recorder.Body.String() != `"alice"` {
		t.Errorf("got %d %s, want alice", recorder.Code, recorder.Body)
	}
}
