package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// settle waits for every workload to be as it should be.
func (c *cluster) settle(ctx context.Context) error {
	if err := c.rolledOut(ctx, "statefulset"); err != nil {
		return err
	}
	return c.serving(ctx)
}

// serving waits for every function to be as it should be.
func (c *cluster) serving(ctx context.Context) error {
	if err := c.rolledOut(ctx, "deployment"); err != nil {
		return err
	}
	return c.servicesReady(ctx)
}

// servicesReady waits for Knative's Services, if the cluster has such.
func (c *cluster) servicesReady(ctx context.Context) error {
	return c.await(ctx, "Knative's Services are ready", func() (bool, error) {
		lines, err := c.k(ctx, "get", "services.serving.knative.dev", "-o",
			`jsonpath={range .items[*]}{.metadata.generation} {.status.observedGeneration} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}`)
		if err != nil { // the cluster doesn't know the kind
			return true, nil
		}
		return served(lines), nil
	})
}

// served says whether every Knative Service is ready as it is now: of its generation, the one seen, and the state of that.
func served(lines string) bool {
	for line := range strings.Lines(lines) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != fields[1] || fields[2] != "True" {
			return false
		}
	}
	return true
}

// rolledOut waits for every workload of a kind to have its copies ready. Knative's Deployments follow their Services.
func (c *cluster) rolledOut(ctx context.Context, kind string) error {
	names, err := c.k(ctx, "get", kind, "--selector", "!serving.knative.dev/service", "-o", "name")
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(names) {
		if _, err := c.k(ctx, "rollout", "status", name, "--timeout="+patience.String()); err != nil {
			return err
		}
	}
	return nil
}

// wanted is how many copies of a function or server there should be at the moment: with Knative, those of a revision that is on
// its way out, too.
func (c *cluster) wanted(ctx context.Context, app string) (copies int, err error) {
	text, err := c.k(ctx, "get", "deployments.apps,statefulsets.apps", "-o",
		`jsonpath={range .items[*]}{.spec.template.metadata.labels.app\.kubernetes\.io/name}{" "}{.spec.replicas}{"\n"}{end}`)
	if err != nil {
		return 0, err
	}
	return sum(text, app)
}

// sum adds up the copies of the workloads with that name, of lines with a name and a number.
func sum(lines, name string) (copies int, err error) {
	for line := range strings.Lines(lines) {
		if number, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
			n, err := strconv.Atoi(number)
			if err != nil {
				return 0, fmt.Errorf("read how many copies of %s there should be: %w", name, err)
			}
			copies += n
		}
	}
	return copies, nil
}
