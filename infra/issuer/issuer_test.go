package issuer_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"movienow/infra/issuer"
	"movienow/shared/auth"
	"movienow/shared/cinema"
)

func setup(t *testing.T, keyFile string) (*issuer.Issuer, *auth.Verifier, string) {
	t.Helper()
	i, err := issuer.New(issuer.Config{Issuer: "http://localhost/dev", Audience: "movienow", KeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(i)
	t.Cleanup(server.Close)
	return i, auth.New(auth.Config{Issuer: "http://localhost/dev", Audience: "movienow", JWKSURL: server.URL + "/dev/jwks.json"}), server.URL
}

func get(t *testing.T, address, accept string) (int, http.Header, string) {
	t.Helper()
	r, _ := http.NewRequest(http.MethodGet, address, nil)
	r.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, string(body)
}

func verify(t *testing.T, verifier *auth.Verifier, token string, want cinema.User) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	if got, err := verifier.User(r); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestEveryDemoUserGetsAToken(t *testing.T) {
	t.Parallel()
	_, verifier, address := setup(t, filepath.Join(t.TempDir(), "made", "key.pem"))
	if got := len(issuer.Users()); got != 8 {
		t.Errorf("got %d users, want 8", got)
	}
	for _, user := range issuer.Users() {
		status, header, token := get(t, address+"/dev/token?user="+user.ID, "")
		if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/plain") || strings.TrimSpace(token) != token {
			t.Errorf("%s: got %d %v %q", user.ID, status, header, token)
		}
		verify(t, verifier, token, user)
	}
}

func TestUnknownUsersAreToldWhoThereIs(t *testing.T) {
	t.Parallel()
	_, _, address := setup(t, filepath.Join(t.TempDir(), "key.pem"))
	for _, query := range []string{"", "?user=", "?user=mallory", "?user=" + strings.Repeat("x", 4000)} {
		status, _, body := get(t, address+"/dev/token"+query, "")
		if status != 404 || !strings.Contains(body, "alice, bob") || len(body) > 300 {
			t.Errorf("%.40s: got %d %s", query, status, body)
		}
	}
}

func TestUserList(t *testing.T) {
	t.Parallel()
	_, _, address := setup(t, filepath.Join(t.TempDir(), "key.pem"))
	_, _, page := get(t, address+"/dev/users", "text/html")
	_, header, list := get(t, address+"/dev/users", "application/json")
	var decoded struct{ Items []cinema.User }
	if err := json.Unmarshal([]byte(list), &decoded); err != nil || header.Get("Content-Type") != "application/json" {
		t.Errorf("got %v %s", header, list)
	}
	for i, user := range issuer.Users() {
		if !strings.Contains(page, `href="/dev/token?user=`+user.ID+`"`) {
			t.Errorf("the page doesn't link %s", user.ID)
		}
		if decoded.Items[i] != user {
			t.Errorf("got %+v, want %+v", decoded.Items[i], user)
		}
	}
}

func TestTokensOutliveARestart(t *testing.T) {
	t.Parallel()
	keyFile := filepath.Join(t.TempDir(), "key.pem")
	var group sync.WaitGroup
	tokens := make([]string, 8) // of eight starts at once
	for n := range tokens {
		group.Go(func() {
			i, err := issuer.New(issuer.Config{Issuer: "http://localhost/dev", Audience: "movienow", KeyFile: keyFile})
			if err != nil {
				t.Error(err)
				return
			}
			tokens[n], _ = i.Token("alice")
		})
	}
	group.Wait()
	_, verifier, _ := setup(t, keyFile)
	for _, token := range tokens {
		verify(t, verifier, token, issuer.Users()[0])
	}
	if info, err := os.Stat(keyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v; want a key file for its owner alone", info, err)
	}
	if files, _ := os.ReadDir(filepath.Dir(keyFile)); len(files) != 1 {
		t.Errorf("got %d files, want nothing left beside the key", len(files))
	}
}

func TestDamagedKeyFile(t *testing.T) {
	t.Parallel()
	keyFile := filepath.Join(t.TempDir(), "key.pem")
	os.WriteFile(keyFile, []byte("rubbish"), 0o600)
	if _, err := issuer.New(issuer.Config{KeyFile: keyFile}); err == nil || !strings.Contains(err.Error(), "delete") {
		t.Errorf("got %v, want to be told what to do", err)
	}
}
