// Package postgres keeps what must not be lost: the catalogue, bookings, payments, the outbox and the e-mail ledger.
// One file per topic holds its SQL beside the Go that reads the rows.
//
// PostgreSQL's unique indexes decide who owns a seat, its now() decides every deadline. No method makes a network call
// to anything else while a transaction is open. Seats are always written in the order they are given, which is sorted
// (cinema.Layout.Price), so transactions over overlapping seats queue up instead of deadlocking.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"movienow/shared/batch"
	"movienow/shared/cinema"
	"movienow/shared/secret"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DB is a pool of connections. It is safe for concurrent use.
type DB struct {
	pool      *pgxpool.Pool
	claims    *group[Checkout, claimed]
	confirms  *group[Settlement, bool]
	leases    *group[emailOrder, EmailLease]
	sent      *group[cinema.Event, struct{}]
	looks     *batch.Batcher[*look]
	announcer announcer
}

// limits are set on every connection. They bind the server; what binds a call when the server doesn't answer at all is in
// deadlines.go. A statement that waits for a rival's lock gives up after 2 s; a process that
// freezes inside a transaction loses it after 1 s, so rivals wait no longer than that.
var limits = map[string]string{
	"statement_timeout":                   "5000",
	"lock_timeout":                        "2000",
	"idle_in_transaction_session_timeout": "1000",
	"application_name":                    "movienow",
	// Every statement of a function has an index. A plan that was made while a table was tiny would go on reading all of
	// it until the table is analyzed again, and by then it may hold a sale. A plan that has to do without an index is
	// given a price that makes PostgreSQL compile it, which takes longer than it runs.
	"enable_seqscan": "off",
	// Statements that take arrays would be planned again for each length of them, which takes longer than to run them. Nor
	// does a plan depend on what a connection's first callers wanted.
	"plan_cache_mode": "force_generic_plan",
	"jit":             "off",
}

// Open prepares a pool for the database at url, a libpq URL. New connections sign in with the user and password that it has
// by then. It doesn't connect yet: the first query does, which keeps the start of a function short. How many connections there
// may be isn't taken from the URL, because other programs that read the same one would hand such words on to the server, which
// refuses the connection.
func Open[U secret.Text](ctx context.Context, url U, connections int) (*DB, error) {
	return open(ctx, secret.Reader(url), connections)
}

func open(ctx context.Context, url func() string, connections int) (*DB, error) {
	config, err := pgxpool.ParseConfig(url())
	if err != nil {
		return nil, fmt.Errorf("read DATABASE_URL: %w", err)
	}
	for name, value := range limits {
		config.ConnConfig.RuntimeParams[name] = value
	}
	config.BeforeConnect = func(_ context.Context, connection *pgx.ConnConfig) error {
		now, err := pgx.ParseConfig(url())
		if err == nil {
			connection.User, connection.Password = now.User, now.Password
		}
		return err
	}
	config.MaxConns = int32(max(1, connections))
	config.ConnConfig.ConnectTimeout = connectTime
	config.ConnConfig.DialFunc = dialer.DialContext
	config.ConnConfig.Tracer = deadlines{}
	config.MaxConnIdleTime = 5 * time.Minute
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	current.Store(pool)
	db := &DB{pool: pool}
	trips := max(1, connections/2) // of claims, and as many of confirmations; of leases, and as many of e-mails sent
	db.claims = newGroup("claim", trips, db.claimAlone, db.claimTogether, sameClaim)
	db.confirms = newGroup("confirm", trips, db.confirmAlone, db.confirmTogether, sameBooking)
	db.leases = newGroup("lease", trips, db.leaseAlone, db.leaseTogether, sameOrder)
	db.sent = newGroup("sent", trips, db.markSentAlone, db.markSentTogether, sameEmail)
	db.looks = newLooks(db)
	return db, nil
}

// Close waits for the queries under way and closes the connections.
func (db *DB) Close() { db.pool.Close() }

// Ping asks for a sign of life.
func (db *DB) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, queryTime) // the driver's ping is the one call that passes its tracer by
	defer cancel()
	return translate(db.pool.Ping(ctx))
}

// inTx runs fn in one READ COMMITTED transaction: committed if fn returns nil, rolled back otherwise. It may
// be run again, so it must not have effects outside the transaction.
func (db *DB) inTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return translate(retryDeadlock(func() error { return pgx.BeginFunc(ctx, db.pool, fn) }))
}

// retryDeadlock tries a transaction again, a few times, if PostgreSQL has ended it because it and another one were waiting
// for each other. Such a transaction has changed nothing.
func retryDeadlock(do func() error) (err error) {
	for range 4 {
		if err = do(); !hasCode(err, "40P01", "40001") { // deadlock_detected, serialization_failure
			break
		}
	}
	return err
}

// translate turns what the driver says into the domain's errors: no row is NotFound, an unreachable, overloaded or
// restarting server, or one that has become a standby, is Unavailable. Everything else passes as it is.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case cinema.KindOf(err) != "":
		return err
	case errors.Is(err, pgx.ErrNoRows):
		return &cinema.Error{Kind: cinema.NotFound, Detail: "There is no such thing.", Err: err}
	case isDown(err), hasCode(err, "55P03", "57014", "25P03", "25P04"):
		return cinema.Down("postgres", err)
	default:
		return err
	}
}

// isDown tells that the server can't be reached, restarts, is full, or has become a standby.
func isDown(err error) bool {
	var network net.Error
	var connect *pgconn.ConnectError
	return hasCode(err, "57P01", "57P02", "57P03", "53300", "08006", readOnly) || errors.As(err, &connect) ||
		errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || isClosedConnection(err)
}

// isClosedConnection tells that the server went away in the middle of a call.
func isClosedConnection(err error) bool {
	var pg *pgconn.PgError
	return !errors.As(err, &pg) && (pgconn.SafeToRetry(err) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF))
}

// hasCode tells whether err is PostgreSQL's own and has one of the SQLSTATE codes.
func hasCode(err error, codes ...string) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	for _, code := range codes {
		if pg.Code == code {
			return true
		}
	}
	return false
}

// hasClass tells whether err is PostgreSQL's own and of one of the classes, the first two characters of its SQLSTATE.
func hasClass(err error, classes ...string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && slices.Contains(classes, pg.Code[:min(2, len(pg.Code))])
}

// violates tells whether err is a violation of the unique constraint or index.
func violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505" && pg.ConstraintName == constraint
}
