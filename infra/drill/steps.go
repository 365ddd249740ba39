package main

import "context"

// preparations are the steps before anybody can buy.
func preparations() []step {
	return []step{
		{name: "apply", run: apply},
		{name: "conformance", run: ask},
	}
}

// exercises are the steps during which people buy.
func exercises() []step {
	return []step{
		{name: "upgrade", calm: true, run: upgrade},
		{name: "roll-functions", calm: true, run: rollFunctions},
		{name: "scale", calm: true, run: scale},
		{name: "drain", calm: true, run: drain},
		{name: "crash", calm: true, run: crash},
		{name: "backup", calm: true, run: backUp},
		{name: "delete-functions", run: each(pod.isFunction, remove)},
		{name: "kill-functions", run: each(pod.isFunction, kill)},
		{name: "delete-servers", run: each(pod.isServer, remove)},
		{name: "kill-servers", run: each(pod.isServer, kill)},
		{name: "roll-servers", run: rollServers},
		{name: "rotate", run: rotate},
		{name: "restore", run: restore},
	}
}

// names are all steps' names.
func names() (all []string) {
	for _, s := range append(preparations(), exercises()...) {
		all = append(all, s.name)
	}
	return all
}

// apply is the runbook's installation, for overlays that can be applied as they are.
func apply(ctx context.Context, d *drill) error {
	return d.cluster.make(ctx, "deploy", "OVERLAY="+d.overlay)
}

func ask(ctx context.Context, d *drill) error {
	return d.cluster.make(ctx, "conformance", "BASE_URL="+d.baseURL)
}

// upgrade rolls the overlay out again and asks it everything, as every release does.
func upgrade(ctx context.Context, d *drill) error {
	return d.cluster.make(ctx, "deploy", "OVERLAY="+d.overlay, "BASE_URL="+d.baseURL)
}
