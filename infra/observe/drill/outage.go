package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"movienow/infra/observe"
	"movienow/shared/telemetry"
)

// settings name the servers that the system runs privately.
var settings = map[telemetry.Dependency]string{telemetry.Postgres: "DATABASE_URL", telemetry.LockRedis: "LOCK_REDIS_URL",
	telemetry.CacheRedis: "CACHE_REDIS_URL", telemetry.RabbitMQ: "AMQP_URL"}

// take takes a server away: the private ones end or freeze, the mail server ends, the payment provider freezes, as its
// supervisor would start it again.
func (d *drill) take(dependency telemetry.Dependency) (how string, back func(context.Context) error, err error) {
	setting := settings[dependency]
	switch {
	case dependency == telemetry.SMTP:
		return "stop", func(context.Context) error { return d.system.Inbox.Reopen() }, d.system.Inbox.Close()
	case dependency == telemetry.PaymentProvider:
		thaw, err := d.system.Freeze("sandbox")
		return "freeze", func(context.Context) error { thaw(); return nil }, err
	case d.freeze:
		thaw, err := d.system.Services.Freeze(setting)
		return "freeze", func(context.Context) error { thaw(); return nil }, err
	default:
		return "stop", d.system.Services.Revive, d.system.Services.Halt(setting)
	}
}

// result is what came of one outage.
type result struct {
	dependency   telemetry.Dependency
	how          string
	fired, ended time.Duration // 0 if it never was
	wrong, other map[string]bool
	left         map[string]string // alarms of the outage before that haven't ended yet
	err          error
}

func (r result) good() bool { return r.err == nil && r.fired > 0 && r.ended > 0 && len(r.wrong) == 0 }

func (r result) row() string {
	list := func(names map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(names)), ", ") }
	fired, ended := "never", "never"
	if r.fired > 0 {
		fired = r.fired.Round(time.Second).String()
	}
	if r.ended > 0 {
		ended = r.ended.Round(time.Second).String()
	}
	row := fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |", r.dependency, r.how, observe.Alarms[r.dependency], fired, ended,
		list(r.wrong), list(r.other))
	if r.err != nil {
		row += " " + strings.ReplaceAll(r.err.Error(), "\n", " ")
	}
	return row + "\n"
}

// outage takes a server away, waits for its alarm and a while longer, gives it back and waits until all alarms of servers
// have ended. All that fires meanwhile is noted.
func (d *drill) outage(ctx context.Context, dependency telemetry.Dependency) (r result) {
	own := observe.Alarms[dependency]
	r = result{dependency: dependency, wrong: map[string]bool{}, other: map[string]bool{}}
	if r.left, r.err = d.prometheus.alarms(ctx); r.err != nil {
		return r
	}
	fmt.Printf("%s goes away\n", dependency)
	begun := time.Now()
	how, back, err := d.take(dependency)
	if r.how = how; err != nil {
		r.err = err
		return r
	}
	r.err = d.await(ctx, patience, own, func(ctx context.Context) (bool, error) { return d.note(ctx, &r, own) })
	if r.err == nil {
		r.fired = time.Since(begun)
		fmt.Printf("  %s fires after %s\n", own, r.fired.Round(time.Second))
		until := time.Now().Add(lingering)
		r.err = d.await(ctx, patience, "Prometheus", func(ctx context.Context) (bool, error) {
			_, err := d.note(ctx, &r, own)
			return err == nil && time.Now().After(until), err
		})
	}
	begun = time.Now()
	if err := back(ctx); err != nil {
		r.err = err
		return r
	}
	fmt.Printf("  %s is back\n", dependency)
	err = d.await(ctx, patience, "the end of the alarm", func(ctx context.Context) (bool, error) {
		if _, err := d.note(ctx, &r, own); err != nil {
			return false, err
		}
		return d.calm(ctx)
	})
	if err == nil {
		r.ended = time.Since(begun)
	}
	return r
}

// note writes down what fires beside the outage's own alarm, and tells whether that does.
func (d *drill) note(ctx context.Context, r *result, own string) (fires bool, err error) {
	alarms, err := d.prometheus.alarms(ctx)
	if err != nil {
		return false, err
	}
	ofServers := slices.Collect(maps.Values(observe.Alarms))
	maps.DeleteFunc(r.left, func(name, _ string) bool { return alarms[name] == "" })
	for name, state := range alarms {
		switch {
		case state != "firing" || name == own || r.left[name] != "":
		case slices.Contains(ofServers, name):
			r.wrong[name] = true
		default:
			r.other[name] = true
		}
	}
	return alarms[own] == "firing", nil
}
