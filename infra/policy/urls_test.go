package policy

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"movienow/shared/postgres"
	"movienow/shared/postgres/migrations"
	"movienow/shared/rabbitmq"
	"movienow/shared/redis"
)

// readers are the programs that are given an address, by its scheme. Each has a client library of its own, and takes words
// in an address that others pass on to the server.
var readers = map[string]map[string]func(ctx context.Context, address string) error{
	"postgres": {"the functions": poolReads, "migrate": migrations.Await, "psql": psqlReads},
	"redis":    {"the functions": redisReads},
	"rediss":   {"the functions": redisReads},
	"amqp":     {"the functions": func(ctx context.Context, address string) error { return rabbitmq.Declare(ctx, address) }},
	"amqps":    {"the functions": func(ctx context.Context, address string) error { return rabbitmq.Declare(ctx, address) }},
}

func poolReads(ctx context.Context, address string) error {
	db, err := postgres.Open(ctx, address, 4)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Ping(ctx)
}

func psqlReads(ctx context.Context, address string) error {
	return run(exec.CommandContext(ctx, "psql", "--no-psqlrc", "--command", "SELECT 1", address))
}

func redisReads(ctx context.Context, address string) error {
	client, err := redis.Open(address)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Ping(ctx)
}

func run(command *exec.Cmd) error {
	if output, err := command.CombinedOutput(); err != nil {
		return &commandError{err, string(output)}
	}
	return nil
}

type commandError struct {
	err    error
	output string
}

func (e *commandError) Error() string { return e.err.Error() + ": " + e.output }

// TestEveryReaderUnderstandsTheAddresses hands every form of an address in the overlays to every program that reads it.
func TestEveryReaderUnderstandsTheAddresses(t *testing.T) {
	t.Parallel()
	servers, known := triedServers(t), map[string]bool{}
	for _, overlay := range Overlays {
		objects := render(t, overlay)
		addresses, err := Addresses(objects)
		if err != nil {
			t.Fatal(err)
		}
		for _, address := range addresses {
			if address.Key != "url" {
				continue // for RabbitMQ's HTTP interface, see TestAddressesForOtherNamespacesAreWhole
			}
			form := local(t, address.Value, servers)
			if known[form] {
				continue
			}
			known[form] = true
			for reader, read := range readers[parse(t, form).Scheme] {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				if err := read(ctx, form); err != nil {
					t.Errorf("%s, Secret %s: %s can't use %s: %v", overlay, address.Secret, reader, address.Value, err)
				}
				cancel()
			}
		}
		tryJobs(t, overlay, objects, servers["postgres"])
	}
	if len(known) < 4 {
		t.Errorf("only %d forms of addresses were found", len(known))
	}
}

// tryJobs runs PostgreSQL's own programs with the environment that the overlay's jobs give them.
func tryJobs(t *testing.T, overlay string, objects []Object, server *url.URL) {
	t.Helper()
	for _, object := range find(objects, "CronJob") {
		spec := object.Pod().Spec
		for _, container := range slices.Concat(spec.InitContainers, spec.Containers) {
			set := environment(objects, container)
			if set["PGHOST"] == "" {
				continue
			}
			set["PGPASSWORD"], _ = server.User.Password()
			set["PGHOST"], set["PGPORT"], _ = net.SplitHostPort(server.Host)
			command := exec.CommandContext(t.Context(), "pg_dump", "--schema-only")
			command.Env = os.Environ()
			for name, value := range set {
				if strings.HasPrefix(name, "PG") {
					command.Env = append(command.Env, name+"="+localFile(value))
				}
			}
			if err := run(command); err != nil {
				t.Errorf("%s: %s, %s can't reach PostgreSQL: %v", overlay, object, container.Name, err)
			}
		}
	}
}

// service is the part of a Service that addresses depend on.
type service struct {
	ClusterIP string `json:"clusterIP"`
	Ports     []struct {
		Port int `json:"port"`
	} `json:"ports"`
}

// TestClientsUseServicesThatOutliveThePods: a headless Service's name is the pod's own address, which a client's resolver
// remembers for half a minute after the pod is gone. An address of the Service's own stays.
func TestClientsUseServicesThatOutliveThePods(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		hosts, err := serverHosts(objects)
		if err != nil {
			t.Fatal(err)
		}
		for host, port := range hosts {
			name, _, _ := strings.Cut(host, ".")
			object, ok := find(objects, "Service")[name]
			if !ok && strings.HasSuffix(host, ".example") {
				continue // a managed server, which isn't known here
			}
			var found service
			object.decode(&found)
			if found.ClusterIP == "None" {
				t.Errorf("clients connect to %s, which is a headless Service", host)
			}
			if port != "" && !slices.ContainsFunc(found.Ports, func(p struct {
				Port int `json:"port"`
			}) bool {
				return fmt.Sprint(p.Port) == port
			}) {
				t.Errorf("clients connect to port %s of %s, which its Service doesn't have", port, host)
			}
		}
	})
}

// serverHosts lists what clients connect to, with the ports where they are said.
func serverHosts(objects []Object) (map[string]string, error) {
	addresses, err := Addresses(objects)
	if err != nil {
		return nil, err
	}
	hosts := map[string]string{}
	for _, address := range addresses {
		parsed, err := url.Parse(address.Value)
		if err != nil {
			return nil, err
		}
		hosts[parsed.Hostname()] = parsed.Port()
	}
	for _, object := range pods(objects) {
		spec := object.Pod().Spec
		for _, container := range slices.Concat(spec.InitContainers, spec.Containers) {
			if host := environment(objects, container)["PGHOST"]; host != "" {
				hosts[host] = ""
			}
		}
	}
	return hosts, nil
}

// TestAddressesForOtherNamespacesAreWhole: a short name is looked up in the namespace of whoever reads it, and KEDA reads
// what a TriggerAuthentication names in its own.
func TestAddressesForOtherNamespacesAreWhole(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		addresses, err := Addresses(objects)
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range find(objects, "TriggerAuthentication") {
			var spec struct {
				SecretTargetRef []struct{ Name, Key string } `json:"secretTargetRef"`
			}
			object.decode(&spec)
			for _, reference := range spec.SecretTargetRef {
				for _, address := range addresses {
					if !isGenerated(address.Secret, reference.Name) || address.Key != reference.Key {
						continue
					}
					host := parse(t, address.Value).Hostname()
					if !strings.HasSuffix(host, ".movienow.svc.cluster.local") && !strings.HasSuffix(host, ".example") {
						t.Errorf("%s: %s in the Secret %s is %s, which another namespace doesn't know", object, address.Key, address.Secret, host)
					}
				}
			}
		}
	})
}
