package policy

import (
	"slices"
	"strings"
	"testing"

	"movienow/shared/config"
)

// TestNoProgramRefusesItsServers hands every container of ours the settings that it would have: those that would be
// refused because a connection isn't encrypted never start. An overlay that wants plaintext has to say so.
func TestNoProgramRefusesItsServers(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		addresses, err := Addresses(objects)
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range pods(objects) {
			spec := object.Pod().Spec
			for _, container := range slices.Concat(spec.InitContainers, spec.Containers) {
				if !strings.Contains(container.Image, "movienow/") {
					continue
				}
				if err := config.RefusePlaintext(settings(objects, addresses, object.Pod(), container)); err != nil {
					t.Errorf("%s, %s: %v", object, container.Name, err)
				}
			}
		}
	})
}

// settings is what a container finds set, the addresses in Secrets and what comes from a key of a ConfigMap included.
func settings(objects []Object, addresses []Address, pod *Pod, container Container) map[string]string {
	set := environment(objects, container)
	for _, variable := range container.Env {
		if from := variable.ValueFrom.ConfigMapKeyRef; from != nil {
			set[variable.Name] = find(objects, "ConfigMap")[from.Name].Data[from.Key]
		}
	}
	for name, from := range secretsIn(pod, container) {
		for _, address := range addresses {
			if isGenerated(from.Name, address.Secret) && from.Key == address.Key {
				set[name] = address.Value
			}
		}
	}
	return set
}
