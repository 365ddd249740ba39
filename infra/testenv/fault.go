package testenv

import "time"

// Fault is what goes wrong with a message. The zero value is Deliver.
type Fault struct {
	recipient, message int // reply codes; 0 means accepted
	drop               bool
	delay              time.Duration
}

// Deliver is no fault at all.
var Deliver = Fault{}

// DropAfterData keeps the message and closes the connection instead of answering, so the sender can't know.
var DropAfterData = Fault{drop: true}

// RejectRecipient answers RCPT with this code: 4xx is temporary, 5xx is for good.
func RejectRecipient(code int) Fault { return Fault{recipient: code} }

// RejectMessage answers with this code after the message was sent, and doesn't keep it.
func RejectMessage(code int) Fault { return Fault{message: code} }

// Tarpit delivers, but answers RCPT only after the delay, or never if the sender leaves before.
func Tarpit(delay time.Duration) Fault { return Fault{delay: delay} }
