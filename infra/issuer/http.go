package issuer

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"

	"github.com/MicahParks/jwkset"

	"movienow/shared/cinema"
)

//go:embed users.html
var usersHTML string

var usersPage = template.Must(template.New("users").Parse(usersHTML))

func (i *Issuer) routes() {
	i.mux = http.NewServeMux()
	i.mux.HandleFunc("GET /dev/token", i.token)
	i.mux.HandleFunc("GET /dev/users", i.users)
	i.mux.HandleFunc("GET /dev/jwks.json", i.jwks)
}

// ServeHTTP implements http.Handler.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.mux.ServeHTTP(w, r) }

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	token, err := i.Token(r.URL.Query().Get("user"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Write([]byte(token))
}

func (i *Issuer) users(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		writeJSON(w, map[string][]cinema.User{"items": Users()})
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	usersPage.Execute(w, Users())
}

func (i *Issuer) jwks(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, jwkset.JWKSMarshal{Keys: []jwkset.JWKMarshal{i.published}})
}

func writeJSON(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(body)
}
