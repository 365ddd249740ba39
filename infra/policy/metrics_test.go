package policy

import (
	"fmt"
	"slices"
	"testing"
)

// scraper are the labels of the namespace in which Prometheus runs.
var scraper = map[string]string{"movienow/scraper": "true"}

// TestPrometheusFindsEveryFunction by what a pod says of itself, on the port that its container opens for it.
func TestPrometheusFindsEveryFunction(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		for _, function := range allFunctions(t) {
			object := home(t, objects, function.Name)
			if function.Once {
				continue // it has ended before anybody asks
			}
			pod := object.Pod()
			port := environment(objects, pod.Spec.Containers[0])["METRICS_PORT"]
			for annotation, want := range map[string]string{"scrape": "true", "port": port, "path": "/metrics"} {
				if got := pod.Metadata.Annotations["prometheus.io/"+annotation]; got != want || got == "" {
					t.Errorf("%s: prometheus.io/%s is %q, want %q", object, annotation, got, want)
				}
			}
			declared := slices.ContainsFunc(pod.Spec.Containers[0].Ports, func(p ContainerPort) bool {
				return p.Name == "metrics" && fmt.Sprint(p.ContainerPort) == port
			})
			if knative := object.Kind == "Service"; declared == knative { // Knative refuses a second port
				t.Errorf("%s: a port \"metrics\" %s is declared: %t", object, port, declared)
			}
		}
	})
}

// TestOnlyPrometheusReadsMetrics: its namespace reaches the metrics and nothing else, and no other namespace and no pod of ours
// reaches them.
func TestOnlyPrometheusReadsMetrics(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		all := policies(objects)
		for _, function := range allFunctions(t) {
			pod := home(t, objects, function.Name).Pod()
			port := number(t, environment(objects, pod.Spec.Containers[0])["METRICS_PORT"])
			if on := environment(objects, pod.Spec.Containers[0])["PROFILES"]; on != "" && on != "false" {
				t.Errorf("Prometheus' namespace may make profiles of %s: PROFILES is %s", function.Name, on)
			}
			if got := enters(all, scraper, pod.Metadata.Labels, port); got == function.Once {
				t.Errorf("Prometheus reaches the metrics of %s: %t", function.Name, got)
			}
			for _, other := range []int{8080, 8012, 8022, 9090} {
				if enters(all, scraper, pod.Metadata.Labels, other) {
					t.Errorf("Prometheus reaches port %d of %s", other, function.Name)
				}
			}
			for _, namespace := range []map[string]string{{}, {"movienow/gateway": "true"},
				{"kubernetes.io/metadata.name": "movienow"}, {"kubernetes.io/metadata.name": "knative-serving"}} {
				if enters(all, namespace, pod.Metadata.Labels, port) {
					t.Errorf("namespaces labelled %v reach the metrics of %s", namespace, function.Name)
				}
			}
			for _, other := range pods(objects) {
				if connects(all, other.Pod().Metadata.Labels, pod.Metadata.Labels, port) {
					t.Errorf("%s may read the metrics of %s", other, function.Name)
				}
			}
		}
	})
}

// enters tells whether pods of a namespace with these labels may open a connection to a port of pods labelled to.
func enters(all []NetworkPolicy, namespace, to map[string]string, port int) bool {
	for _, policy := range all {
		for _, rule := range policy.Ingress {
			for _, peer := range rule.From {
				open := slices.ContainsFunc(rule.Ports, func(p PortRange) bool { return p.holds(port) })
				if peer.NamespaceSelector != nil && open && peer.NamespaceSelector.chooses(namespace) && policy.PodSelector.chooses(to) {
					return true
				}
			}
		}
	}
	return false
}

// TestNoServiceLeadsToMetrics: a Service is what gateways send requests to.
func TestNoServiceLeadsToMetrics(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		for _, object := range objects {
			if object.Kind != "Service" || object.APIVersion != "v1" {
				continue
			}
			var found struct {
				Ports []struct {
					Port       int `json:"port"`
					TargetPort any `json:"targetPort"`
				} `json:"ports"`
			}
			object.decode(&found)
			for _, port := range found.Ports {
				if target := fmt.Sprint(port.TargetPort); port.Port == 9464 || target == "9464" || target == "metrics" {
					t.Errorf("%s leads to the metrics", object)
				}
			}
		}
	})
}
