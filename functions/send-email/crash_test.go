package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
)

// worker starts the function as a process of its own.
func (b *bench) worker() *exec.Cmd {
	b.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // a port that was free a moment ago
	if err != nil {
		b.t.Fatal(err)
	}
	listener.Close()
	command := exec.Command(os.Args[0])
	command.Stderr = b.t.Output()
	command.Stdout = b.t.Output()
	command.Env = append(os.Environ(), asWorker+"=1",
		"DATABASE_URL="+b.DatabaseURL, "AMQP_URL="+b.broker,
		"SMTP_HOST="+b.mailbox.Host, "SMTP_PORT="+strconv.Itoa(b.mailbox.Port), "SMTP_TLS=none",
		"MAIL_FROM=MovieNow <tickets@movienow.example>", "EMAIL_WORKERS=2", "EMAIL_PREFETCH=4",
		fmt.Sprintf("PORT=%d", listener.Addr().(*net.TCPAddr).Port))
	if err := command.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	return command
}

func TestAnEmailWhoseWorkerIsKilledIsSentWithinAMinute(t *testing.T) {
	b := setupAt(t, 1) // with the real delays: this is about how they add up
	const forever = time.Hour
	b.mailbox.Fail(func(_ string, attempt int) testenv.Fault {
		if attempt == 1 {
			return testenv.Tarpit(forever)
		}
		return testenv.Deliver
	})
	event := b.buy("alice", "B1")
	b.publish(event)
	doomed := b.worker()
	testenv.Eventually(t, 20*time.Second, func() bool {
		return b.mailbox.Attempts(sale.Customer("alice").Email) == 1
	}, "the worker to speak to the mail server")
	b.worker()
	if err := doomed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	b.wantStatus(event, cinema.EmailSent, time.Minute)
	b.wantMessages("alice", tickets)
}
