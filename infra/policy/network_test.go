package policy

import (
	"slices"
	"strings"
	"testing"
)

// servers are what functions connect to, by the group of settings that says so.
var servers = map[string]struct {
	name string
	port int
}{
	"Database": {"postgres", 5432}, "LockRedis": {"lock-redis", 6379}, "CacheRedis": {"cache-redis", 6379}, "Broker": {"rabbitmq", 5672},
}

// TestOnlyEdgesThatExistAreOpen asks for every pair of function and server whether the policies let them connect, and
// whether the function has that server's settings.
func TestOnlyEdgesThatExistAreOpen(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		all := policies(objects)
		if _, ok := find(objects, "StatefulSet")["postgres"]; !ok {
			return // its servers are elsewhere, see TestManagedServersAreReachable
		}
		for _, function := range allFunctions(t) {
			own := home(t, objects, function.Name).Pod().Metadata.Labels
			for group, server := range servers {
				theirs := find(objects, "StatefulSet")[server.name].Pod().Metadata.Labels
				want := function.Uses(group)
				if got := connects(all, own, theirs, listens(objects, server.name, server.port)); got != want {
					t.Errorf("%s to %s: the policies allow it: %t, main.go uses it: %t", function.Name, server.name, got, want)
				}
				if connects(all, theirs, own, 8080) {
					t.Errorf("%s may connect to %s", server.name, function.Name)
				}
			}
			for _, other := range allFunctions(t) {
				if connects(all, own, home(t, objects, other.Name).Pod().Metadata.Labels, 8080) {
					t.Errorf("%s may connect to %s", function.Name, other.Name)
				}
			}
		}
	})
}

// TestRabbitMQsNodesReachEachOther on the ports for finding each other, for their own traffic, and for the command-line
// tools, each of which is a node of its own for a moment and is answered on one of a range.
func TestRabbitMQsNodesReachEachOther(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		node, ok := find(objects, "StatefulSet")["rabbitmq"]
		if !ok {
			return
		}
		labels := node.Pod().Metadata.Labels
		for _, port := range []int{4369, 25672, 35672, 35677, 35682} {
			if !connects(policies(objects), labels, labels, port) {
				t.Errorf("the nodes can't reach each other on port %d", port)
			}
		}
	})
}

// listens is the port of a server for its clients: RabbitMQ has another one for TLS.
func listens(objects []Object, server string, port int) int {
	var found service
	find(objects, "Service")[server].decode(&found)
	for _, open := range found.Ports {
		if open.Port == 5671 {
			return open.Port
		}
	}
	return port
}

// managed are the ports of the servers outside the cluster.
var managed = map[string]int{"Database": 5432, "LockRedis": 6379, "CacheRedis": 6379, "Broker": 5671}

func TestManagedServersAreReachable(t *testing.T) {
	t.Parallel()
	objects := render(t, "overlays/eks-managed")
	for _, function := range allFunctions(t) {
		own := home(t, objects, function.Name).Pod().Metadata.Labels
		want := map[int]bool{}
		for _, group := range function.Groups {
			want[managed[group]] = true
		}
		for _, port := range managed {
			if got := reachesVPC(policies(objects), own, port); got != want[port] {
				t.Errorf("%s to port %d of managed servers: the policies allow it: %t, main.go uses it: %t", function.Name, port, got, want[port])
			}
		}
	}
}

// reachesVPC tells whether a policy lets a pod connect to a port within the VPC.
func reachesVPC(all []NetworkPolicy, own map[string]string, port int) bool {
	for _, policy := range all {
		for _, rule := range policy.Egress {
			for _, peer := range rule.To {
				within := peer.IPBlock != nil && strings.HasPrefix(peer.IPBlock.CIDR, "10.20.")
				for _, open := range rule.Ports {
					if policy.PodSelector.chooses(own) && within && open.Port == port {
						return true
					}
				}
			}
		}
	}
	return false
}

func TestEverythingElseIsDenied(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		var deny NetworkPolicy
		find(objects, "NetworkPolicy")["deny-all"].decode(&deny)
		if len(deny.PodSelector.MatchLabels) > 0 || len(deny.Ingress)+len(deny.Egress) > 0 || len(deny.PolicyTypes) != 2 {
			t.Errorf("got %+v, want a policy that denies everything to all pods", deny)
		}
		for _, policy := range policies(objects) {
			for _, rule := range slices.Concat(policy.Ingress, policy.Egress) {
				if len(rule.From)+len(rule.To) == 0 || len(rule.Ports) == 0 {
					t.Errorf("a policy for %v opens a side to everybody, or every port", policy.PodSelector.MatchLabels)
				}
			}
		}
	})
}
