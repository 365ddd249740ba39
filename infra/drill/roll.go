package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// rollFunctions restarts every function as the runbook does after a secret has changed. What stands in for the outside
// world is left alone: it has one copy and no claim to more.
func rollFunctions(ctx context.Context, d *drill) error {
	names, err := d.functions(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := d.restart(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// functions are the Deployments, or with Knative the Services, that requests and events go to.
func (d *drill) functions(ctx context.Context) (names []string, err error) {
	pods, err := d.cluster.pods(ctx)
	if err != nil {
		return nil, err
	}
	names = d.cluster.knative(ctx)
	for _, p := range pods {
		if name := "deployment/" + p.app; p.isFunction() && !slices.Contains(names, name) &&
			!slices.Contains(names, "service.serving.knative.dev/"+p.app) {
			names = append(names, name)
		}
	}
	return names, nil
}

// restart gives a workload new pods. A Knative Service gets a new revision.
func (d *drill) restart(ctx context.Context, name string) error {
	if !strings.HasPrefix(name, "service.") {
		_, err := d.cluster.k(ctx, "rollout", "restart", name)
		return err
	}
	return d.annotate(ctx, name, "movienow/restarted", time.Now().Format(time.RFC3339))
}

// knative are the Services of Knative, if the cluster has that.
func (c *cluster) knative(ctx context.Context) []string {
	services, err := c.k(ctx, "get", "services.serving.knative.dev", "-o", "name")
	if err != nil {
		return nil
	}
	return strings.Fields(services)
}

// annotate changes an annotation of a Knative Service's pods, which gives it a new revision. Without a value it is removed.
func (d *drill) annotate(ctx context.Context, service, annotation, value string) error {
	var wanted any
	if value != "" {
		wanted = value
	}
	change, _ := json.Marshal(map[string]any{"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{
		"annotations": map[string]any{annotation: wanted}}}}}) // can always be encoded
	_, err := d.cluster.k(ctx, "patch", service, "--type=merge", "-p", string(change))
	return err
}

// rollServers restarts the servers, one kind after the other.
func rollServers(ctx context.Context, d *drill) error {
	names, err := d.cluster.k(ctx, "get", "statefulset", "-o", "name")
	if err != nil {
		return err
	}
	if names == "" {
		return notShown("the servers are elsewhere")
	}
	for _, name := range strings.Fields(names) {
		if err := d.restart(ctx, name); err != nil {
			return err
		}
		if err := d.cluster.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// crowded are the functions that an on-sale is about.
var crowded = []string{"get-seat-map", "reserve-seats", "checkout"}

// scale has more copies made, and sends them home again. Where there are no autoscalers it sets the number of copies.
func scale(ctx context.Context, d *drill) error {
	for _, function := range crowded {
		if _, err := d.cluster.k(ctx, "get", "deployment", function); err != nil {
			return notShown("Knative scales by itself, as the load asks for")
		}
	}
	before := map[string]string{}
	for _, function := range crowded {
		copies, err := d.cluster.k(ctx, "get", "deployment", function, "-o", "jsonpath={.spec.replicas}")
		if err != nil {
			return err
		}
		before[function] = copies
		if err := d.scaleTo(ctx, function, "4"); err != nil {
			return err
		}
	}
	if err := d.cluster.settle(ctx); err != nil {
		return err
	}
	for _, function := range crowded {
		if err := d.scaleTo(ctx, function, before[function]); err != nil {
			return err
		}
	}
	return d.cluster.await(ctx, "the additional copies are gone", func() (bool, error) {
		pods, err := d.cluster.pods(ctx)
		for _, function := range crowded {
			if fmt.Sprint(count(pods, function)) != before[function] {
				return false, err
			}
		}
		return true, err
	})
}

// scaleTo sets the least number of copies where an autoscaler decides, otherwise the number.
func (d *drill) scaleTo(ctx context.Context, function, copies string) error {
	if _, err := d.cluster.k(ctx, "get", "hpa", function); err == nil {
		if _, err := d.cluster.k(ctx, "patch", "hpa", function, "--type=merge", "-p", `{"spec": {"minReplicas": `+copies+`}}`); err != nil {
			return err
		}
	}
	_, err := d.cluster.k(ctx, "scale", "deployment", function, "--replicas="+copies)
	return err
}
