package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// rotated are the secrets that the runbook rotates, and where their value is: the Secret's name and key.
var rotated = []struct{ name, secret, key string }{
	{"database", "database", "password"},
	{"database-owner", "database-owner", "password"},
	{"lock-redis", "lock-redis", "password"},
	{"cache-redis", "cache-redis", "password"},
	{"broker", "broker", "url"},
	{"rabbitmq-cookie", "rabbitmq", "cookie"},
	{"webhook", "payment", "webhook-secret"},
}

// rotate changes one secret after the other. What the overlay itself makes gets its old value back in the same way, or the
// next deployment would bring that back alone, and not its server.
func rotate(ctx context.Context, d *drill) error {
	for _, r := range rotated {
		begun := time.Now()
		old, applied, err := d.cluster.secret(ctx, r.secret, r.key)
		if err != nil {
			return err
		}
		values := []string{""}
		if applied {
			values = append(values, old)
		}
		for _, value := range values {
			if err := d.rotateTo(ctx, r.name, value); err != nil {
				return err
			}
		}
		seen := d.load.History.Between(begun, time.Now())
		d.say("", "%s is rotated, %d times; %d of %d requests failed: %s", r.name, len(values), seen.Failed, seen.Requests,
			strings.Join(seen.Worst(3), ", "))
	}
	return nil
}

// rotateTo changes a secret; an empty value is made up. The provider has to learn what it signs with between two steps.
func (d *drill) rotateTo(ctx context.Context, name, value string) error {
	if err := d.cluster.make(ctx, "rotate", "SECRET="+name, "VALUE="+value); err != nil {
		return err
	}
	if name != "webhook" {
		return d.cluster.settle(ctx)
	}
	both, _, err := d.cluster.secret(ctx, "payment", "webhook-secret")
	if err != nil {
		return err
	}
	value, _, _ = strings.Cut(both, ",")
	before, err := d.cluster.k(ctx, "get", "deployment", "sandbox", "-o", "jsonpath={.spec.template.spec.containers[0].env}")
	if err != nil {
		return notShown("switch the payment provider to " + value + ", then run: make rotate SECRET=webhook-end")
	}
	if _, err := d.cluster.k(ctx, "set", "env", "deployment/sandbox", "PAYMENT_WEBHOOK_SECRET="+value); err != nil {
		return err
	}
	if err := d.cluster.settle(ctx); err != nil {
		return err
	}
	if err := d.cluster.make(ctx, "rotate", "SECRET=webhook-end"); err != nil {
		return err
	}
	// From now on the Secret holds that value alone, and the stand-in reads it there again.
	_, err = d.cluster.k(ctx, "patch", "deployment", "sandbox", "--type=json", "-p",
		`[{"op": "replace", "path": "/spec/template/spec/containers/0/env", "value": `+before+`}]`)
	if err != nil {
		return err
	}
	return d.cluster.settle(ctx)
}

var inURL = regexp.MustCompile(`^[a-z]+://[^:]*:([^@]*)@`)

// secret reads a key of the newest Secret of that name, after which kustomize may have put a hash; of an address it is the
// password. applied says whether the overlay makes the Secret.
func (c *cluster) secret(ctx context.Context, name, key string) (value string, applied bool, err error) {
	text, err := c.k(ctx, "get", "secrets", "--sort-by=.metadata.creationTimestamp", "-o",
		`jsonpath={range .items[*]}{.metadata.name}{"\t"}{.data.`+key+`}{"\t"}{.metadata.annotations.kubectl\.kubernetes\.io/last-applied-configuration}{"\n"}{end}`)
	if err != nil {
		return "", false, err
	}
	full := regexp.MustCompile("^" + name + "(-[a-z0-9]{10})?$")
	found := false
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimSpace(line), "\t", 3)
		if len(fields) < 2 || !full.MatchString(fields[0]) {
			continue
		}
		decoded, err := base64.StdEncoding.DecodeString(fields[1])
		if err != nil {
			return "", false, fmt.Errorf("read the Secret %s: %w", fields[0], err)
		}
		value, applied, found = string(decoded), len(fields) == 3, true
	}
	if match := inURL.FindStringSubmatch(value); match != nil {
		value = match[1]
	}
	if !found {
		return "", false, fmt.Errorf("there is no Secret %s in the namespace %s", name, namespace)
	}
	return value, applied, nil
}
