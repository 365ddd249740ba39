package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"movienow/infra/drill/load"
	"movienow/infra/invariants"
)

// audit is what became of everything.
type audit struct {
	confirmed int // bookings that a client was told of
	unknown   int // purchases of which the client doesn't know how they ended
	lost      []string
	mailed    int // of the confirmed bookings' e-mails, as far as the inbox has them; -1 without an inbox
	twice     int // bookings whose e-mail has arrived more than once
	rules     []finding
}

// finding is an answer to one of the invariants.
type finding struct {
	rule    string
	count   int
	example string
}

// quiet is how long the system gets to finish what is under way when the sales have ended.
const quiet = 10 * time.Minute

func (d *drill) audit(ctx context.Context) (*audit, error) {
	a := &audit{mailed: -1}
	var purchases []load.Purchase
	purchases, a.unknown = d.load.History.Purchases()
	a.confirmed = len(purchases)
	var err error
	for deadline := time.Now().Add(quiet); ; time.Sleep(2 * time.Second) {
		if a.rules, err = d.askInvariants(ctx); err != nil {
			return nil, err
		}
		if a.violations() == 0 || time.Now().After(deadline) {
			break
		}
	}
	for _, p := range purchases {
		want := "CONFIRMED"
		if p.Cancelled {
			want = "CANCELLED"
		}
		if found := d.load.Find(ctx, p); found != want {
			a.lost = append(a.lost, p.BookingID+" is "+found+", not "+want)
		}
	}
	if d.load.HasInbox() {
		d.load.AwaitMails()
		purchases, _ = d.load.History.Purchases()
		a.countMails(purchases)
	}
	return a, nil
}

// countMails leaves out bookings that were cancelled at once: their confirmation may be obsolete before it is sent.
func (a *audit) countMails(purchases []load.Purchase) {
	a.mailed = 0
	for _, p := range purchases {
		if p.Mails > 0 || p.Cancelled {
			a.mailed++
		}
		if p.Mails > 1 {
			a.twice++
		}
	}
}

func (a *audit) violations() (sum int) {
	for _, f := range a.rules {
		sum += f.count
	}
	return sum
}

// good says whether every promise was kept.
func (a *audit) good() bool {
	return len(a.lost) == 0 && a.violations() == 0 && (a.mailed < 0 || a.mailed == a.confirmed)
}

func (d *drill) askInvariants(ctx context.Context) (all []finding, err error) {
	text, err := d.sql(ctx, invariants.Query())
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimSpace(line), "|", 3)
		if len(fields) != 3 {
			return nil, fmt.Errorf("psql answered %q to a question about invariants", line)
		}
		count, err := strconv.Atoi(fields[1])
		if err != nil {
			return nil, fmt.Errorf("count the violations of %q: %w", fields[0], err)
		}
		all = append(all, finding{fields[0], count, fields[2]})
	}
	return all, nil
}

// sql asks the cluster's own PostgreSQL.
func (d *drill) sql(ctx context.Context, statements ...string) (string, error) {
	args := []string{"exec", "postgres-0", "-c", "postgres", "--", "psql", "-U", "movienow", "-d", "movienow", "-v", "ON_ERROR_STOP=1", "-At"}
	for _, statement := range statements {
		args = append(args, "-c", statement)
	}
	return d.cluster.k(ctx, args...)
}
