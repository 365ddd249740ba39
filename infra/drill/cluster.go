package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// cluster is what kubectl points at.
type cluster struct {
	overlay string
	log     *os.File // every command with its output
}

const (
	namespace = "movienow"
	// patience is how long the cluster may take for anything that isn't a rollout.
	patience = 10 * time.Minute
	// most is how much of a command's output is kept, in bytes: lists of pods would be all there is to read.
	most = 20_000
)

func newCluster(s settings) (*cluster, error) {
	log, err := os.Create(filepath.Join(s.dir, "commands.log"))
	if err != nil {
		return nil, fmt.Errorf("keep the commands' output: %w", err)
	}
	return &cluster{overlay: s.overlay, log: log}, nil
}

// close takes the drill's own pods away.
func (c *cluster) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	c.run(ctx, "kubectl", "--namespace", "kube-system", "delete", "pod", "--selector", "app=drill-killer", "--wait=false")
	c.log.Close()
}

func (c *cluster) show(line string) {
	fmt.Println(line)
	fmt.Fprintln(c.log, line)
}

// run runs a command of the runbook and returns what it wrote to its standard output.
func (c *cluster) run(ctx context.Context, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	command.Env = slices.DeleteFunc(os.Environ(), ours)
	var output, problems bytes.Buffer
	command.Stdout, command.Stderr = &output, &problems
	fmt.Fprintf(c.log, "$ %s %s\n", name, strings.Join(args, " "))
	err := command.Run()
	fmt.Fprintf(c.log, "%.*s%s", most, output.Bytes(), problems.Bytes())
	if err != nil {
		said := strings.TrimSpace(problems.String())
		if lines := strings.Split(said, "\n"); len(lines) > 3 {
			said = strings.Join(lines[len(lines)-3:], "\n")
		}
		return output.String(), fmt.Errorf("%s %.120s: %w: %s (see %s)", name, strings.Join(args, " "), err, said, c.log.Name())
	}
	return output.String(), nil
}

// ours says whether a variable is the drill's, or of the make that started it: it would change what the runbook's commands do.
func ours(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return slices.Contains([]string{"BASE_URL", "OVERLAY", "ONLY", "RATE", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"}, name)
}

// k is the runbook's k.
func (c *cluster) k(ctx context.Context, args ...string) (string, error) {
	return c.run(ctx, "kubectl", append([]string{"--namespace", namespace}, args...)...)
}

// make runs a target of the Makefile.
func (c *cluster) make(ctx context.Context, args ...string) error {
	_, err := c.run(ctx, "make", args...)
	return err
}

// apply applies a manifest.
func (c *cluster) apply(ctx context.Context, namespace, manifest string) error {
	file := c.log.Name() + ".json"
	if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
		return fmt.Errorf("write a manifest: %w", err)
	}
	defer os.Remove(file)
	_, err := c.run(ctx, "kubectl", "--namespace", namespace, "apply", "-f", file)
	return err
}

// pod is a running one.
type pod struct {
	name, uid, node string
	app             string // the function or server that it is a copy of
	part            string // http, worker, server, development
	ready           bool
	restarts        int
}

// pods are those of functions and servers that aren't on their way out.
func (c *cluster) pods(ctx context.Context) (all []pod, err error) {
	text, err := c.k(ctx, "get", "pods", "--selector", "movienow/part", "-o", "json")
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct {
			Metadata struct {
				Name, UID         string
				Labels            map[string]string
				DeletionTimestamp *time.Time
			}
			Spec   struct{ NodeName string }
			Status struct {
				ContainerStatuses []struct {
					Ready        bool
					RestartCount int
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("read the list of pods: %w", err)
	}
	for _, item := range list.Items {
		m := item.Metadata
		p := pod{name: m.Name, uid: m.UID, node: item.Spec.NodeName, app: m.Labels["app.kubernetes.io/name"], part: m.Labels["movienow/part"]}
		p.ready = len(item.Status.ContainerStatuses) > 0
		for _, container := range item.Status.ContainerStatuses {
			p.ready = p.ready && container.Ready
			p.restarts += container.RestartCount
		}
		if m.DeletionTimestamp == nil && p.part != "job" {
			all = append(all, p)
		}
	}
	return all, nil
}

// isServer and isFunction tell the parts apart. What stands in for the outside world is neither.
func (p pod) isServer() bool   { return p.part == "server" }
func (p pod) isFunction() bool { return p.part == "http" || p.part == "worker" }

// await repeats a look at the cluster until it is satisfied.
func (c *cluster) await(ctx context.Context, what string, look func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not within %s: %s", patience, what))
	defer cancel()
	for {
		// A look that fails, as it may while the cluster is busy, is repeated too.
		done, err := look()
		if done && err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w (%v)", context.Cause(ctx), err)
		case <-time.After(time.Second):
		}
	}
}
