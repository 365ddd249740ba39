package services

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"movienow/infra/process"
)

// PrometheusOptions say what a private Prometheus server watches.
type PrometheusOptions struct {
	// Rules is the file with its rules.
	Rules string
	// Targets are the addresses at which functions tell their metrics, by the functions' names.
	Targets map[string]string
}

type prometheus struct {
	dir     string
	options PrometheusOptions
}

// NewPrometheus describes a Prometheus server with its data under dir. It isn't one of those that MovieNow needs, so Start starts
// none; Find installs it.
func NewPrometheus(dir string, o PrometheusOptions) *Server {
	return newServer("prometheus", dir, &prometheus{dir: dir, options: o})
}

func (p *prometheus) ports() int                 { return 1 }
func (p *prometheus) stopSignal() syscall.Signal { return syscall.SIGTERM }

func (p *prometheus) url(m memory) string {
	u := url.URL{Scheme: "http", Host: localAddress(m.Ports[0])}
	return u.String()
}

// prepare writes the configuration, JSON being YAML. It asks often, because a developer looks on; the rules are the same as
// everywhere.
func (p *prometheus) prepare(context.Context, *memory) error {
	type object = map[string]any
	targets := []object{}
	for function, address := range p.options.Targets {
		targets = append(targets, object{"targets": []string{address}, "labels": object{"function": function}})
	}
	text, err := json.Marshal(object{
		"global":         object{"scrape_interval": "5s", "evaluation_interval": "5s"},
		"rule_files":     []string{p.options.Rules},
		"scrape_configs": []object{{"job_name": "movienow", "static_configs": targets}},
	})
	if err != nil {
		return fmt.Errorf("encode the configuration: %w", err)
	}
	return os.WriteFile(p.config(), text, 0o644)
}

func (p *prometheus) config() string { return filepath.Join(p.dir, "prometheus.json") }

func (p *prometheus) commands(m memory) ([]*exec.Cmd, error) {
	path, err := find("prometheus")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "--config.file="+p.config(), "--storage.tsdb.path="+filepath.Join(p.dir, "data"),
		"--storage.tsdb.retention.time=1d", "--web.listen-address="+localAddress(m.Ports[0]), "--log.level=warn")
	cmd.Dir = p.dir
	return []*exec.Cmd{cmd}, nil
}

func (p *prometheus) ping(ctx context.Context, target string) error {
	return process.Ready(ctx, target+"/-/ready")
}
