package main

import (
	"context"
	"errors"
	"strings"
	"time"
)

// drain empties a node as its maintenance would, and gives it back afterwards.
func drain(ctx context.Context, d *drill) error {
	text, err := d.cluster.run(ctx, "kubectl", "get", "nodes", "--field-selector", "spec.unschedulable=false", "-o", "jsonpath={.items[*].metadata.name}")
	if err != nil {
		return err
	}
	nodes := strings.Fields(text)
	if len(nodes) < 2 {
		return notShown("the cluster has one node, and what is evicted from it would have nowhere to go")
	}
	pods, err := d.cluster.pods(ctx)
	if err != nil {
		return err
	}
	node := drainable(nodes, pods)
	if node == "" {
		return notShown("where functions are, there is also a server that only a person may move")
	}
	alone, err := d.double(ctx, pods)
	if err != nil {
		return err
	}
	if err := d.empty(ctx, node); err != nil {
		return err
	}
	// A server whose volume, or whose place among the zones, is on that node alone is back only now.
	if err := d.cluster.settle(ctx); err != nil {
		return err
	}
	return alone.send(ctx, d)
}

// empty drains a node and waits until functions are whole without it. In any case it is given back.
func (d *drill) empty(ctx context.Context, node string) error {
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if _, err := d.cluster.run(ctx, "kubectl", "uncordon", node); err != nil {
			d.say("drain", "%v", err)
		}
	}()
	_, err := d.cluster.run(ctx, "kubectl", "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout="+patience.String())
	if err != nil {
		return err
	}
	return d.cluster.serving(ctx)
}

// drainable is the node with the most functions on it, but none with the servers that have one copy: their budgets keep a
// drain from evicting them, and a person moves them.
func drainable(nodes []string, pods []pod) (chosen string) {
	most := 0
	for _, node := range nodes {
		functions, fixed := 0, false
		for _, p := range pods {
			if p.node == node && p.isFunction() {
				functions++
			}
			fixed = fixed || p.node == node && (p.app == "postgres" || p.app == "lock-redis")
		}
		if !fixed && functions > most {
			chosen, most = node, functions
		}
	}
	return chosen
}

// single are functions that have one copy: their Deployments' names, and Knative's Services with the least copies that they keep.
type single struct {
	deployments []string
	services    map[string]string
}

// double gives functions that have one copy a second, as the runbook does: one copy can't move without a gap.
func (d *drill) double(ctx context.Context, pods []pod) (alone single, err error) {
	for _, p := range pods {
		if _, err := d.cluster.k(ctx, "get", "deployment", p.app); p.part == "http" && count(pods, p.app) == 1 && err == nil {
			alone.deployments = append(alone.deployments, p.app)
			if err := d.scaleTo(ctx, p.app, "2"); err != nil {
				return single{}, err
			}
		}
	}
	alone.services = map[string]string{}
	for _, service := range d.cluster.knative(ctx) {
		least, err := d.cluster.k(ctx, "get", service, "-o", `jsonpath={.spec.template.metadata.annotations.autoscaling\.knative\.dev/min-scale}`)
		if err != nil {
			return single{}, err
		}
		if least == "" || least == "0" || least == "1" {
			alone.services[service] = least
			// One after the other: all of them at once are more than small nodes can start.
			if err := errors.Join(d.annotate(ctx, service, leastCopies, "2"), d.cluster.servicesReady(ctx)); err != nil {
				return single{}, err
			}
		}
	}
	return alone, d.cluster.settle(ctx)
}

// leastCopies is how Knative is told how many copies to keep.
const leastCopies = "autoscaling.knative.dev/min-scale"

// send sends the second copies home.
func (s single) send(ctx context.Context, d *drill) error {
	for _, function := range s.deployments {
		if err := d.scaleTo(ctx, function, "1"); err != nil {
			return err
		}
	}
	for service, least := range s.services {
		if err := errors.Join(d.annotate(ctx, service, leastCopies, least), d.cluster.servicesReady(ctx)); err != nil {
			return err
		}
	}
	return nil
}
