package policy

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"movienow/shared/config"
)

// spare are connections that no function may take: those that PostgreSQL keeps for superusers, and a few for people.
const spare = 13

// TestConnectionsSuffice adds up what all copies of all functions may open at once, while every one of them is being
// replaced, and compares it with what PostgreSQL lets in.
func TestConnectionsSuffice(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		sum, most := 0, maxConnections(t, objects)
		for _, object := range pods(objects) {
			if object.Pod().Metadata.Labels["movienow/database"] == "client" {
				sum += copies(t, objects, object, nil) * connections(t, object)
			}
		}
		if sum+spare > most {
			t.Errorf("the functions may open %d connections and %d are spare, but PostgreSQL allows %d", sum, spare, most)
		}
	})
}

// connections is how many a copy opens.
func connections(t *testing.T, object Object) int {
	t.Helper()
	for _, setting := range object.Pod().Spec.Containers[0].Env {
		if setting.Name == "DATABASE_CONNECTIONS" {
			return number(t, setting.Value)
		}
	}
	field, _ := reflect.TypeFor[config.Database]().FieldByName("DatabaseConnections")
	return number(t, field.Tag.Get("envDefault"))
}

// maxConnections is the setting of the PostgreSQL that an overlay uses.
func maxConnections(t *testing.T, objects []Object) int {
	t.Helper()
	server, ok := find(objects, "StatefulSet")["postgres"]
	text := string(server.Spec)
	if !ok { // RDS
		template, err := os.ReadFile(filepath.Join(root, "infra", "aws", "servers.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		text = string(template)
	}
	setting := regexp.MustCompile(`max_connections(?:=|: ")(\d+)`).FindStringSubmatch(text)
	if setting == nil {
		t.Fatal("max_connections isn't set")
	}
	return number(t, setting[1])
}

func number(t *testing.T, text string) int {
	t.Helper()
	value, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// workload is what tells how many copies an object makes.
type workload struct {
	Replicas *int `json:"replicas"`
	Strategy struct {
		RollingUpdate struct {
			MaxSurge any `json:"maxSurge"`
		} `json:"rollingUpdate"`
	} `json:"strategy"`
	Template struct {
		Metadata struct {
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
	} `json:"template"`
	MaxReplicas     int `json:"maxReplicas"`
	MaxReplicaCount int `json:"maxReplicaCount"`
}

// copies is how many of the object's pods there may be while one version replaces another. A number in changed is an
// autoscaler's maximum that somebody has set by hand, for a time in which nothing is replaced.
func copies(t *testing.T, objects []Object, object Object, changed map[string]int) int {
	t.Helper()
	var own, scaler workload
	object.decode(&own)
	if object.Kind == "Service" { // of Knative: the old version ends its requests while the new one has all copies
		return 2 * number(t, own.Template.Metadata.Annotations["autoscaling.knative.dev/max-scale"])
	}
	most := 1
	if own.Replicas != nil {
		most = *own.Replicas
	}
	for _, kind := range []string{"HorizontalPodAutoscaler", "ScaledObject"} {
		if found, ok := find(objects, kind)[object.Metadata.Name]; ok {
			found.decode(&scaler)
			most = scaler.MaxReplicas + scaler.MaxReplicaCount
		}
	}
	if changed != nil {
		return max(most, changed[object.Metadata.Name])
	}
	return most + surge(t, own.Strategy.RollingUpdate.MaxSurge, most)
}

// surge is how many copies there may be more than wanted.
func surge(t *testing.T, setting any, wanted int) int {
	t.Helper()
	switch setting := setting.(type) {
	case nil:
		return 0
	case float64:
		return int(setting)
	default:
		percent := number(t, strings.TrimSuffix(fmt.Sprint(setting), "%"))
		return (wanted*percent + 99) / 100
	}
}

// TestTheRunbooksOnSaleFits does the same sum with what the runbook tells to set before an on-sale.
func TestTheRunbooksOnSaleFits(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "k8s", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	step := regexp.MustCompile(`for function in ([a-z -]+); do\s+k patch hpa "\$function" --type merge -p '(.*)'`).FindSubmatch(text)
	if step == nil {
		t.Fatal("the runbook's step for an on-sale isn't where it was")
	}
	var patch struct{ Spec workload }
	if err := json.Unmarshal(step[2], &patch); err != nil {
		t.Fatal(err)
	}
	changed := map[string]int{}
	for function := range strings.FieldsSeq(string(step[1])) {
		changed[function] = patch.Spec.MaxReplicas
	}
	for _, overlay := range []string{"base", "overlays/eks", "overlays/eks-managed"} {
		objects, sum := render(t, overlay), 0
		for _, object := range pods(objects) {
			if object.Pod().Metadata.Labels["movienow/database"] == "client" {
				sum += copies(t, objects, object, changed) * connections(t, object)
			}
		}
		if most := maxConnections(t, objects); len(changed) == 0 || sum+spare > most {
			t.Errorf("%s: with %v copies there may be %d connections, but PostgreSQL allows %d", overlay, changed, sum, most)
		}
	}
}
