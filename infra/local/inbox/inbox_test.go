package inbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wneessen/go-mail"

	"movienow/infra/local/inbox"
)

func open(t *testing.T, dir string) *inbox.Inbox {
	t.Helper()
	b, err := inbox.Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// send makes a message of every kind of part that MovieNow sends.
func send(t *testing.T, b *inbox.Inbox, to, subject string) {
	t.Helper()
	m := mail.NewMsg()
	if err := m.From("MovieNow <tickets@example.com>"); err != nil {
		t.Fatal(err)
	}
	if err := m.To(to); err != nil {
		t.Fatal(err)
	}
	m.Subject(subject)
	m.SetMessageIDWithValue("CONFIRMATION.1@example.com")
	m.SetBodyString(mail.TypeTextPlain, "Seats E5, E6 — see you!")
	m.AddAlternativeString(mail.TypeTextHTML, `<script>alert(1)</script><img src="cid:qr.png">`)
	m.EmbedReader("qr.png", bytes.NewReader([]byte{0x89, 'P', 'N', 'G'}), mail.WithFileContentID("qr.png"))
	m.AttachReader("show.ics", strings.NewReader("BEGIN:VCALENDAR\r\n"), mail.WithFileContentType("text/calendar"))
	var raw bytes.Buffer
	if _, err := m.WriteTo(&raw); err != nil {
		t.Fatal(err)
	}
	if err := smtp.SendMail(b.Address, nil, "tickets@example.com", []string{to}, raw.Bytes()); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, b *inbox.Inbox, path, accept string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.Header.Set("Accept", accept)
	answer := httptest.NewRecorder()
	b.Handler().ServeHTTP(answer, request)
	return answer
}

func TestMessageIsShownAsJSON(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	send(t, b, "alice@example.com", "Zürich at 8 — your tickets")
	var got []map[string]any
	if err := json.Unmarshal(get(t, b, "/dev/inbox", "application/json").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 {
		t.Fatalf("got %d messages, want 1", len(got))
	}
	for key, want := range map[string]string{
		"to": "alice@example.com", "subject": "Zürich at 8 — your tickets", "messageId": "CONFIRMATION.1@example.com",
		"text": "Seats E5, E6 — see you!", "html": `<script>alert(1)</script><img src="cid:qr.png">`,
	} {
		if got[0][key] != want {
			t.Errorf("%s: got %q, want %q", key, got[0][key], want)
		}
	}
	attachments := fmt.Sprint(got[0]["attachments"])
	for _, want := range []string{"name:qr.png", "contentType:image/png", "size:4", "name:show.ics", "contentType:text/calendar", "size:17"} {
		if !strings.Contains(attachments, want) {
			t.Errorf("attachments have no %s: %s", want, attachments)
		}
	}
}

func TestPagesCannotRunScripts(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	send(t, b, "alice@example.com", "<script>alert(2)</script>")
	id := b.Messages("")[0].ID
	for _, path := range []string{"/dev/inbox", "/dev/inbox/" + id} {
		page := get(t, b, path, "text/html,*/*").Body.String()
		if strings.Contains(page, "<script>") || !strings.Contains(page, "alert(2)") {
			t.Errorf("%s doesn't escape the subject:\n%s", path, page)
		}
	}
	html := get(t, b, "/dev/inbox/"+id+"/html", "text/html")
	if policy := html.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox") {
		t.Errorf("the message's HTML isn't sandboxed: %q", policy)
	}
	picture := "/dev/inbox/" + id + "/attachments/1"
	if !strings.Contains(html.Body.String(), picture) {
		t.Errorf("the picture isn't at %s:\n%s", picture, html.Body)
	}
	answer := get(t, b, picture, "image/*")
	if got := answer.Body.String(); got != "\x89PNG" || answer.Header().Get("Content-Type") != "image/png" {
		t.Errorf("picture: got %q, %v", got, answer.Header())
	}
}

func TestMessagesSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir)
	send(t, first, "alice@example.com", "one")
	send(t, first, "bob@example.com", "two")
	before := first.Messages("")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	after := open(t, dir).Messages("")
	if len(after) != 2 || after[0].To != "bob@example.com" || after[1].Subject != "one" {
		t.Fatalf("got %v", after)
	}
	if after[0].ID != before[0].ID || !after[0].ReceivedAt.Equal(before[0].ReceivedAt) {
		t.Errorf("got %s of %s, want %s of %s", after[0].ID, after[0].ReceivedAt, before[0].ID, before[0].ReceivedAt)
	}
}

