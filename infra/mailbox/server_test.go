package mailbox_test

import (
	"testing"

	"movienow/infra/mailbox"
)

func TestClosingRightAfterOpening(t *testing.T) {
	t.Parallel()
	for range 100 {
		server, err := mailbox.Open(mailbox.Options{Receive: func(mailbox.Message) error { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}
}
