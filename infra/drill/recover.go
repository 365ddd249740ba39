package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// bad is a release whose listings can't start.
const bad = `# Made by the drill: a release that crashes.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: movienow
resources: [%s]
patches:
- target: {kind: Deployment, name: list-cities|reserve-seats}
  patch: '- {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: PORT, value: none}}'
- target: {kind: Service, group: serving.knative.dev, name: list-cities|reserve-seats}
  patch: '- {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: LOG_FORMAT, value: none}}'
`

// crash rolls out a release that can't start. It has to be noticed, and what ran before has to be back, and whole.
func crash(ctx context.Context, d *drill) error {
	dir := filepath.Join(d.dir, "crash")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write the bad release: %w", err)
	}
	good, err := d.folderFrom(dir)
	if err != nil {
		return fmt.Errorf("write the bad release: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), fmt.Appendf(nil, bad, good), 0o644); err != nil {
		return fmt.Errorf("write the bad release: %w", err)
	}
	before, err := d.cluster.specs(ctx)
	if err != nil {
		return err
	}
	if err := d.cluster.make(ctx, "deploy", "OVERLAY="+dir); err == nil {
		return errors.New("make deploy took a release that can't start for a good one")
	}
	after, err := d.cluster.specs(ctx)
	if err != nil {
		return err
	}
	for name, spec := range before {
		if after[name] != spec {
			return fmt.Errorf("%s isn't what it was before the bad release", name)
		}
	}
	return d.cluster.settle(ctx)
}

// specs are what the functions' workloads run. Knative's Deployments follow its Services, which have their own names.
func (c *cluster) specs(ctx context.Context) (map[string]string, error) {
	const fields = `jsonpath={range .items[*]}{.kind}/{.metadata.name}{"\t"}{.spec.template.spec.containers}{"\n"}{end}`
	text, err := c.k(ctx, "get", "deployments.apps", "--selector", "!serving.knative.dev/service", "-o", fields)
	if err != nil {
		return nil, err
	}
	if services, err := c.k(ctx, "get", "services.serving.knative.dev", "-o", fields); err == nil {
		text += services
	}
	specs := map[string]string{}
	for line := range strings.Lines(text) {
		name, spec, _ := strings.Cut(line, "\t")
		specs[name] = spec
	}
	return specs, nil
}
