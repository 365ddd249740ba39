// Command drill runs the runbook, k8s/README.md, on the cluster that kubectl points at, under a load of purchases that remembers
// every answer. Then it counts what became of them, and writes a table. It deletes, kills and empties what it finds: never
// point it at a cluster that others use.
package main

import (
	"context"
	"fmt"
	"time"

	"movienow/infra/command"
	"movienow/infra/drill/load"
	"movienow/infra/issuer"
)

func main() { command.Main(run) }

func run(ctx context.Context, _ []string) error {
	settings, err := readSettings()
	if err != nil {
		return err
	}
	cluster, err := newCluster(settings)
	if err != nil {
		return err
	}
	defer cluster.close(ctx)
	d := &drill{settings: settings, cluster: cluster}
	d.perform(ctx, preparations())
	if d.broken() {
		return d.report(nil)
	}
	if d.load, err = load.New(ctx, settings.baseURL, settings.rate, issuer.Tokens(settings.baseURL)); err != nil {
		return fmt.Errorf("begin to buy at %s: %w", settings.baseURL, err)
	}
	d.opened = time.Now()
	d.load.Start(ctx)
	d.perform(ctx, exercises())
	d.say("", "the sales end; waiting for e-mails")
	d.load.Stop()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	audit, err := d.audit(ctx)
	if err != nil {
		return err
	}
	return d.report(audit)
}
