package main

import (
	"strings"
	"testing"
	"time"

	"movienow/infra/sandbox"
	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
	"movienow/shared/rabbitmq"
)

const (
	tickets   = "Your tickets for Metropolis"
	cancelled = "Your booking for Metropolis is cancelled"
	tooLate   = "Your payment for Metropolis came too late"
)

func TestTheCustomerIsToldOfConfirmationAndCancellation(t *testing.T) {
	b := setup(t)
	testenv.Counted(t, `movienow_emails_total{outcome="sent"}`, `movienow_dependency_calls_total{dependency="smtp",outcome="ok"}`, `movienow_group_size_count{statement="lease"}`, `movienow_group_size_count{statement="sent"}`)
	b.consume()
	confirmation := b.buy("alice", "A1")
	b.publish(confirmation)
	b.wantStatus(confirmation, cinema.EmailSent, 10*time.Second)
	message := b.wantMessages("alice", tickets)[0]
	booking := b.Booking(confirmation.BookingID)
	for _, want := range []string{booking.Reference, "Metropolis (1927)", "A1", "Premium", "15.00 EUR", "Cinema Aurora", "Rua da Prata 100", "Europe/Lisbon"} {
		if !strings.Contains(message.Part("text/plain"), want) {
			t.Errorf("the text doesn't mention %q:\n%s", want, message.Part("text/plain"))
		}
	}
	cancellation := b.cancel("alice", confirmation)
	b.publish(cancellation)
	b.wantStatus(cancellation, cinema.EmailSent, 10*time.Second)
	message = b.wantMessages("alice", tickets, cancelled)[1]
	if text := message.Part("text/plain"); !strings.Contains(text, "15.00 EUR are on their way back") {
		t.Errorf("the text doesn't mention the refund:\n%s", text)
	}
}

func TestTenCopiesOfAnEventMakeOneEmail(t *testing.T) {
	b := setup(t)
	event := b.buy("alice", "B1")
	for range 10 {
		b.publish(event)
	}
	b.consume()
	b.consume()
	last := b.buy("bob", "B2")
	b.publish(last)
	b.wantStatus(last, cinema.EmailSent, 10*time.Second)
	b.wantStatus(event, cinema.EmailSent, 10*time.Second)
	b.wantMessages("alice", tickets)
	b.wantParked(0)
}

func TestAConfirmationThatComesAfterTheCancellationIsNotSent(t *testing.T) {
	b := setup(t)
	testenv.Counted(t, `movienow_emails_total{outcome="obsolete"}`)
	b.consume()
	confirmation := b.buy("alice", "B1")
	cancellation := b.cancel("alice", confirmation)
	b.publish(cancellation)
	b.wantStatus(cancellation, cinema.EmailSent, 10*time.Second)
	b.publish(confirmation, confirmation)
	b.wantStatus(confirmation, cinema.EmailObsolete, 10*time.Second)
	b.wantMessages("alice", cancelled)
	b.wantParked(0)
}

func TestTheCustomerIsToldThatTheirMoneyCameTooLate(t *testing.T) {
	b := setup(t)
	b.consume()
	id := b.Claim("alice", sandbox.MethodActionRequired, b.Reserve("alice", "B1"))
	settle := func(status cinema.PaymentStatus) {
		if _, err := b.Settler.Record(t.Context(), postgres.Settlement{BookingID: id, Status: status}); err != nil {
			t.Fatalf("%s: %v", status, err)
		}
	}
	settle(cinema.PaymentCancelled)
	if err := b.Seats.Release(t.Context(), b.ShowID, b.Booking(id).ReservationID, "alice"); err != nil {
		t.Fatal(err)
	}
	b.buy("bob", "B1")
	settle(cinema.PaymentSucceeded)
	event := cinema.Event{Kind: cinema.LateRefund, BookingID: id}
	b.publish(event)
	b.wantStatus(event, cinema.EmailSent, 10*time.Second)
	message := b.wantMessages("alice", tooLate)[0]
	if text := message.Part("text/plain"); !strings.Contains(text, "on their way back") {
		t.Errorf("the text doesn't mention the refund:\n%s", text)
	}
}

