package mail_test

import (
	"strings"
	"testing"

	"movienow/infra/testenv"
	"movienow/shared/telemetry"
)

func TestMessagesNameTheirTrace(t *testing.T) {
	t.Parallel()
	box := testenv.SMTP(t)
	sender := open(t, plain(box), 1)
	trace := telemetry.ParseTrace("")
	if err := sender.Send(telemetry.WithTrace(t.Context(), trace), letter(t, sender, "ada@example.com")); err != nil {
		t.Fatal(err)
	}
	if got := box.Messages()[0].Header("Traceparent"); !strings.Contains(got, trace.ID) {
		t.Errorf("the header is %q, want trace %s", got, trace.ID)
	}
}
