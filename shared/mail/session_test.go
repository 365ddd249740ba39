package mail_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"movienow/infra/testenv"
	"movienow/shared/mail"
)

// simple is a mail server that takes one message and knows no extension: it counts the commands that come before they may.
func simple(t *testing.T) (number int, early func() int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	var running sync.WaitGroup
	running.Go(func() {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		defer client.Close()
		lines := bufio.NewReader(client)
		fmt.Fprint(client, "220 simple\r\n")
		for inMessage := false; ; {
			line, err := lines.ReadString('\n')
			switch {
			case err != nil:
				return
			case inMessage && line != ".\r\n":
				continue
			case strings.HasPrefix(line, "DATA"):
				inMessage = true
				fmt.Fprint(client, "354 go on\r\n")
			default:
				inMessage = false
				fmt.Fprint(client, "250 done\r\n")
			}
			count += lines.Buffered()
		}
	})
	t.Cleanup(func() { listener.Close() })
	return port(t, listener.Addr().String()), func() int {
		listener.Close()
		running.Wait()
		return count
	}
}

// A server that doesn't say that it can take several commands at once gets one at a time.
func TestAServerWithoutPipeliningIsWaitedFor(t *testing.T) {
	t.Parallel()
	number, early := simple(t)
	sender := open(t, mail.Config{Host: "127.0.0.1", Port: number, TLS: "none"}, 1)
	for range 2 {
		if err := sender.Send(t.Context(), letter(t, sender, "ada@example.com")); err != nil {
			t.Fatal(err)
		}
	}
	sender.Close()
	if got := early(); got != 0 {
		t.Errorf("%d bytes came before their time", got)
	}
}

// No text ends a message before its end, or loses what its lines begin with.
func TestFullStopsArrive(t *testing.T) {
	t.Parallel()
	box := testenv.SMTP(t)
	sender := open(t, plain(box), 1)
	text := ".one\r\n.\r\nMAIL FROM:<eve@example.com>\r\n..two\r\n"
	message := mail.Message{ID: "CONFIRMATION.1@movienow", To: "ada@example.com", Subject: ".", Text: text, HTML: "<p>\r\n.\r\n</p>"}
	for range 2 {
		if err := sender.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	messages := box.Messages()
	if len(messages) != 2 {
		t.Fatalf("%d messages arrived, want 2", len(messages))
	}
	for _, got := range messages {
		if got.Part("text/plain") != text {
			t.Errorf("got %q", got.Part("text/plain"))
		}
		if raw := string(got.Raw); strings.Count(raw, "\n") != strings.Count(raw, "\r\n") {
			t.Errorf("some lines don't end with CRLF: %q", raw)
		}
	}
}
