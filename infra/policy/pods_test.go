package policy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"movienow/shared/config"
)

// byDigest is an image that can't become another one.
var byDigest = regexp.MustCompile(`^[^@]+@sha256:[0-9a-f]{64}$`)

func TestPodsAreLockedUp(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		for _, object := range pods(objects) {
			spec := object.Pod().Spec
			if spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken {
				t.Errorf("%s: set automountServiceAccountToken to false", object)
			}
			if account, ok := find(objects, "ServiceAccount")[spec.ServiceAccountName]; !ok {
				t.Errorf("%s: there is no ServiceAccount %q of its own: %v", object, spec.ServiceAccountName, account)
			}
			if spec.HostNetwork || spec.HostPID {
				t.Errorf("%s: it uses the node's network or processes", object)
			}
			for _, volume := range spec.Volumes {
				if volume.HostPath != nil {
					t.Errorf("%s: it mounts a folder of the node", object)
				}
			}
			for _, container := range slices.Concat(spec.InitContainers, spec.Containers) {
				checkLock(t, object, spec.SecurityContext, container)
			}
		}
	})
}

func checkLock(t *testing.T, object Object, pod SecurityContext, container Container) {
	t.Helper()
	own := container.SecurityContext
	if !is(own.RunAsNonRoot, pod.RunAsNonRoot) {
		t.Errorf("%s, %s: set runAsNonRoot", object, container.Name)
	}
	if user := orElse(own.RunAsUser, pod.RunAsUser); user == nil || *user == 0 {
		t.Errorf("%s, %s: set runAsUser to someone but root", object, container.Name)
	}
	if own.SeccompProfile.Type != "RuntimeDefault" && pod.SeccompProfile.Type != "RuntimeDefault" {
		t.Errorf("%s, %s: set seccompProfile", object, container.Name)
	}
	if !is(own.ReadOnlyRootFilesystem) {
		t.Errorf("%s, %s: set readOnlyRootFilesystem", object, container.Name)
	}
	if own.AllowPrivilegeEscalation == nil || *own.AllowPrivilegeEscalation || own.Privileged {
		t.Errorf("%s, %s: set allowPrivilegeEscalation to false", object, container.Name)
	}
	if !slices.Equal(own.Capabilities.Drop, []string{"ALL"}) || len(own.Capabilities.Add) > 0 {
		t.Errorf("%s, %s: drop all capabilities", object, container.Name)
	}
}

func is(values ...*bool) bool {
	value := orElse(values...)
	return value != nil && *value
}

// orElse is the first that is set.
func orElse[T any](values ...*T) *T {
	for _, value := range values {
		if value != nil {
			return value
		}
	}
	return nil
}

func TestContainersHaveBounds(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		for _, object := range pods(objects) {
			spec := object.Pod().Spec
			for _, container := range slices.Concat(spec.InitContainers, spec.Containers) {
				for _, resource := range []string{"cpu", "memory"} {
					if container.Resources.Requests[resource] == "" || container.Resources.Limits[resource] == "" {
						t.Errorf("%s, %s: request and limit %s", object, container.Name, resource)
					}
				}
			}
		}
	})
}

func TestServersAndFunctionsAreProbed(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		for _, object := range pods(objects) {
			if !object.Serves() {
				continue
			}
			for _, container := range object.Pod().Spec.Containers {
				for name, probe := range map[string]json.RawMessage{"startup": container.StartupProbe,
					"readiness": container.ReadinessProbe, "liveness": container.LivenessProbe} {
					if probe == nil {
						t.Errorf("%s, %s: it has no %s probe", object, container.Name, name)
					}
				}
			}
		}
	})
}

