package main

import (
	"context"
	"slices"
	"strings"
	"time"
)

// drain empties a node as its maintenance would, and gives it back afterwards.
func drain(ctx context.Context, d *drill) error {
	text, err := d.cluster.run(ctx, "kubectl", "get", "nodes", "-o", `jsonpath={range .items[?(@.spec.unschedulable!=true)]}{.metadata.name}{"\n"}{end}`)
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
	// A person moves the servers that have one copy; their budgets keep a drain from doing so.
	nodes = slices.DeleteFunc(nodes, func(node string) bool {
		return slices.ContainsFunc(pods, func(p pod) bool { return p.node == node && (p.app == "postgres" || p.app == "lock-redis") })
	})
	if len(nodes) == 0 {
		return notShown("every node has a server that only a person may move")
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if _, err := d.cluster.run(ctx, "kubectl", "uncordon", nodes[0]); err != nil {
			d.say("drain", "%v", err)
		}
	}()
	_, err = d.cluster.run(ctx, "kubectl", "drain", nodes[0], "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout="+patience.String())
	if err != nil {
		return err
	}
	return d.cluster.settle(ctx)
}
