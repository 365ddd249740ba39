package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"movienow/shared/telemetry"

	amqp "github.com/rabbitmq/amqp091-go"
)

// window is how many messages may be on their way to the broker unconfirmed.
const window = 256

// patience is how long any exchange with the broker may take. A broker short of memory or disk stops reading instead of
// refusing: the client library would wait for it forever, in Publish as in Close.
const patience = 10 * time.Second

// link is one connection with one channel in confirm mode. It isn't mended when it breaks; its owner dials another.
type link struct {
	socket     net.Conn // under the TLS, if any: closing it frees whatever hangs above
	connection *amqp.Connection
	channel    *amqp.Channel
	returns    chan amqp.Return // unroutable messages; as large as the window, so the reader never blocks on it
}

// dial connects within patience.
func dial(ctx context.Context, url string) (made *link, err error) {
	defer func() { telemetry.RabbitMQ.Called(err) }()
	if _, err := amqp.ParseURI(url); err != nil {
		return nil, errors.New("AMQP_URL isn't an amqp:// or amqps:// URL") // the library's error would quote the password
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l := &link{returns: make(chan amqp.Return, window)}
	release := func() bool { return true }
	connection, err := amqp.DialConfig(url, amqp.Config{
		Heartbeat:  10 * time.Second,
		Properties: amqp.Table{"connection_name": "movienow"},
		Dial: func(network, address string) (net.Conn, error) {
			var err error
			if l.socket, err = new(net.Dialer).DialContext(ctx, network, address); err == nil {
				release = context.AfterFunc(ctx, func() { l.socket.Close() })
			}
			return l.socket, err
		},
	})
	if err != nil {
		return nil, withCause(ctx, err)
	}
	l.connection = connection
	if err := l.open(); err != nil {
		l.close()
		return nil, withCause(ctx, err)
	}
	if !release() {
		return nil, withCause(ctx, net.ErrClosed)
	}
	return l, nil
}

func (l *link) open() error {
	channel, err := l.connection.Channel()
	if err != nil {
		return fmt.Errorf("open a channel: %w", err)
	}
	l.channel = channel
	channel.NotifyReturn(l.returns)
	if err := channel.Confirm(false); err != nil {
		return fmt.Errorf("ask for confirms: %w", err)
	}
	return nil
}

// guard closes the link when ctx ends, until the function it returns is called.
func (l *link) guard(ctx context.Context) (release func() bool) {
	return context.AfterFunc(ctx, func() { l.socket.Close() })
}

// close says goodbye, or hangs up if the broker doesn't answer soon.
func (l *link) close() {
	timer := time.AfterFunc(2*time.Second, func() { l.socket.Close() })
	defer timer.Stop()
	l.connection.Close() // its error says that the link is gone, which is what we want
}

// alive tells whether the link looks usable.
func (l *link) alive() bool { return l != nil && !l.channel.IsClosed() && !l.connection.IsClosed() }

// withCause says that time was up where the library only saw a closed socket.
func withCause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return errors.Join(cause, err)
	}
	return err
}
