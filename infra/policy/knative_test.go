package policy

import "testing"

// TestKnativeServicesAreReachedThroughTheGatewayOnly: a Service that isn't local to the cluster is published on Kourier's
// own load balancer, past the Gateway, as soon as Knative is given a domain.
func TestKnativeServicesAreReachedThroughTheGatewayOnly(t *testing.T) {
	t.Parallel()
	count := 0
	for _, object := range pods(render(t, "overlays/knative")) {
		if object.Kind != "Service" {
			continue
		}
		count++
		if got := object.Metadata.Labels["networking.knative.dev/visibility"]; got != "cluster-local" {
			t.Errorf("%s: its visibility is %q, want cluster-local", object, got)
		}
	}
	if count < 10 {
		t.Errorf("only %d Knative Services were found", count)
	}
}

// source is the part of a RabbitmqSource that rules are about.
type source struct {
	RabbitmqClusterReference struct {
		Namespace string `json:"namespace"`
	} `json:"rabbitmqClusterReference"`
	Delivery struct {
		Retry int `json:"retry"`
	} `json:"delivery"`
	Sink struct {
		Ref struct {
			Name      string `json:"name"`
			Namespace string `json:"namespace"`
		} `json:"ref"`
	} `json:"sink"`
}

// TestTheSourceCanRun: its pod has no seccompProfile and never starts where "restricted" is enforced, so it is elsewhere and
// has to say where everything is.
func TestTheSourceCanRun(t *testing.T) {
	t.Parallel()
	objects := render(t, "overlays/knative")
	object := find(objects, "RabbitmqSource")["emails"]
	home := find(objects, "Namespace")[object.Metadata.Namespace]
	if level := home.Metadata.Labels["pod-security.kubernetes.io/enforce"]; level != "baseline" {
		t.Errorf("the source's namespace %s enforces %q, want baseline", object.Metadata.Namespace, level)
	}
	var spec source
	object.decode(&spec)
	if spec.RabbitmqClusterReference.Namespace != "movienow" || spec.Sink.Ref.Namespace != "movienow" {
		t.Errorf("got %+v, want the Secret and the sink in the namespace movienow", spec)
	}
	// Doubling from 2 s, within the 30 minutes for which RabbitMQ lets a consumer hold a message.
	if seconds := 1<<(spec.Delivery.Retry+1) - 2; seconds < 600 || seconds > 1700 {
		t.Errorf("the source gives up after %d s, want some ten minutes or more and less than 30", seconds)
	}
}

// TestSendEmailTakesNothingByItselfOnKnative: the autoscaler wouldn't count it.
func TestSendEmailTakesNothingByItselfOnKnative(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		set := environment(objects, home(t, objects, "send-email").Pod().Spec.Containers[0])
		if off := set["EMAIL_CONSUME"] == "false"; off != (overlay == "overlays/knative") {
			t.Errorf("EMAIL_CONSUME is %q", set["EMAIL_CONSUME"])
		}
	})
}
