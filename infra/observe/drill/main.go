// Command drill starts MovieNow on this machine with a Prometheus that has the rules of infra/observe, lets customers buy, and takes
// each server that MovieNow depends on away in turn. The server's own alarm has to fire, and that of no other server. "make
// observe-drill" runs it; it takes half an hour.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"movienow/infra/command"
	"movienow/infra/drill/load"
	"movienow/infra/local/system"
	"movienow/infra/observe"
	"movienow/shared/telemetry"
)

const (
	folder = ".local/observe-drill"
	// perSecond is how many pairs of customers begin to buy in a second.
	perSecond = 2
	// patience is how long an alarm may take to fire, and to end: twice what the rules' windows make of it.
	patience = 6 * time.Minute
	// lingering is how long an outage goes on after its alarm, for those that would follow it wrongly.
	lingering = time.Minute
)

func main() { command.Main(run) }

// drill is one run.
type drill struct {
	system     *system.System
	prometheus prometheus
	freeze     bool
}

func run(ctx context.Context, _ []string) error {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the gateway's complaints; the functions' logs are files
	how := os.Getenv("HOW")
	if how != "" && how != "stop" && how != "freeze" {
		return fmt.Errorf("HOW is %q; give stop (the default) or freeze", how)
	}
	s, err := system.Start(ctx, system.Options{Root: ".", Dir: folder, Observe: true, Progress: os.Stdout, Settings: map[string]string{
		"USER_REQUESTS_PER_MINUTE": "0", "ADDRESS_REQUESTS_PER_MINUTE": "0", "ADDRESS_UNPAID_SEATS": "0", // all come from here
	}})
	if err != nil {
		return err
	}
	defer s.Stop()
	customers, err := load.New(ctx, s.BaseURL, perSecond, s.Token)
	if err != nil {
		return err
	}
	customers.Start(ctx)
	defer customers.Stop()
	d := &drill{system: s, prometheus: prometheus{s.PrometheusURL}, freeze: how == "freeze"}
	fmt.Printf("Prometheus is at %s; waiting until all servers are called.\n", s.PrometheusURL)
	if err := d.await(ctx, patience, "calls to all servers, and none failing", d.calm); err != nil {
		return err
	}
	return d.perform(ctx, os.Getenv("ONLY"))
}

// perform takes the servers away one after another and shows what came of it.
func (d *drill) perform(ctx context.Context, only string) error {
	var table strings.Builder
	table.WriteString("| server | taken away by | alarm | fired after | ended after | alarms of other servers | other alarms |\n" +
		"| --- | --- | --- | --- | --- | --- | --- |\n")
	good := true
	for _, dependency := range telemetry.Dependencies {
		if only != "" && !slices.Contains(strings.Split(only, ","), string(dependency)) {
			continue
		}
		r := d.outage(ctx, dependency)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		good = good && r.good()
		table.WriteString(r.row())
		fmt.Print(r.row())
	}
	fmt.Print("\n" + table.String())
	if err := os.WriteFile(folder+"/table.md", []byte(table.String()), 0o644); err != nil {
		return fmt.Errorf("keep the table: %w", err)
	}
	if !good {
		return errors.New("an alarm is missing, or one fired that should not have: see the table")
	}
	return nil
}

// calm is true when Prometheus knows calls to every server and no server's alarm is on its way.
func (d *drill) calm(ctx context.Context) (bool, error) {
	seen, err := d.prometheus.dependencies(ctx)
	if err != nil || len(seen) < len(telemetry.Dependencies) {
		return false, err
	}
	alarms, err := d.prometheus.alarms(ctx)
	for _, name := range observe.Alarms {
		if alarms[name] != "" {
			return false, err
		}
	}
	return err == nil, err
}

// await asks again and again until condition holds. what completes the sentence "waited in vain for ...".
func (d *drill) await(ctx context.Context, patience time.Duration, what string, condition func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		holds, err := condition(ctx)
		if holds {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("waited in vain for %s", what), err)
		case err := <-d.system.Failed():
			return err
		case <-time.After(2 * time.Second):
		}
	}
}
