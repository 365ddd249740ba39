package policy

import (
	"path"
	"strings"
	"testing"
)

// secretsIn tells which keys of Secrets a container has its settings from: as variables, or as the files that variables
// called X_FILE name.
func secretsIn(pod *Pod, container Container) map[string]KeyRef {
	files, found := mountedSecrets(pod, container), map[string]KeyRef{}
	for _, variable := range container.Env {
		if from := variable.ValueFrom.SecretKeyRef; from != nil {
			found[variable.Name] = *from
		}
		if name, ok := strings.CutSuffix(variable.Name, "_FILE"); ok {
			if from, mounted := files[variable.Value]; mounted {
				found[name] = from
			}
		}
	}
	return found
}

// mountedSecrets finds the keys of Secrets by the files that they are in a container.
func mountedSecrets(pod *Pod, container Container) map[string]KeyRef {
	files := map[string]KeyRef{}
	for _, mount := range container.VolumeMounts {
		for _, volume := range pod.Spec.Volumes {
			if volume.Name != mount.Name {
				continue
			}
			for _, item := range volume.Secret.Items {
				files[path.Join(mount.MountPath, item.Path)] = KeyRef{Name: volume.Secret.SecretName, Key: item.Key}
			}
		}
	}
	return files
}

// TestSecretsFollowTheirRotation: what is rotated while functions run has to reach them as a file. A variable keeps its
// value until the pod ends, and so does a file that is mounted by a subPath.
func TestSecretsFollowTheirRotation(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		for _, function := range allFunctions(t) {
			pod := home(t, objects, function.Name).Pod()
			container := pod.Spec.Containers[0]
			for _, variable := range container.Env {
				if variable.ValueFrom.SecretKeyRef != nil && variable.Name != "SMTP_USERNAME" {
					t.Errorf("%s: %s is a variable; mount the Secret and set %s_FILE", function.Name, variable.Name, variable.Name)
				}
				if strings.HasPrefix(variable.Value, "/run/secrets/") && mountedSecrets(pod, container)[variable.Value].Name == "" {
					t.Errorf("%s: %s names %s, where no Secret is mounted", function.Name, variable.Name, variable.Value)
				}
			}
			for _, mount := range container.VolumeMounts {
				if mount.SubPath != "" {
					t.Errorf("%s: %s is mounted by a subPath", function.Name, mount.Name)
				}
			}
		}
	})
}