// A message that can't be written to its end is refused, and nothing of it is in the way of those that come after.
func TestATornMessageIsNotKept(t *testing.T) { // not beside other tests: the limit is the process's
	dir := t.TempDir()
	first := open(t, dir)
	send(t, first, "alice@example.com", "one")
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4000, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	long := []byte("Subject: long\r\n\r\n" + strings.Repeat("x\r\n", 2000))
	err := smtp.SendMail(first.Address, nil, "tickets@example.com", []string{"alice@example.com"}, long)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if err == nil {
		t.Error("a message was taken that can't have been kept")
	}
	send(t, first, "alice@example.com", "two")
	for _, messages := range [][]inbox.Message{first.Messages(""), open(t, dir).Messages("")} {
		if len(messages) != 2 || messages[0].Subject != "two" || messages[1].Subject != "one" {
			t.Errorf("got %v", messages)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 2 {
		t.Errorf("got %v, %v; want nothing of the long one", files, err)
	}
}

// What a process left that was killed while it wrote isn't a message.
func TestAHalfMessageIsNotRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "20260101T000000-0-a.part"), []byte(`{"id":"20260101T000000-0-a.part"}`+"\nSubject: half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if messages := open(t, dir).Messages(""); len(messages) != 0 {
		t.Errorf("got %v", messages)
	}
}

func TestOldMessagesMakeRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, dir)
	for i := range 502 {
		raw := fmt.Appendf(nil, "Subject: %d\r\n\r\nhello\r\n", i)
		if err := smtp.SendMail(b.Address, nil, "a@example.com", []string{"b@example.com"}, raw); err != nil {
			t.Fatal(err)
		}
	}
	for _, messages := range [][]inbox.Message{b.Messages(""), open(t, dir).Messages("")} {
		if len(messages) != 500 || messages[0].Subject != "501" || messages[499].Subject != "2" {
			t.Errorf("got %d messages from %s to %s", len(messages), messages[0].Subject, messages[len(messages)-1].Subject)
		}
	}
}

func TestWaitReturnsWhenTheMessageArrives(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	send(t, b, "bob@example.com", "not this one")
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		b.Wait(ctx, "not this one")
		smtp.SendMail(b.Address, nil, "a@example.com", []string{"alice@example.com"}, []byte("Subject: this\r\n\r\n."))
	}()
	answer := get(t, b, "/dev/inbox?q=alice&wait=10", "application/json").Body.String()
	if !strings.Contains(answer, `"subject":"this"`) || strings.Contains(answer, "bob") {
		t.Errorf("got %s", answer)
	}
	if got := get(t, b, "/dev/inbox?q=carol&wait=0.01", "application/json").Body.String(); got != "[]\n" {
		t.Errorf("got %q, want an empty list", got)
	}
}

func TestEmptying(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, dir)
	send(t, b, "alice@example.com", "one")
	answer := httptest.NewRecorder()
	b.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodDelete, "/dev/inbox", nil))
	if answer.Code != http.StatusNoContent || len(b.Messages("")) != 0 || len(open(t, dir).Messages("")) != 0 {
		t.Errorf("got %d, %d messages left", answer.Code, len(b.Messages("")))
	}
}

func TestClosedAndReopened(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir())
	send(t, b, "alice@example.com", "before")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if client, err := smtp.Dial(b.Address); err == nil {
		client.Close()
		t.Error("it takes connections after Close")
	}
	if err := b.Reopen(); err != nil {
		t.Fatal(err)
	}
	send(t, b, "alice@example.com", "after")
	if got := b.Messages(""); len(got) != 2 || got[0].Subject != "after" || got[1].Subject != "before" {
		t.Errorf("got %+v", got)
	}
}
