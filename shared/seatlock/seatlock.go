// Package seatlock keeps the seats of a show from everybody but their holder while the holder makes up their mind. The
// locks live in Redis and end by themselves; every change is one Lua script, so it happens whole or not at all.
//
// It also keeps marks of the seats that are sold, so that reserving and the seat map need no database. The marks are
// advice: they are rebuilt from the database when they are missing and once a minute besides, and the database alone
// decides at checkout. Losing Redis may cost a customer their hold. It can't sell a seat twice.
//
// Keys, with the show's id as hash tag, so that a show lives in one slot of a Redis Cluster:
//
//	show:{<showId>}:seats      hash        all of the show, as below
//	show:{<showId>}:log        stream      how its seats have changed, see log.lua
//	show:{<showId>}:ends       sorted set  seats of holds by their ends, in ms since 1970, of which the log has yet to tell
//	show:{<showId>}:loading    hash        what changed while marks are being rebuilt
//
// Fields of the first, so that a reservation is one command that reads and one that writes:
//
//	renew_at                   when the sold marks are to be rebuilt
//	log_epoch                  random, from the log's beginning; versions have it, see changes.go
//	<seatNumber>               the booking that the seat is sold to, and who holds it until when, see seat.lua
//	user:<userId>              what the user keeps and kept off sale unpaid, see record.lua
//	address:<digest>           the same of a client address, if there is a limit for it
//
// Fields don't expire in Redis; a hold is over when its end has come by the clock of Redis. What is over is dropped when the
// marks are rebuilt, and the whole with its last use.
//
// Redis 6.2 or newer is needed. All errors of Redis itself are cinema.Unavailable.
package seatlock

import (
	"context"
	"embed"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"

	"movienow/shared/cinema"
	"movienow/shared/redis"
	"movienow/shared/telemetry"
)

// BookedSeats tells which seats of a show are sold or being paid, and by which booking. The database does.
type BookedSeats interface {
	BookedSeats(ctx context.Context, showID string) (bookingIDs map[string]string, err error)
}

// Locks are the seat locks of all shows.
type Locks struct {
	redis      *redis.Client
	booked     BookedSeats
	hold       time.Duration
	limits     Limits
	renewAfter time.Duration
	scripts    scripts
	loads      singleflight.Group // by show
}

// Option changes what New sets.
type Option func(*Locks)

// HoldFor makes reservations last d instead of cinema.HoldTime.
func HoldFor(d time.Duration) Option { return func(l *Locks) { l.hold = d } }

// RenewMarksAfter has the sold marks rebuilt when they are older than d, instead of a minute.
func RenewMarksAfter(d time.Duration) Option { return func(l *Locks) { l.renewAfter = d } }

// New makes Locks in Redis. Booked is asked when sold marks have to be rebuilt.
func New(client *redis.Client, booked BookedSeats, options ...Option) *Locks {
	client.Observe(telemetry.LockRedis)
	locks := &Locks{redis: client, booked: booked, hold: cinema.HoldTime, renewAfter: marksAge}
	for _, option := range options {
		option(locks)
	}
	locks.scripts = locks.load()
	return locks
}

type scripts struct {
	acquire, best, find, release, sell, unsell, status, changes, load, fill *redis.Script
}

//go:embed *.lua
var sources embed.FS

// The files of the scripts, each of which uses what those before it define.
var (
	acquireFiles = []string{"clock", "marks", "single", "acquire", "change", "seat", "log", "record", "refusal", "consider"}
	bestFiles    = []string{"clock", "marks", "single", "change", "seat", "log", "record", "refusal", "choose", "acquire", "consider"}
	findFiles    = []string{"clock", "change", "record", "find"}
	releaseFiles = []string{"clock", "change", "seat", "log", "record", "release"}
	sellFiles    = []string{"clock", "change", "seat", "log", "record", "sell"}
	unsellFiles  = []string{"clock", "change", "seat", "log", "record", "unsell"}
	statusFiles  = []string{"clock", "marks", "seat", "log", "status"}
	changesFiles = []string{"clock", "marks", "seat", "log", "changes"}
	loadFiles    = []string{"load"}
	fillFiles    = []string{"clock", "marks", "change", "seat", "log", "record", "fill"}
)

func (l *Locks) load() scripts {
	return scripts{
		acquire: l.script(acquireFiles), best: l.script(bestFiles), find: l.script(findFiles), release: l.script(releaseFiles),
		sell: l.script(sellFiles), unsell: l.script(unsellFiles), status: l.script(statusFiles),
		changes: l.script(changesFiles), load: l.script(loadFiles), fill: l.script(fillFiles),
	}
}

func (l *Locks) script(files []string) *redis.Script { return redis.NewScript(l.source(files)) }

// source is the text of the rules and the files.
func (l *Locks) source(files []string) string {
	whole := []byte(l.rules())
	for _, file := range files {
		text, err := sources.ReadFile(file + ".lua")
		if err != nil {
			panic(err) // the file isn't in the source tree
		}
		whole = append(whole, text...)
	}
	return string(whole)
}

// down says that Redis couldn't do what was to be done.
func down(operation, showID string, err error) error {
	return cinema.Down("redis", fmt.Errorf("%s of show %s: %w", operation, showID, err))
}
