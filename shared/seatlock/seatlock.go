// Package seatlock keeps the seats of a show from everybody but their holder while the holder makes up their mind. The
// locks live in Redis and end by themselves; every change is one Lua script, so it happens whole or not at all.
//
// It also keeps marks of the seats that are sold, so that reserving and the seat map need no database. The marks are
// advice: they are rebuilt from the database when they are missing and once a minute besides, and the database alone
// decides at checkout. Losing Redis may cost a customer their hold. It can't sell a seat twice.
//
// Keys, with the show's id as hash tag, so that a show lives in one slot of a Redis Cluster:
//
//	seat:{<showId>}:<seatNumber>:lock       string  <reservationId>:<userId>, while the seat is held
//	user:{<showId>}:<userId>:reservations   string  the user's reservations, a line for each, see decode
//	seats:{<showId>}:sold                   hash      for each sold seat the id of its booking, and renew_at
//	seats:{<showId>}:loading                hash      what changed while marks are being rebuilt
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
	locks := &Locks{redis: client, booked: booked, hold: cinema.HoldTime, renewAfter: marksAge, scripts: shipped}
	for _, option := range options {
		option(locks)
	}
	return locks
}

type scripts struct {
	acquire, find, release, sell, unsell, status, load, fill *redis.Script
}

//go:embed *.lua
var sources embed.FS

var shipped = scripts{
	acquire: script("acquire"),
	find:    script("find"),
	release: script("release"),
	sell:    script("owners", "sell"),
	unsell:  script("owners", "unsell"),
	status:  script("status"),
	load:    script("load"),
	fill:    script("owners", "fill"),
}

func script(files ...string) *redis.Script { return redis.NewScript(source(files...)) }

// source is the text of the files, the last of which uses what the others define.
func source(files ...string) string {
	var whole []byte
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
