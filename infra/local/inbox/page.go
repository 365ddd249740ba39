package inbox

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Path is where the pages are served.
const Path = "/dev/inbox"

//go:embed list.html
var listPage string

//go:embed message.html
var messagePage string

var (
	list   = template.Must(template.New("list").Parse(listPage))
	single = template.Must(template.New("message").Parse(messagePage))
)

// longestWait bounds ?wait=.
const longestWait = 25 * time.Second

// Handler serves the pages under Path. Each is also there as JSON, for those who accept only that.
func (b *Inbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, b.showList)
	mux.HandleFunc("GET "+Path+"/{id}", b.find(showMessage))
	mux.HandleFunc("GET "+Path+"/{id}/html", b.find(showHTML))
	mux.HandleFunc("GET "+Path+"/{id}/source", b.find(showSource))
	mux.HandleFunc("GET "+Path+"/{id}/attachments/{number}", b.find(showAttachment))
	mux.HandleFunc("DELETE "+Path, b.empty)
	return mux
}

// showList answers with all messages, or those that contain ?q=; it waits up to ?wait= seconds for the first of them.
func (b *Inbox) showList(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	seconds, _ := strconv.ParseFloat(query.Get("wait"), 64) // not a number: don't wait
	wait := min(time.Duration(seconds*float64(time.Second)), longestWait)
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	messages := b.Wait(ctx, query.Get("q"))
	switch wanted(r) {
	case "json":
		writeJSON(w, messages)
	case "text":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		for _, m := range messages {
			fmt.Fprintf(w, "To: %s\nSubject: %s\n\n%s\n", m.To, m.Subject, strings.ReplaceAll(m.Text, "\r\n", "\n"))
		}
	default:
		render(w, list, messages)
	}
}

// wanted is the form that the client asks for. A browser accepts HTML among others; who accepts anything gets a page.
func wanted(r *http.Request) string {
	accept := r.Header.Get("Accept")
	switch {
	case strings.Contains(accept, "text/html"):
		return "html"
	case strings.Contains(accept, "application/json"):
		return "json"
	case strings.Contains(accept, "text/plain"):
		return "text"
	}
	return "html"
}

func (b *Inbox) find(show func(http.ResponseWriter, *http.Request, Message)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m, found := b.message(r.PathValue("id"))
		if !found {
			http.Error(w, "There is no such message; see "+Path+" for those that are kept.", http.StatusNotFound)
			return
		}
		show(w, r, m)
	}
}

func showMessage(w http.ResponseWriter, r *http.Request, m Message) {
	if wanted(r) == "json" {
		writeJSON(w, m)
		return
	}
	render(w, single, m)
}

// showHTML serves the message's own page. It is shown in a frame and may contain anything, so scripts, forms and
// whatever it would load from elsewhere are forbidden.
func showHTML(w http.ResponseWriter, _ *http.Request, m Message) {
	page := m.HTML
	for _, a := range m.Attachments {
		if a.ContentID != "" {
			page = strings.ReplaceAll(page, "cid:"+a.ContentID, a.URL)
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "sandbox allow-popups; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'")
	w.Write([]byte(page))
}

func showSource(w http.ResponseWriter, _ *http.Request, m Message) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write(m.raw)
}

// showAttachment serves pictures to be seen and everything else to be saved.
func showAttachment(w http.ResponseWriter, r *http.Request, m Message) {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || number < 1 || number > len(m.Attachments) {
		http.Error(w, "The message has no such attachment.", http.StatusNotFound)
		return
	}
	a := m.Attachments[number-1]
	disposition := "attachment"
	if strings.HasPrefix(a.ContentType, "image/") {
		disposition = "inline"
	}
	header := w.Header()
	header.Set("Content-Type", a.ContentType)
	header.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": a.Name}))
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	w.Write(a.content)
}

func (b *Inbox) empty(w http.ResponseWriter, _ *http.Request) {
	if err := b.Clear(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.Encode(v) // a client that has gone is no error of ours
}

func render(w http.ResponseWriter, page *template.Template, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	page.Execute(w, data) // the templates are tested; a client that has gone is no error of ours
}
