// Package pages is what a development system has beside its functions: tokens for demo users, the inbox, and the page on which
// a customer completes a payment.
package pages

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/http/httputil"
	"net/url"

	"movienow/infra/local/inbox"
)

// CompletionPath is where a customer completes a payment that needs it.
const CompletionPath = "/dev/payments/{bookingId}/complete"

//go:embed complete.html
var completeText string

var completePage = template.Must(template.New("complete").Parse(completeText))

// New makes the pages: index answers "/", tokens is the issuer and box the inbox. Payments is the payment sandbox; without it
// there are no payments to complete.
func New(index, tokens, box http.Handler, payments *url.URL) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", index)
	for _, path := range []string{"/dev/token", "/dev/users", "/dev/jwks.json"} {
		mux.Handle(path, tokens)
	}
	mux.Handle(inbox.Path, box)
	mux.Handle(inbox.Path+"/", box)
	if payments != nil {
		mux.HandleFunc("GET "+CompletionPath, askCustomer)
		mux.Handle("POST "+CompletionPath, completion(payments))
	}
	return mux
}

// completion passes the customer on to the payment sandbox.
func completion(payments *url.URL) http.Handler {
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(payments)
		r.Out.URL.Path, r.Out.URL.RawPath = "/payments/"+r.In.PathValue("bookingId")+"/complete", ""
	}}
}

// askCustomer is the page that a payment's actionUrl leads to in a browser.
func askCustomer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	completePage.Execute(w, r.URL.Path) // the template is tested; a client that has gone is no error of ours
}
