package prove

import (
	"math/rand/v2"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	goredis "github.com/redis/go-redis/v9"

	"movienow/infra/functions"
	"movienow/infra/prove/point"
	"movienow/infra/testenv"
)

// fault is something that goes wrong.
type fault struct {
	name string
	// costs is what histories can't be held to any more.
	costs cost
	// twice tells that a customer may get an e-mail again.
	twice bool
	// begin does it, and returns what makes it good again. That reports whether anything has happened.
	begin func(w *world) (heal func() bool)
	// lasts is how long it takes at least and at most.
	lasts [2]time.Duration
	// weight is how often it is chosen beside others; 0 is never by chance.
	weight int
}

// cost is what a fault may do to what Redis knows.
type cost int

const (
	nothing cost = iota
	marks        // it isn't told of sales in time
	holds        // and loses holds
)

// faults are all of them: of every function there is, too.
func faults(t testing.TB) (all []fault) {
	t.Helper()
	programs, err := functions.All(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range programs {
		if program.Once {
			continue
		}
		function := program.Name
		mails := function == "send-email"
		all = append(all,
			fault{name: "kill -9 of " + function, costs: marks, twice: mails, begin: kill(function), weight: 5},
			fault{name: "SIGSTOP of " + function, costs: marks, twice: mails, begin: stop(function), lasts: between(200, 2500), weight: 2})
	}
	for i, p := range places {
		mails := p.file == "shared/mail/session.go" || i >= len(places)-2
		all = append(all, fault{name: "kill -9 " + p.name, costs: marks, twice: mails, weight: 3, lasts: between(500, 1500),
			begin: func(w *world) func() bool { return w.order(p.name, point.Kill) }})
	}
	for _, name := range []string{"before release", "before claim", "after claim", "in a transaction", "before charge", "before confirm",
		"before telling Redis", "after a sweeper's cancel"} {
		all = append(all, fault{name: "SIGSTOP " + name, costs: marks, weight: 3, lasts: between(2500, 4000), // longer than a hold
			begin: func(w *world) func() bool { return w.order(name, point.Stop) }})
	}
	return append(all, serverFaults...)
}

var serverFaults = []fault{
	{"Redis killed", holds, false, func(w *world) func() bool { w.locks.Kill(); return again(w.locks) }, between(100, 1000), 4},
	{"Redis frozen", marks, false, func(w *world) func() bool { return frozen(w.toLocks) }, between(100, 1500), 4},
	{"Redis' connections cut", marks, false, func(w *world) func() bool { w.toLocks.Cut(); return done }, between(0, 1), 4},
	{"Redis' answers lost", marks, false, func(w *world) func() bool { return answersLost(w.toLocks) }, between(50, 300), 4},
	{"Redis flushed", holds, false, func(w *world) func() bool { w.redis("FLUSHALL"); return done }, between(0, 1), 4},
	{"Redis' scripts flushed", nothing, false, func(w *world) func() bool { w.redis("SCRIPT", "FLUSH"); return done }, between(0, 1), 4},
	{"Redis' memory full", marks, false, memoryFull, between(100, 1000), 4},
	{"Redis back in time, as a stale replica is", holds, false, stale, between(300, 1500), 4},
	{"PostgreSQL killed", marks, true, func(w *world) func() bool { w.postgres.Kill(); return again(w.postgres) }, between(100, 500), 3},
	{"PostgreSQL frozen", marks, true, func(w *world) func() bool { thaw := w.postgres.FreezePostgres(); return healed(thaw) }, between(100, 2000), 3},
	{"PostgreSQL's connections cut", marks, true, func(w *world) func() bool { w.toPostgres.Cut(); return done }, between(0, 1), 4},
	{"PostgreSQL's answers lost, of commits too", marks, true, func(w *world) func() bool { return answersLost(w.toPostgres) }, between(20, 200), 4},
	{"RabbitMQ killed", nothing, false, func(w *world) func() bool { w.broker.Kill(); return again(w.broker) }, between(0, 500), 1},
	{"RabbitMQ frozen", nothing, false, func(w *world) func() bool { return frozen(w.toRabbitMQ) }, between(100, 3000), 3},
	{"RabbitMQ frozen, then cut", nothing, false, func(w *world) func() bool {
		w.toRabbitMQ.Freeze()
		return healed(func() { w.toRabbitMQ.Cut(); w.toRabbitMQ.Thaw() })
	}, between(500, 1500), 3},
	{"RabbitMQ's answers lost", nothing, false, func(w *world) func() bool { return answersLost(w.toRabbitMQ) }, between(100, 500), 3},
	{"RabbitMQ's binding gone", nothing, false, unbound, between(500, 1500), 3},
	{"SMTP refuses", nothing, false, mailed(testenv.RejectMessage(451)), between(500, 1500), 3},
	{"SMTP hangs", nothing, true, mailed(testenv.Tarpit(2 * time.Second)), between(500, 1500), 3},
	{"SMTP drops after DATA", nothing, true, mailed(testenv.DropAfterData), between(500, 1500), 3},
	{"provider slow", nothing, false, provides(fate{delay: 1500 * time.Millisecond}, fate{}), between(500, 2000), 3},
	{"provider's answers lost", nothing, false, provides(fate{lost: true}, fate{}), between(500, 1500), 4},
	{"provider answers 503 after acting", nothing, false, provides(fate{status: 503}, fate{}), between(500, 1500), 4},
	{"webhooks lost", nothing, false, provides(fate{}, fate{lost: true}), between(500, 3000), 3},
	{"webhooks doubled", nothing, false, provides(fate{}, fate{twice: true}), between(500, 3000), 3},
	{"webhooks late and out of order", nothing, false, func(w *world) func() bool {
		w.provider.meet(func() fate { return fate{} }, func() fate { return fate{delay: time.Duration(rand.IntN(3000)) * time.Millisecond} })
		return healed(w.provider.calm)
	}, between(500, 3000), 3},
}

func between(least, most time.Duration) [2]time.Duration {
	return [2]time.Duration{least * time.Millisecond, most * time.Millisecond}
}

// done is for what is over as soon as it has begun.
func done() bool { return true }

func healed(heal func()) func() bool {
	return func() bool { heal(); return true }
}

func again(server *testenv.Server) func() bool { return healed(server.Start) }

func frozen(proxy *testenv.TCPProxy) func() bool {
	proxy.Freeze()
	return healed(proxy.Thaw)
}

func answersLost(proxy *testenv.TCPProxy) func() bool {
	proxy.ResetReplies(true)
	return healed(func() { proxy.ResetReplies(false) })
}

func kill(function string) func(*world) func() bool {
	return func(w *world) func() bool {
		err := w.system.Kill(function)
		return func() bool { return err == nil } // it may be dead already
	}
}

func stop(function string) func(*world) func() bool {
	return func(w *world) func() bool {
		thaw, err := w.system.Freeze(function)
		if err != nil {
			return func() bool { return false }
		}
		return healed(thaw)
	}
}

func mailed(f testenv.Fault) func(*world) func() bool {
	return func(w *world) func() bool {
		w.mail.Fail(func(string, int) testenv.Fault { return f })
		return healed(func() { w.mail.Fail(nil) })
	}
}

func provides(call, hook fate) func(*world) func() bool {
	return func(w *world) func() bool {
		w.provider.meet(func() fate { return call }, func() fate { return hook })
		return healed(w.provider.calm)
	}
}

// redis gives a command to the Redis of the locks, past the proxy.
func (w *world) redis(command ...any) {
	w.Helper()
	if err := w.toRedis().Do(w.Context(), command...).Err(); err != nil {
		w.Fatal(err)
	}
}

func (w *world) toRedis() *goredis.Client {
	options, err := goredis.ParseURL(w.locks.URL())
	if err != nil {
		w.Fatal(err)
	}
	client := goredis.NewClient(options)
	w.Cleanup(func() { client.Close() })
	return client
}

func memoryFull(w *world) func() bool {
	w.redis("CONFIG", "SET", "maxmemory", "1")
	return healed(func() { w.redis("CONFIG", "SET", "maxmemory", "256mb") })
}

// stale has Redis forget in the end all that happened since the beginning.
func stale(w *world) func() bool {
	client, before := w.toRedis(), map[string]string{}
	keys, err := client.Keys(w.Context(), "*").Result()
	if err != nil {
		w.Fatal(err)
	}
	for _, key := range keys {
		before[key] = client.Dump(w.Context(), key).Val() // empty if it has just gone
	}
	return healed(func() {
		back := client.TxPipeline()
		back.FlushAll(w.Context())
		for key, value := range before {
			if value != "" {
				back.RestoreReplace(w.Context(), key, time.Minute, value)
			}
		}
		if _, err := back.Exec(w.Context()); err != nil {
			w.Fatal(err)
		}
	})
}

// unbound takes away what leads events to the queue.
func unbound(w *world) func() bool {
	connection, err := amqp.Dial(w.broker.URL())
	if err != nil {
		w.Fatal(err)
	}
	channel, err := connection.Channel()
	if err != nil {
		w.Fatal(err)
	}
	if err := channel.QueueUnbind("emails", "booking.#", "movienow.events", nil); err != nil {
		w.Fatal(err)
	}
	return healed(func() {
		if err := channel.QueueBind("emails", "booking.#", "movienow.events", false, nil); err != nil {
			w.Fatal(err)
		}
		connection.Close()
	})
}
