package postgres

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How long a call waits for a server that doesn't answer: one whose host is gone, or that is frozen. The server's own
// limits end what merely takes long, and a little earlier, because its words say more than a deadline does.
const (
	connectTime = 2 * time.Second
	acquireTime = 3 * time.Second // for a connection of the pool: a free one, one that others give back, or a new one
	grace       = time.Second
	queryTime   = 5*time.Second + grace // statement_timeout is 5 s
)

// readOnly is what a primary that has become a standby says to every write. It goes on serving connections that it had,
// so only dropping them makes the pool look for the new primary.
const readOnly = "25006"

// dialer makes connections that notice within seconds when the host at the other end is gone.
var dialer = &net.Dialer{
	Control:         limitUnacknowledged,
	KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3},
}

// deadlines gives each call a deadline of its own, whatever context it was made with. The driver uses the context that a
// tracer returns, which covers every way to the server: statements, a transaction's BEGIN and COMMIT, and the pool's
// Acquire. A statement whose deadline passes takes its connection along.
type deadlines struct{}

var (
	_ pgx.QueryTracer       = deadlines{}
	_ pgx.ConnectTracer     = deadlines{}
	_ pgx.BatchTracer       = deadlines{}
	_ pgx.CopyFromTracer    = deadlines{}
	_ pgxpool.AcquireTracer = deadlines{}
	_ pgxpool.ReleaseTracer = deadlines{}
)

type (
	cancelKey   struct{} // leads to the CancelFunc of the call's deadline
	allowingKey struct{} // leads to another length of time than queryTime
)

// allowing gives the statements that use the context more time than queryTime. Whoever does so sets statement_timeout, too.
func allowing(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, allowingKey{}, d)
}

func begin(ctx context.Context, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(ctx, d)
	return context.WithValue(ctx, cancelKey{}, cancel)
}

func beginQuery(ctx context.Context) context.Context {
	if d, ok := ctx.Value(allowingKey{}).(time.Duration); ok {
		return begin(ctx, d)
	}
	return begin(ctx, queryTime)
}

func end(ctx context.Context) {
	if cancel, ok := ctx.Value(cancelKey{}).(context.CancelFunc); ok {
		cancel()
	}
}

// TraceAcquireStart implements pgxpool.AcquireTracer.
func (deadlines) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	return begin(ctx, acquireTime)
}

// TraceAcquireEnd implements pgxpool.AcquireTracer.
func (deadlines) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireEndData) {
	end(ctx)
}

// TraceQueryStart implements pgx.QueryTracer.
func (deadlines) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return beginQuery(ctx)
}

// TraceQueryEnd implements pgx.QueryTracer. It is called when the last row has been read.
func (deadlines) TraceQueryEnd(ctx context.Context, connection *pgx.Conn, data pgx.TraceQueryEndData) {
	end(ctx)
	heard(data.Err)
	if hasCode(data.Err, readOnly) {
		connection.PgConn().CustomData()[readOnly] = true
	}
}

// TraceBatchStart implements pgx.BatchTracer.
func (deadlines) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return beginQuery(ctx)
}

// TraceBatchQuery implements pgx.BatchTracer.
func (deadlines) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (deadlines) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	end(ctx)
	heard(data.Err)
}

// TraceCopyFromStart implements pgx.CopyFromTracer.
func (deadlines) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceCopyFromStartData) context.Context {
	return beginQuery(ctx)
}

// TraceCopyFromEnd implements pgx.CopyFromTracer.
func (deadlines) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceCopyFromEndData) {
	end(ctx)
}

// TraceRelease implements pgxpool.ReleaseTracer: the pool throws a closed connection away.
func (deadlines) TraceRelease(_ *pgxpool.Pool, data pgxpool.TraceReleaseData) {
	if data.Conn.PgConn().CustomData()[readOnly] == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	data.Conn.Close(ctx)
}
