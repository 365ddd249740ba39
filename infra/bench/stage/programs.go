package stage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"movienow/infra/bench/measure"
	"movienow/infra/process"
)

// startPatience is how long a program may take until it is ready, and endPatience to end.
const (
	startPatience = 30 * time.Second
	endPatience   = 10 * time.Second
)

// Function starts a function as a container has it and returns its host:port when it is ready. The settings are added to those
// that all functions get. Name tells it apart from other processes of the same function; in the table it stands for it.
func (s *Stage) Function(ctx context.Context, name, function string, settings map[string]string) (string, error) {
	port, err := process.FreePort()
	if err != nil {
		return "", err
	}
	all := maps.Clone(s.settings)
	maps.Copy(all, settings)
	all["PORT"] = strconv.Itoa(port)
	if err := s.privatePort(name, all); err != nil {
		return "", err
	}
	return s.start(ctx, name, port, "/readyz", exec.Command(filepath.Join(s.binaries(), function)), all)
}

// Sandbox starts the payment provider of development; its webhooks go to the function at host:port.
func (s *Stage) Sandbox(ctx context.Context, webhooks string) (string, error) {
	port, err := process.FreePort()
	if err != nil {
		return "", err
	}
	if err := os.RemoveAll(s.journal()); err != nil {
		return "", fmt.Errorf("delete an earlier run's payments: %w", err)
	}
	return s.start(ctx, "sandbox", port, "/healthz", exec.Command(filepath.Join(s.binaries(), "sandbox")), map[string]string{
		"PAYMENT_API_KEY": s.settings["PAYMENT_API_KEY"], "PAYMENT_WEBHOOK_SECRET": s.settings["PAYMENT_WEBHOOK_SECRET"],
		"SANDBOX_ADDRESS": fmt.Sprintf("127.0.0.1:%d", port), "SANDBOX_JOURNAL": s.journal(),
		"SANDBOX_WEBHOOK_URL": "http://" + webhooks + "/payments/webhook",
	})
}

func (s *Stage) journal() string { return filepath.Join(s.Dir, "payments") }

// Role starts this very program with one argument, the name of one of its roles, and with the settings and ADDRESS.
func (s *Stage) Role(ctx context.Context, role string, settings map[string]string) (string, error) {
	port, err := process.FreePort()
	if err != nil {
		return "", err
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	all := maps.Clone(settings)
	if all == nil {
		all = map[string]string{}
	}
	all["ADDRESS"] = fmt.Sprintf("127.0.0.1:%d", port)
	return s.start(ctx, role, port, "/healthz", exec.Command(self, role), all)
}

// start runs a program that ends with this one. Its log goes straight to a file, which costs nobody else any time.
func (s *Stage) start(ctx context.Context, name string, port int, ready string, program *exec.Cmd, settings map[string]string) (string, error) {
	if s.programs[name] != nil {
		return "", fmt.Errorf("%s runs already", name)
	}
	log, err := os.Create(filepath.Join(s.logs(), name+".log"))
	if err != nil {
		return "", fmt.Errorf("create a log: %w", err)
	}
	defer log.Close() // the program has it open too
	for key, value := range settings {
		program.Env = append(program.Env, key+"="+value)
	}
	program.Stdout, program.Stderr = log, log
	if s.programs[name], err = process.Start(program, syscall.SIGKILL); err != nil {
		delete(s.programs, name)
		return "", err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	if err := s.await(ctx, s.programs[name], "http://"+address+ready); err != nil {
		return "", fmt.Errorf("start %s: %w; see %s", name, err, log.Name())
	}
	return address, nil
}

func (s *Stage) await(ctx context.Context, program *process.Process, url string) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
			err = fmt.Errorf("it answers %s", answer.Status)
		}
		select {
		case <-ctx.Done():
			return err
		case <-program.Ended():
			return fmt.Errorf("it has ended: %s", program.How())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// End ends a program in an orderly way.
func (s *Stage) End(name string) error {
	program := s.programs[name]
	if program == nil {
		return nil
	}
	delete(s.programs, name)
	delete(s.profiled, name)
	ctx, cancel := context.WithTimeout(context.Background(), endPatience)
	defer cancel()
	return program.End(ctx, syscall.SIGTERM)
}

// EndAll ends all programs, but not the servers.
func (s *Stage) EndAll() (err error) {
	for name := range s.programs {
		err = errors.Join(err, s.End(name))
	}
	return err
}

// Resident is the memory of a program at the moment, in bytes.
func (s *Stage) Resident(name string) int64 {
	if s.programs[name] == nil {
		return 0
	}
	return measure.Processes()[s.programs[name].PID].Resident
}

// roots are the processes that are told apart in results: our programs, the servers, and this program itself, which makes
// the requests. Servers are known by their folders and names.
func (s *Stage) roots() map[string]int {
	roots := map[string]int{"load": os.Getpid()}
	for name, program := range s.programs {
		roots[name] = program.PID
	}
	for _, p := range measure.Processes() {
		if p.Parent != os.Getpid() {
			continue
		}
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", p.PID))
		folder, _ := os.Readlink(fmt.Sprintf("/proc/%d/cwd", p.PID))
		switch command := strings.TrimSpace(string(name)); {
		case command == "postgres", strings.HasPrefix(command, "beam"):
			roots[map[bool]string{true: "postgres", false: "rabbitmq"}[command == "postgres"]] = p.PID
		case command == "redis-server":
			roots[filepath.Base(folder)] = p.PID
		}
	}
	return roots
}
