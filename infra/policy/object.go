package policy

import (
	"encoding/json"
	"fmt"
)

// Object is what all Kubernetes objects have in common.
type Object struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   Metadata          `json:"metadata"`
	Spec       json.RawMessage   `json:"spec"`
	Data       map[string]string `json:"data"` // of a ConfigMap or Secret
}

// Metadata names an object.
type Metadata struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// String names the object in messages.
func (o Object) String() string { return o.Kind + " " + o.Metadata.Name }

// Pod is the template of the pods that an object makes.
type Pod struct {
	Metadata Metadata `json:"metadata"`
	Spec     PodSpec  `json:"spec"`
}

// PodSpec is the part of a pod's specification that rules are about.
type PodSpec struct {
	ServiceAccountName            string            `json:"serviceAccountName"`
	AutomountServiceAccountToken  *bool             `json:"automountServiceAccountToken"`
	HostNetwork                   bool              `json:"hostNetwork"`
	HostPID                       bool              `json:"hostPID"`
	TerminationGracePeriodSeconds int               `json:"terminationGracePeriodSeconds"`
	SecurityContext               SecurityContext   `json:"securityContext"`
	InitContainers                []Container       `json:"initContainers"`
	Containers                    []Container       `json:"containers"`
	Volumes                       []Volume          `json:"volumes"`
	TopologySpreadConstraints     []json.RawMessage `json:"topologySpreadConstraints"`
}

// SecurityContext is a pod's or a container's.
type SecurityContext struct {
	RunAsNonRoot             *bool `json:"runAsNonRoot"`
	RunAsUser                *int  `json:"runAsUser"`
	ReadOnlyRootFilesystem   *bool `json:"readOnlyRootFilesystem"`
	AllowPrivilegeEscalation *bool `json:"allowPrivilegeEscalation"`
	Privileged               bool  `json:"privileged"`
	Capabilities             struct {
		Add  []string `json:"add"`
		Drop []string `json:"drop"`
	} `json:"capabilities"`
	SeccompProfile struct {
		Type string `json:"type"`
	} `json:"seccompProfile"`
}

// Container is one container of a pod.
type Container struct {
	Name            string          `json:"name"`
	Image           string          `json:"image"`
	Env             []EnvVar        `json:"env"`
	EnvFrom         []EnvFrom       `json:"envFrom"`
	Ports           []ContainerPort `json:"ports"`
	VolumeMounts    []VolumeMount   `json:"volumeMounts"`
	StartupProbe    json.RawMessage `json:"startupProbe"`
	ReadinessProbe  json.RawMessage `json:"readinessProbe"`
	LivenessProbe   json.RawMessage `json:"livenessProbe"`
	SecurityContext SecurityContext `json:"securityContext"`
	Lifecycle       struct {
		PreStop struct {
			Sleep struct {
				Seconds int `json:"seconds"`
			} `json:"sleep"`
		} `json:"preStop"`
	} `json:"lifecycle"`
	Resources struct {
		Requests map[string]string `json:"requests"`
		Limits   map[string]string `json:"limits"`
	} `json:"resources"`
}

// ContainerPort is a port that a container says it listens on.
type ContainerPort struct {
	Name          string `json:"name"`
	ContainerPort int    `json:"containerPort"`
}

// EnvVar is an environment variable, given directly or by a key of a Secret or ConfigMap.
type EnvVar struct {
	Name      string `json:"name"`
	Value     string `json:"value"`
	ValueFrom struct {
		SecretKeyRef    *KeyRef `json:"secretKeyRef"`
		ConfigMapKeyRef *KeyRef `json:"configMapKeyRef"`
	} `json:"valueFrom"`
}

// KeyRef names a key of a Secret or ConfigMap.
type KeyRef struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// EnvFrom makes every key of a ConfigMap an environment variable.
type EnvFrom struct {
	ConfigMapRef struct {
		Name string `json:"name"`
	} `json:"configMapRef"`
}

// VolumeMount puts a volume into a container.
type VolumeMount struct {
	Name      string `json:"name"`
	MountPath string `json:"mountPath"`
	SubPath   string `json:"subPath"`
}

// Volume is the part of a volume that rules are about.
type Volume struct {
	Name      string          `json:"name"`
	HostPath  json.RawMessage `json:"hostPath"`
	ConfigMap struct {
		Name     string `json:"name"`
		Optional bool   `json:"optional"`
	} `json:"configMap"`
	Secret struct {
		SecretName string `json:"secretName"`
		Items      []struct {
			Key  string `json:"key"`
			Path string `json:"path"`
		} `json:"items"`
	} `json:"secret"`
}

// Pod returns the template of the pods that the object makes, nil if it makes none.
func (o Object) Pod() *Pod {
	var spec struct {
		Template    *Pod `json:"template"`
		JobTemplate struct {
			Spec struct {
				Template *Pod `json:"template"`
			} `json:"spec"`
		} `json:"jobTemplate"`
	}
	switch o.Kind {
	case "Deployment", "StatefulSet", "Job", "CronJob":
	case "Service":
		if o.APIVersion != "serving.knative.dev/v1" {
			return nil
		}
	default:
		return nil
	}
	o.decode(&spec)
	if spec.Template != nil {
		return spec.Template
	}
	return spec.JobTemplate.Spec.Template
}

// Serves tells whether the object's pods run until they are told to stop.
func (o Object) Serves() bool { return o.Pod() != nil && o.Kind != "Job" && o.Kind != "CronJob" }

// decode reads the specification. One that doesn't fit is a mistake in the types here: the schemas were checked before.
func (o Object) decode(into any) {
	if err := json.Unmarshal(o.Spec, into); err != nil {
		panic(fmt.Sprintf("%s: %v", o, err))
	}
}
