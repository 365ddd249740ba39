package policy

import "slices"

// NetworkPolicy is the part of a policy's specification that this repository uses.
type NetworkPolicy struct {
	PodSelector Selector `json:"podSelector"`
	PolicyTypes []string `json:"policyTypes"`
	Ingress     []Rule   `json:"ingress"`
	Egress      []Rule   `json:"egress"`
}

// Rule lets some peers through to, or from, some ports.
type Rule struct {
	From  []Peer      `json:"from"`
	To    []Peer      `json:"to"`
	Ports []PortRange `json:"ports"`
}

// PortRange is one port, or several.
type PortRange struct {
	Port    int `json:"port"`
	EndPort int `json:"endPort"` // the last of a range, 0 if it is one port
}

func (r PortRange) holds(port int) bool { return r.Port <= port && port <= max(r.Port, r.EndPort) }

// Peer is the other side of a connection.
type Peer struct {
	PodSelector       *Selector `json:"podSelector"`
	NamespaceSelector *Selector `json:"namespaceSelector"`
	IPBlock           *struct {
		CIDR string `json:"cidr"`
	} `json:"ipBlock"`
}

// Selector chooses by labels; an empty one chooses everything.
type Selector struct {
	MatchLabels map[string]string `json:"matchLabels"`
}

func (s Selector) chooses(labels map[string]string) bool {
	for name, value := range s.MatchLabels {
		if labels[name] != value {
			return false
		}
	}
	return true
}

// policies returns the network policies among the objects.
func policies(objects []Object) []NetworkPolicy {
	var all []NetworkPolicy
	for _, object := range objects {
		if object.Kind == "NetworkPolicy" {
			var policy NetworkPolicy
			object.decode(&policy)
			all = append(all, policy)
		}
	}
	return all
}

// connects tells whether pods with the labels of from may open a connection to a port of pods with the labels of to. Both
// sides have to allow it, and where no policy chooses a pod everything is allowed.
func connects(all []NetworkPolicy, from, to map[string]string, port int) bool {
	return allowed(all, "Egress", from, to, port) && allowed(all, "Ingress", to, from, port)
}

func allowed(all []NetworkPolicy, direction string, own, other map[string]string, port int) bool {
	restricted := false
	for _, policy := range all {
		if !policy.PodSelector.chooses(own) || !slices.Contains(policy.PolicyTypes, direction) {
			continue
		}
		restricted = true
		rules := policy.Ingress
		if direction == "Egress" {
			rules = policy.Egress
		}
		for _, rule := range rules {
			if rule.allows(other, port) {
				return true
			}
		}
	}
	return !restricted
}

// allows looks for a peer in the same namespace.
func (r Rule) allows(labels map[string]string, port int) bool {
	open := len(r.Ports) == 0
	for _, allowed := range r.Ports {
		open = open || allowed.holds(port)
	}
	if !open {
		return false
	}
	peers := slices.Concat(r.From, r.To)
	for _, peer := range peers {
		if peer.PodSelector != nil && peer.NamespaceSelector == nil && peer.PodSelector.chooses(labels) {
			return true
		}
	}
	return len(peers) == 0
}
