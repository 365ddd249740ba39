package system

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"movienow/infra/functions"
	"movienow/infra/process"
)

// lambdaHome is the program that runs a function as AWS Lambda does.
const lambdaHome = "home"

// startPatience is how long all functions together may take until they are ready.
const startPatience = time.Minute

// runOnce runs the functions that prepare the servers for all others, as a deployment does.
func (s *System) runOnce(ctx context.Context) error {
	if err := s.complete(); err != nil {
		return err
	}
	if err := announce(s.options.Dir, Running{BaseURL: s.BaseURL, Settings: s.settings}); err != nil {
		return err
	}
	all, err := functions.All(s.options.Root)
	if err != nil {
		return err
	}
	for _, function := range all {
		if function.Once {
			err = errors.Join(err, s.run(ctx, function.Name))
		}
	}
	return err
}

// run runs a function to its end.
func (s *System) run(ctx context.Context, name string) error {
	log, err := s.logs.Open(name)
	if err != nil {
		return err
	}
	port, err := process.FreePort()
	if err != nil {
		return err
	}
	program := exec.CommandContext(ctx, filepath.Join(s.options.Binaries, name))
	program.Env = s.environment(port)
	program.Stdout, program.Stderr = log, log
	process.Tie(program, syscall.SIGKILL)
	if err := program.Run(); err != nil {
		return fmt.Errorf("%s failed: %w; see %s", name, err, filepath.Join(s.options.Dir, "logs", name+".log"))
	}
	return nil
}

// startPrograms starts every function and the payment sandbox.
func (s *System) startPrograms(ctx context.Context) error {
	all, err := functions.All(s.options.Root)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func() { s.programs.Stop(context.Background()) })
	if err := s.startSandbox(); err != nil {
		return err
	}
	for _, function := range all {
		if function.Once {
			continue
		}
		port, err := process.FreePort()
		if err != nil {
			return err
		}
		environment, err := s.observed(function.Name, s.environment(port))
		if err != nil {
			return err
		}
		if err := s.start(function.Name, port, "/readyz", environment); err != nil {
			return err
		}
		s.addresses[function.Name] = fmt.Sprintf("127.0.0.1:%d", port)
	}
	return nil
}

// settle loads the demo catalogue and waits until every function is ready.
func (s *System) settle(ctx context.Context) error {
	if err := LoadCatalogue(ctx, s.settings, s.options.Progress); err != nil {
		return err
	}
	s.loaded.Store(true)
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	if err := s.programs.WaitReady(ctx); err != nil {
		return fmt.Errorf("%w\nsee the logs in %s", err, filepath.Join(s.options.Dir, "logs"))
	}
	return nil
}

func (s *System) start(name string, port int, ready string, environment []string) error {
	log, err := s.logs.Open(name)
	if err != nil {
		return err
	}
	program := process.Program{
		Name: name, Path: filepath.Join(s.options.Binaries, name), Dir: s.options.Root, Env: environment,
		Ready: fmt.Sprintf("http://127.0.0.1:%d%s", port, ready), Log: log,
	}
	if s.options.Lambda && name != sandbox {
		program.Args, program.Path = []string{program.Path}, filepath.Join(s.options.Binaries, lambdaHome)
	}
	s.programs.Start(program)
	return nil
}