func TestAnEmailThatTheServerDefersIsSentLater(t *testing.T) {
	b := setup(t)
	testenv.Counted(t, `movienow_emails_total{outcome="deferred"}`)
	faults := map[int]testenv.Fault{1: testenv.RejectRecipient(450), 2: testenv.RejectMessage(451), 3: testenv.RejectRecipient(530)}
	b.mailbox.Fail(func(_ string, attempt int) testenv.Fault { return faults[attempt] })
	b.consume()
	event := b.buy("alice", "B1")
	b.publish(event)
	b.wantStatus(event, cinema.EmailSent, 20*time.Second)
	b.wantMessages("alice", tickets)
	if got := b.mailbox.Attempts(sale.Customer("alice").Email); got != 4 {
		t.Errorf("%d attempts, want 4", got)
	}
}

func TestAnEmailThatIsDeferredForADayWaitsForAPerson(t *testing.T) {
	b := setup(t)
	b.mailbox.Fail(func(string, int) testenv.Fault { return testenv.RejectMessage(452) })
	b.consume()
	event := b.buy("alice", "B1")
	b.publish(event)
	b.wantStatus(event, cinema.EmailFailed, 30*time.Second)
	if got := b.mailbox.Attempts(sale.Customer("alice").Email); got != rabbitmq.MaxAttempts {
		t.Errorf("%d attempts, want %d", got, rabbitmq.MaxAttempts)
	}
	b.wantParked(1)
	b.mailbox.Fail(func(_ string, attempt int) testenv.Fault {
		if attempt == rabbitmq.MaxAttempts+1 {
			return testenv.RejectMessage(452) // the replayed message has all its attempts again
		}
		return testenv.Deliver
	})
	if moved, err := rabbitmq.ReplayParked(t.Context(), b.broker); err != nil || moved != 1 {
		t.Fatalf("replayed %d, %v", moved, err)
	}
	b.wantStatus(event, cinema.EmailSent, 10*time.Second)
	b.wantMessages("alice", tickets)
}

func TestAnEmailRefusedForGoodIsParkedWhileOthersGoOn(t *testing.T) {
	b := setup(t)
	testenv.Counted(t, `movienow_emails_total{outcome="parked"}`)
	b.mailbox.Fail(func(to string, attempt int) testenv.Fault {
		if strings.HasPrefix(to, "alice") {
			return testenv.RejectRecipient(550)
		}
		return testenv.Deliver
	})
	b.consume()
	refused, other := b.buy("alice", "B1"), b.buy("bob", "B2")
	b.publish(refused, other)
	b.wantStatus(other, cinema.EmailSent, 10*time.Second)
	b.wantStatus(refused, cinema.EmailFailed, 10*time.Second)
	if parked := b.wantParked(1)[0]; parked.MessageID != refused.MessageID() || !strings.Contains(parked.Reason, "550") {
		t.Errorf("parked %+v, want alice's with the server's words", parked)
	}
	if _, reason := b.status(refused); !strings.Contains(reason, "550") {
		t.Errorf("the ledger's reason is %q, want the server's words", reason)
	}
	if got := b.mailbox.Attempts(sale.Customer("alice").Email); got != 1 {
		t.Errorf("%d attempts, want 1", got)
	}
}

func TestAnEventThatTheLedgerDoesNotKnowIsParked(t *testing.T) {
	b := setup(t)
	b.consume()
	stranger := cinema.Event{Kind: cinema.Cancellation, BookingID: b.buy("alice", "B1").BookingID}
	b.publish(stranger)
	b.wantParked(1)
	b.wantMessages("alice")
}

func TestALostLastWordMakesACopyWithTheSameMessageID(t *testing.T) {
	b := setup(t)
	b.mailbox.Fail(func(_ string, attempt int) testenv.Fault {
		if attempt == 1 {
			return testenv.DropAfterData
		}
		return testenv.Deliver
	})
	b.consume()
	event := b.buy("alice", "B1")
	b.publish(event)
	b.wantStatus(event, cinema.EmailSent, 10*time.Second)
	copies := b.wantMessages("alice", tickets, tickets)
	if first, second := copies[0].Header("Message-Id"), copies[1].Header("Message-Id"); first != second || first == "" {
		t.Errorf("the copies' Message-IDs are %q and %q, want the same", first, second)
	}
}
