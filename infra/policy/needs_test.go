package policy

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"movienow/infra/functions"
)

// clientOf tells which label a group of settings asks for.
var clientOf = map[string]string{
	"Database": "movienow/database", "LockRedis": "movienow/lock-redis", "CacheRedis": "movienow/cache-redis",
	"Broker": "movienow/broker", "Auth": "movienow/auth", "Payment": "movienow/payment", "Webhook": "movienow/webhook",
	"SMTP": "movienow/smtp",
}

func allFunctions(t *testing.T) []functions.Function {
	t.Helper()
	all, err := functions.All(root)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// home is the object that runs a function.
func home(t *testing.T, objects []Object, function string) Object {
	t.Helper()
	for _, object := range pods(objects) {
		if object.Metadata.Name == function && object.Metadata.Namespace == "movienow" {
			return object
		}
	}
	t.Fatalf("nothing runs the function %s", function)
	return Object{}
}

// TestFunctionsGetWhatTheyNeed compares what main.go loads with what the container is given: all of that, and no secret
// beyond it.
func TestFunctionsGetWhatTheyNeed(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		for _, function := range allFunctions(t) {
			pod := home(t, objects, function.Name).Pod()
			set, secrets := environment(objects, pod.Spec.Containers[0]), secretsIn(pod, pod.Spec.Containers[0])
			var labels []string
			for _, setting := range function.Settings {
				if _, secret := secrets[setting.Name]; secret {
					continue
				}
				if _, ok := set[setting.Name]; setting.Required && !ok {
					t.Errorf("%s: %s isn't set", function.Name, setting.Name)
				}
			}
			for _, group := range function.Groups {
				if label := clientOf[group]; label != "" {
					labels = append(labels, label)
				}
			}
			slices.Sort(labels)
			if got := clientLabels(pod); !slices.Equal(got, labels) {
				t.Errorf("%s: it is labelled as a client of %v, but main.go uses %v", function.Name, got, labels)
			}
			checkImage(t, function.Name, pod)
		}
	})
}

func clientLabels(pod *Pod) []string {
	var found []string
	for _, label := range slices.Sorted(maps.Keys(pod.Metadata.Labels)) {
		if pod.Metadata.Labels[label] == "client" {
			found = append(found, label)
		}
	}
	return found
}

func checkImage(t *testing.T, function string, pod *Pod) {
	t.Helper()
	image, _, _ := strings.Cut(pod.Spec.Containers[0].Image, "@")
	if !strings.HasSuffix(image, "movienow/"+function) {
		t.Errorf("%s: it runs the image %s", function, image)
	}
}

// secretsOf lists the secrets that only some functions may have.
var secretsOf = map[string]string{
	"database": "Database", "lock-redis": "LockRedis", "cache-redis": "CacheRedis", "broker": "Broker", "smtp": "SMTP",
}

func TestFunctionsGetNoOtherSecrets(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		for _, function := range allFunctions(t) {
			pod := home(t, objects, function.Name).Pod()
			for _, from := range secretsIn(pod, pod.Spec.Containers[0]) {
				name := from.Name
				for secret, group := range secretsOf {
					if isGenerated(name, secret) && !function.Uses(group) {
						t.Errorf("%s: it is given the secret %s, which it doesn't use", function.Name, name)
					}
				}
				if isGenerated(name, "database-owner") && function.Name != "migrate" {
					t.Errorf("%s: only migrate may own the tables", function.Name)
				}
			}
		}
	})
}

// isGenerated tells whether a name is that of the secret, with or without the hash of its content.
func isGenerated(name, secret string) bool {
	rest, ok := strings.CutPrefix(name, secret)
	return ok && (rest == "" || len(rest) == 11 && rest[0] == '-')
}

// TestFunctionsWaitForTheSchema: those that use the database start after migrate, except where Knative forbids it.
func TestFunctionsWaitForTheSchema(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		for _, function := range allFunctions(t) {
			object := home(t, objects, function.Name)
			if object.Kind != "Deployment" {
				continue
			}
			waits := false
			for _, container := range object.Pod().Spec.InitContainers {
				waits = waits || strings.Contains(container.Image, "movienow/migrate") && environment(objects, container)["MIGRATE_WAIT_ONLY"] == "true"
			}
			if uses := function.Uses("Database"); waits != uses {
				t.Errorf("%s: it waits for the schema: %t, it uses the database: %t", function.Name, waits, uses)
			}
		}
	})
}