// TestPodsHaveTimeToLeave adds up what happens between the order to stop and the end.
func TestPodsHaveTimeToLeave(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		for _, object := range find(objects, "Deployment") {
			pod := object.Pod()
			if part := pod.Metadata.Labels["movienow/part"]; part != "http" && part != "worker" {
				continue
			}
			sleep := pod.Spec.Containers[0].Lifecycle.PreStop.Sleep.Seconds
			drain, err := time.ParseDuration(environment(objects, pod.Spec.Containers[0])["DRAIN_TIMEOUT"])
			if err != nil || sleep < 5 {
				t.Errorf("%s: sleep 5 s or more before stopping (got %d) and set DRAIN_TIMEOUT (%v)", object, sleep, err)
			}
			if drain < defaultDrain(t) {
				t.Errorf("%s: DRAIN_TIMEOUT is %s, want %s or more, the default, which outlasts every answer", object, drain, defaultDrain(t))
			}
			if need := sleep + int(drain.Seconds()) + 5; pod.Spec.TerminationGracePeriodSeconds < need {
				t.Errorf("%s: terminationGracePeriodSeconds is %d, want %d", object, pod.Spec.TerminationGracePeriodSeconds, need)
			}
		}
	})
}

// defaultDrain is DRAIN_TIMEOUT where nobody sets it; a test of checkout compares it with the longest answer.
func defaultDrain(t *testing.T) time.Duration {
	t.Helper()
	var settings config.Server
	if err := config.Load(t.Context(), &settings); err != nil {
		t.Fatal(err)
	}
	return settings.DrainTimeout
}

// TestKnativeWaitsForRequests: there the time that a request may take is also the time that a pod has to leave.
func TestKnativeWaitsForRequests(t *testing.T) {
	t.Parallel()
	for _, object := range pods(render(t, "overlays/knative")) {
		var spec struct {
			Template struct {
				Spec struct {
					TimeoutSeconds int `json:"timeoutSeconds"`
				} `json:"spec"`
			} `json:"template"`
		}
		object.decode(&spec)
		if need := int(defaultDrain(t).Seconds()) + 5; object.Kind == "Service" && spec.Template.Spec.TimeoutSeconds < need {
			t.Errorf("%s: timeoutSeconds is %d, want %d", object, spec.Template.Spec.TimeoutSeconds, need)
		}
	}
}

// TestContainersHaveTimeToLeave is the same for compose.
func TestContainersHaveTimeToLeave(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "infra", "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`stop_grace_period: (\w+)`).FindSubmatch(text)
	if found == nil {
		t.Fatal("compose.yaml has no stop_grace_period")
	}
	if grace, err := time.ParseDuration(string(found[1])); err != nil || grace < defaultDrain(t)+5*time.Second {
		t.Errorf("got a stop_grace_period of %s (%v), want %s or more", grace, err, defaultDrain(t)+5*time.Second)
	}
}

// environment is what a container finds set, secrets as an empty text.
func environment(objects []Object, container Container) map[string]string {
	set := map[string]string{}
	for _, source := range container.EnvFrom {
		for name, value := range find(objects, "ConfigMap")[source.ConfigMapRef.Name].Data {
			set[name] = value
		}
	}
	for _, variable := range container.Env {
		set[variable.Name] = variable.Value
	}
	return set
}

func TestImagesOnEKSAreByDigest(t *testing.T) {
	t.Parallel()
	for _, overlay := range Overlays {
		if !strings.HasPrefix(overlay, "overlays/eks") {
			continue
		}
		for _, object := range pods(render(t, overlay)) {
			spec := object.Pod().Spec
			for _, container := range slices.Concat(spec.InitContainers, spec.Containers) {
				if !byDigest.MatchString(container.Image) {
					t.Errorf("%s, %s, %s: image %s isn't by digest", overlay, object, container.Name, container.Image)
				}
			}
		}
	}
}

func TestNamespaceIsRestricted(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		labels := find(objects, "Namespace")["movienow"].Metadata.Labels
		if got := labels["pod-security.kubernetes.io/enforce"]; got != "restricted" {
			t.Errorf("got Pod Security %q, want restricted", got)
		}
	})
}
