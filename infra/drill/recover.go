package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// backUp makes a dump now.
func backUp(ctx context.Context, d *drill) error {
	if _, err := d.cluster.k(ctx, "delete", "job", "backup-now", "--ignore-not-found"); err != nil {
		return err
	}
	if _, err := d.cluster.k(ctx, "create", "job", "backup-now", "--from=cronjob/postgres-backup"); err != nil {
		return err
	}
	_, err := d.cluster.k(ctx, "wait", "job/backup-now", "--for=condition=Complete", "--timeout="+patience.String())
	return err
}

// restore empties the database and brings it back. Sales are closed before the dump is made, so that every booking is in it.
func restore(ctx context.Context, d *drill) error {
	d.load.Close()
	defer d.load.Open()
	if err := backUp(ctx, d); err != nil {
		return err
	}
	if _, err := d.cluster.k(ctx, "get", "cronjob", "postgres-restore"); err != nil {
		return notShown("this overlay's database is restored elsewhere")
	}
	if _, err := d.sql(ctx, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"); err != nil {
		return err
	}
	return d.cluster.make(ctx, "restore", "OVERLAY="+d.overlay)
}

// crash rolls out a release that can't start. It has to be noticed, and what ran before has to be back, and whole.
func crash(ctx context.Context, d *drill) error {
	dir := filepath.Join(d.dir, "crash")
	if err := d.writeBad(dir); err != nil {
		return err
	}
	before, err := d.cluster.specs(ctx)
	if err != nil {
		return err
	}
	changes := before.changes()
	if err := d.cluster.make(ctx, "deploy", "OVERLAY="+dir); err == nil {
		return errors.New("make deploy took a release that can't start for a good one")
	}
	after, err := d.cluster.specs(ctx)
	if err != nil {
		return err
	}
	if after.changes() < changes+2*len(crashing) {
		return fmt.Errorf("the bad release wasn't rolled out and taken back (see %s)", d.cluster.log.Name())
	}
	for name, was := range before {
		if after[name].containers != was.containers {
			return fmt.Errorf("%s isn't what it was before the bad release", name)
		}
	}
	return d.cluster.settle(ctx)
}

// specs are the functions' workloads by name.
type specs map[string]spec

// spec is what a workload runs, and how often what it should run has been changed.
type spec struct {
	containers string
	generation int
}

// changes adds up how often the functions that the bad release has were changed.
func (s specs) changes() (sum int) {
	for name, spec := range s {
		if _, function, _ := strings.Cut(name, "/"); slices.Contains(crashing, function) {
			sum += spec.generation
		}
	}
	return sum
}

// specs reads what the functions' workloads run. Knative's Deployments follow its Services, which have their own names.
func (c *cluster) specs(ctx context.Context) (specs, error) {
	const fields = `jsonpath={range .items[*]}{.kind}/{.metadata.name}{"\t"}{.metadata.generation}{"\t"}{.spec.template.spec.containers}{"\n"}{end}`
	text, err := c.k(ctx, "get", "deployments.apps", "--selector", "!serving.knative.dev/service", "-o", fields)
	if err != nil {
		return nil, err
	}
	if services, err := c.k(ctx, "get", "services.serving.knative.dev", "-o", fields); err == nil {
		text += services
	}
	all := specs{}
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(line, "\t")
		generation, containers, _ := strings.Cut(rest, "\t")
		n, err := strconv.Atoi(generation)
		if err != nil {
			return nil, fmt.Errorf("read the generation of %s: %w", name, err)
		}
		all[name] = spec{containers, n}
	}
	return all, nil
}
