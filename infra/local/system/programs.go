package system

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"movienow/infra/process"
)

// migrate is the name of the function that prepares the servers for all others, and then ends.
const migrate = "migrate"

// lambdaHome is the program that runs a function as AWS Lambda does.
const lambdaHome = "home"

// startPatience is how long all functions together may take until they are ready.
const startPatience = time.Minute

// migrate runs the function of that name, as a deployment does before it starts the others.
func (s *System) migrate(ctx context.Context) error {
	if err := s.complete(); err != nil {
		return err
	}
	if err := announce(s.options.Dir, Running{BaseURL: s.BaseURL, Settings: s.settings, DatabaseURL: s.Services.DatabaseURL,
		CacheRedisURL: s.Services.CacheRedisURL, AMQPURL: s.Services.AMQPURL}); err != nil {
		return err
	}
	log, err := s.logs.Open(migrate)
	if err != nil {
		return err
	}
	port, err := process.FreePort()
	if err != nil {
		return err
	}
	program := exec.CommandContext(ctx, filepath.Join(s.options.Binaries, migrate))
	program.Env = s.environment(port)
	program.Stdout, program.Stderr = log, log
	process.Tie(program, syscall.SIGKILL)
	if err := program.Run(); err != nil {
		return fmt.Errorf("prepare the database and the queues: %w; see %s", err, filepath.Join(s.options.Dir, "logs", migrate+".log"))
	}
	return nil
}

// startPrograms starts every function and the payment sandbox, and loads the demo catalogue meanwhile.
func (s *System) startPrograms(ctx context.Context) error {
	functions, err := s.functions()
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func() { s.programs.Stop(context.Background()) })
	if err := s.startSandbox(); err != nil {
		return err
	}
	for _, name := range functions {
		port, err := process.FreePort()
		if err != nil {
			return err
		}
		if err := s.start(name, port, "/readyz", s.environment(port)); err != nil {
			return err
		}
		s.addresses[name] = fmt.Sprintf("127.0.0.1:%d", port)
	}
	if err := LoadCatalogue(ctx, s.Services.DatabaseURL, s.Services.CacheRedisURL, s.options.Progress); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	if err := s.programs.WaitReady(ctx); err != nil {
		return fmt.Errorf("%w\nsee the logs in %s", err, filepath.Join(s.options.Dir, "logs"))
	}
	return nil
}

// functions lists those that keep running.
func (s *System) functions() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.options.Root, "functions"))
	if err != nil {
		return nil, fmt.Errorf("list the functions: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() && entry.Name() != migrate {
			names = append(names, entry.Name())
		}
	}
	return names, nil
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
