package policy

import (
	"testing"
)

// budget is a PodDisruptionBudget.
type budget struct {
	Selector       Selector `json:"selector"`
	MaxUnavailable *int     `json:"maxUnavailable"`
}

// TestDisruptionsAreBounded: exactly one budget for everything that keeps running. Without one, a node's drain evicts all copies
// on it at once; copies that come and go by an autoscaler's will aren't held up by it.
func TestDisruptionsAreBounded(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		for _, object := range pods(objects) {
			if object.Kind == "Job" || object.Kind == "CronJob" {
				continue
			}
			count := 0
			for _, candidate := range find(objects, "PodDisruptionBudget") {
				var b budget
				candidate.decode(&b)
				if len(b.Selector.MatchLabels) > 0 && b.MaxUnavailable != nil && b.Selector.chooses(object.Pod().Metadata.Labels) {
					count++
				}
			}
			if count != 1 {
				t.Errorf("%s: it has %d PodDisruptionBudgets, want 1", object, count)
			}
		}
	})
}

// TestFunctionsScale: as Deployments with an autoscaler each, or as Knative Services.
func TestFunctionsScale(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		if overlay == "overlays/local" {
			return // one node, one copy
		}
		for _, function := range allFunctions(t) {
			object := home(t, objects, function.Name)
			if object.Kind != "Deployment" {
				continue
			}
			if len(object.Pod().Spec.TopologySpreadConstraints) < 2 {
				t.Errorf("%s: it isn't spread over zones and nodes", object)
			}
			if object.Pod().Metadata.Labels["movienow/part"] == "http" && minimum(objects, function.Name) < 2 {
				t.Errorf("%s: an autoscaler keeps %d copies, want 2 or more", object, minimum(objects, function.Name))
			}
		}
	})
}

// minimum is how many copies of a function the autoscaler keeps, 0 if there is none.
func minimum(objects []Object, function string) int {
	var scaler struct {
		ScaleTargetRef struct {
			Kind, Name string
		} `json:"scaleTargetRef"`
		MinReplicas int `json:"minReplicas"`
	}
	object, ok := find(objects, "HorizontalPodAutoscaler")[function]
	if !ok {
		return 0
	}
	object.decode(&scaler)
	if scaler.ScaleTargetRef.Kind != "Deployment" || scaler.ScaleTargetRef.Name != function {
		return 0
	}
	return scaler.MinReplicas
}

// TestEmailsScaleWithTheirQueue: by RabbitMQ's HTTP interface, which counts messages in hand too.
func TestEmailsScaleWithTheirQueue(t *testing.T) {
	t.Parallel()
	for _, overlay := range []string{"base", "overlays/eks", "overlays/eks-managed"} {
		var scaler struct {
			ScaleTargetRef struct{ Name string } `json:"scaleTargetRef"`
			Triggers       []struct {
				Type     string            `json:"type"`
				Metadata map[string]string `json:"metadata"`
			} `json:"triggers"`
		}
		find(render(t, overlay), "ScaledObject")["send-email"].decode(&scaler)
		if len(scaler.Triggers) != 1 || scaler.Triggers[0].Metadata["protocol"] != "http" ||
			scaler.Triggers[0].Metadata["queueName"] != "emails" || scaler.ScaleTargetRef.Name != "send-email" {
			t.Errorf("%s: got %+v", overlay, scaler)
		}
	}
}
