package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"movienow/infra/process"
)

// Processors are watched for profileTime, from profileAfter on: until then things are warming up.
const (
	profileAfter = 500 * time.Millisecond
	profileTime  = time.Second
)

// privatePort gives a function a port for its profiles, if there are to be any.
func (s *Stage) privatePort(name string, settings map[string]string) error {
	if s.Profiles == "" {
		return nil
	}
	port, err := process.FreePort()
	if err != nil {
		return err
	}
	settings["PROFILES"], settings["METRICS_PORT"] = "true", strconv.Itoa(port)
	s.profiled[name] = port
	return nil
}

// Profile runs what is measured once more and writes meanwhile what each function's processors do, for "go tool pprof".
func (s *Stage) Profile(ctx context.Context, what string, run func() error) error {
	if err := os.MkdirAll(s.Profiles, 0o755); err != nil {
		return fmt.Errorf("create a folder: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // a function that has ended answers nobody
	ended := make(chan error, len(s.profiled))
	for name, port := range maps.Clone(s.profiled) {
		file := strings.NewReplacer(" ", "-", "/", "-", ",", "").Replace(what + "-" + name + ".pprof")
		go func() { ended <- profile(ctx, port, filepath.Join(s.Profiles, file)) }()
	}
	err := run()
	for range cap(ended) {
		err = errors.Join(err, <-ended)
	}
	return err
}

func profile(ctx context.Context, port int, file string) error {
	time.Sleep(profileAfter)
	url := fmt.Sprintf("http://127.0.0.1:%d/debug/pprof/profile?seconds=%.0f", port, profileTime.Seconds())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("take a profile: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("take a profile: %s, %w", answer.Status, err)
	}
	return os.WriteFile(file, text, 0o644)
}
