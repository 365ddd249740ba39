package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// each does something to one copy after the other of what is chosen: to every server's, and to one of each function's.
func each(chosen func(pod) bool, do func(context.Context, *drill, pod) error) func(context.Context, *drill) error {
	return func(ctx context.Context, d *drill) error {
		listed, err := d.cluster.pods(ctx)
		if err != nil {
			return err
		}
		done := 0
		for _, p := range targets(listed, chosen) {
			now, err := d.cluster.pods(ctx)
			if err != nil {
				return err
			}
			p, found := current(now, p)
			if !found {
				continue // Knative has sent it home
			}
			begun, before := time.Now(), count(slices.DeleteFunc(now, func(p pod) bool { return !p.ready }), p.app)
			if err := do(ctx, d, p); err != nil {
				return err
			}
			if err := d.cluster.await(ctx, p.app+" is whole again", d.whole(ctx, p.app, before)); err != nil {
				return err
			}
			d.say("", "%s is whole again after %s", p.name, seconds(time.Since(begun)))
			done++
		}
		if done == 0 {
			return notShown("nothing of the kind runs at the moment")
		}
		return nil
	}
}

// targets are all copies of the chosen servers, and one of each chosen function.
func targets(pods []pod, chosen func(pod) bool) (all []pod) {
	for _, p := range pods {
		if chosen(p) && (p.isServer() || count(all, p.app) == 0) {
			all = append(all, p)
		}
	}
	return all
}

// current is a copy as it is now: a server's under its old name, a function's under any, for they come and go.
func current(pods []pod, was pod) (pod, bool) {
	i := slices.IndexFunc(pods, func(p pod) bool { return p.app == was.app && p.ready && (p.name == was.name || p.isFunction()) })
	if i < 0 {
		return pod{}, false
	}
	return pods[i], true
}

// whole says whether as many copies are ready as before, or as there should be: on Knative copies leave by themselves, and those
// of a revision that can't start are wanted for minutes.
func (d *drill) whole(ctx context.Context, app string, before int) func() (bool, error) {
	return func() (bool, error) {
		wanted, err := d.cluster.wanted(ctx, app)
		if err != nil {
			return false, err
		}
		pods, err := d.cluster.pods(ctx)
		ready := slices.DeleteFunc(pods, func(p pod) bool { return !p.ready })
		return count(ready, app) >= min(before, wanted), err
	}
}

func count(pods []pod, app string) (copies int) {
	for _, p := range pods {
		if p.app == app {
			copies++
		}
	}
	return copies
}

// remove deletes a copy in the ordinary way and waits until it is gone.
func remove(ctx context.Context, d *drill, p pod) error {
	_, err := d.cluster.k(ctx, "delete", "pod", p.name)
	return err
}

// killer is a pod that sees all processes of its node. Nothing within a container can kill its first process.
const killer = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "NAME", "labels": {"app": "drill-killer"}}, "spec": {
	"nodeName": "NODE", "hostPID": true, "restartPolicy": "Never", "terminationGracePeriodSeconds": 0,
	"tolerations": [{"operator": "Exists"}], "automountServiceAccountToken": false,
	"containers": [{"name": "killer", "image": "IMAGE", "imagePullPolicy": "IfNotPresent", "command": ["sleep", "infinity"],
		"securityContext": {"privileged": true, "runAsUser": 0}}]}}`

// script kills what belongs to the pod whose id is its argument, except for the process that holds its network. The id is
// in the names of control groups, in one of two spellings.
const script = `for group in $(grep -lE "pod($1|$(echo "$1" | tr - _))" /proc/[0-9]*/cgroup 2>/dev/null); do
	process=${group%/cgroup}
	test "$(cat "$process/comm" 2>/dev/null)" = pause || kill -9 "${process#/proc/}" 2>/dev/null
done
true # some had died with their parent`

// kill ends the first process of a copy, and all others, without a word.
func kill(ctx context.Context, d *drill, p pod) error {
	name, err := d.cluster.killerOn(ctx, p.node)
	if err != nil {
		return err
	}
	if _, err := d.cluster.run(ctx, "kubectl", "--namespace", "kube-system", "exec", name, "--", "sh", "-c", script, "sh", p.uid); err != nil {
		return err
	}
	return d.cluster.await(ctx, p.name+" has noticed that it was killed", func() (bool, error) {
		pods, err := d.cluster.pods(ctx)
		i := slices.IndexFunc(pods, func(now pod) bool { return now.uid == p.uid })
		return err == nil && (i < 0 || pods[i].restarts > p.restarts), err
	})
}

// killerOn is the name of the killer on a node. It is made when it is first needed, of an image that is there anyway.
func (c *cluster) killerOn(ctx context.Context, node string) (string, error) {
	name := "drill-killer-" + node
	image, err := c.k(ctx, "get", "cronjob", "postgres-backup", "-o", "jsonpath={.spec.jobTemplate.spec.template.spec.containers[0].image}")
	if err != nil {
		return "", err
	}
	manifest := strings.NewReplacer("NAME", name, "NODE", node, "IMAGE", strings.TrimSpace(image)).Replace(killer)
	if err := c.apply(ctx, "kube-system", manifest); err != nil {
		return "", err
	}
	if _, err := c.run(ctx, "kubectl", "--namespace", "kube-system", "wait", "pod", name, "--for=condition=Ready", "--timeout=2m"); err != nil {
		return "", fmt.Errorf("start a privileged pod in kube-system, which kill -9 needs: %w", err)
	}
	return name, nil
}
