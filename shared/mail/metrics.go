package mail

import (
	"errors"

	"movienow/shared/telemetry"
)

// closing is how a mail server says that it goes down (RFC 5321).
const closing = 421

// heard counts a message that was offered to the mail server. Whatever it says of one message, it is there.
func heard(err error) {
	if refused, ok := errors.AsType[*refusal](err); ok && refused.reply.Code != closing {
		err = nil
	}
	telemetry.SMTP.Called(err)
}
