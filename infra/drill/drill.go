package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"movienow/infra/drill/load"
)

// step is a part of the runbook, or a mishap.
type step struct {
	name string
	// calm: clients mustn't notice it.
	calm bool
	run  func(ctx context.Context, d *drill) error
}

// drill is one run of the steps.
type drill struct {
	settings
	cluster *cluster
	load    *load.Load // nil while the system is being installed
	results []result
	broke   bool
	opened  time.Time // when people began to buy
}

// result is how a step went.
type result struct {
	step
	from, until time.Time
	err         error
}

// notShown is why a cluster can't show something.
type notShown string

func (n notShown) Error() string { return "not shown: " + string(n) }

// shown says whether the step was carried out.
func (r result) shown() bool {
	_, not := errors.AsType[notShown](r.err)
	return !not
}

// perform runs steps one after the other. One that fails doesn't keep the next from showing how the system copes.
func (d *drill) perform(ctx context.Context, steps []step) {
	for _, s := range steps {
		if len(d.only) > 0 && !slices.Contains(d.only, s.name) || ctx.Err() != nil {
			continue
		}
		d.say(s.name, "begins")
		r := result{step: s, from: time.Now()}
		r.err = s.run(ctx, d)
		if r.err == nil {
			r.err = d.cluster.settle(ctx)
		}
		r.until = time.Now()
		d.results = append(d.results, r)
		d.broke = d.broke || r.err != nil && r.shown()
		d.say(s.name, "%s", d.outcome(r))
	}
}

// broken says whether a step has failed.
func (d *drill) broken() bool { return d.broke }

// outcome is a line about a step that has ended.
func (d *drill) outcome(r result) string {
	line := "done after " + seconds(r.until.Sub(r.from))
	if r.err != nil {
		line = r.err.Error()
	}
	if d.load != nil {
		s := d.load.History.Between(r.from, r.until)
		line += fmt.Sprintf("; %d of %d requests failed, %d bookings confirmed", s.Failed, s.Requests, s.Confirmed)
		for _, worst := range s.Worst(5) {
			line += "\n    " + worst
		}
	}
	return line
}

// say shows progress.
func (d *drill) say(step, format string, args ...any) {
	d.cluster.show(fmt.Sprintf("%s %-16s %s", time.Now().Format("15:04:05"), step, fmt.Sprintf(format, args...)))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
