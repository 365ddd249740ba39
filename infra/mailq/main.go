// Command mailq shows the e-mails that couldn't be sent and lets them be tried again. "make parked" and "make replay" call
// it. It works on the broker of AMQP_URL (or AMQP_URL_FILE, AMQP_URL_SECRET_ARN) if that is set, otherwise on that of the
// system that "make run" has started.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"movienow/infra/command"
	"movienow/infra/local/system"
	"movienow/shared/config"
	"movienow/shared/rabbitmq"
)

const usage command.Usage = `mailq list            show what is parked, the oldest first
       mailq replay          try everything again
       mailq replay ID...    try these messages again`

// most is how many messages are listed; the rest is counted.
const most = 200

func main() {
	command.Main(func(ctx context.Context, arguments []string) error { return run(ctx, arguments, os.Stdout) })
}

func run(ctx context.Context, arguments []string, out io.Writer) error {
	if len(arguments) == 0 || (arguments[0] != "list" && arguments[0] != "replay") {
		return usage
	}
	broker, err := brokerURL(ctx)
	if err != nil {
		return err
	}
	if arguments[0] == "list" {
		return list(ctx, broker, out)
	}
	return replay(ctx, broker, arguments[1:], out)
}

func list(ctx context.Context, broker string, out io.Writer) error {
	count, err := rabbitmq.ParkedCount(ctx, broker)
	if err != nil {
		return err
	}
	messages, err := rabbitmq.ListParked(ctx, broker, most)
	if err != nil {
		return err
	}
	if len(messages) == 0 {
		fmt.Fprintln(out, "No e-mail is parked.")
		return nil
	}
	for _, message := range messages {
		id := message.MessageID
		if id == "" {
			id = fmt.Sprintf("(unreadable) %.80q", message.Body)
		}
		fmt.Fprintf(out, "%s  %s\n    %s\n", message.ParkedAt.Format(time.RFC3339), id, oneLine(message.Reason))
	}
	if count > len(messages) {
		fmt.Fprintf(out, "... and %d more\n", count-len(messages))
	}
	fmt.Fprintf(out, "\nTo try them again once the reason is gone: make replay, or make replay ID=%q for some of them.\n", "ID ID ...")
	return nil
}

func replay(ctx context.Context, broker string, ids []string, out io.Writer) error {
	moved, err := rabbitmq.ReplayParked(ctx, broker, ids...)
	fmt.Fprintf(out, "%d put back into the queue.\n", moved)
	return err
}

// brokerURL is the broker that the environment names, or that of the local system.
func brokerURL(ctx context.Context) (string, error) {
	for _, form := range []string{"AMQP_URL", "AMQP_URL_FILE", "AMQP_URL_SECRET_ARN"} {
		if os.Getenv(form) == "" {
			continue
		}
		var settings config.Broker
		if err := config.Load(ctx, &settings); err != nil {
			return "", err
		}
		return settings.AMQPURL(), nil
	}
	running, err := system.Find(system.Folder)
	if err != nil {
		return "", err
	}
	if running == nil || running.Settings["AMQP_URL"] == "" {
		return "", errors.New("set AMQP_URL to the broker's address, or start the local system with make run")
	}
	return running.Settings["AMQP_URL"], nil
}

// oneLine keeps a server's words from drawing on the terminal.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}
