package services

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"movienow/infra/process"
)

// launch starts the server's processes in order and remembers them.
func (s *Server) launch(ctx context.Context) error {
	log, err := os.Create(s.LogFile())
	if err != nil {
		return fmt.Errorf("open its log: %w", err)
	}
	defer log.Close()
	commands, err := s.program.commands(s.memory)
	if err != nil {
		return err
	}
	s.stopping = make(chan struct{})
	for i, cmd := range commands {
		cmd.Stdout, cmd.Stderr = log, log
		p, err := s.run(cmd)
		if err != nil {
			return err
		}
		s.memory.Processes = append(s.memory.Processes, p)
		if err := s.memory.save(s.dir); err != nil {
			return err
		}
		if i < len(commands)-1 {
			// A companion listens on the ports counted from the end.
			if err := waitOpen(ctx, s.memory.Ports[len(s.memory.Ports)-1-i]); err != nil {
				return fmt.Errorf("run %s: %w", cmd.Path, err)
			}
		}
	}
	return nil
}

// run starts one process, and reports an end of it that nobody asked for. A detached process is left to itself.
func (s *Server) run(cmd *exec.Cmd) (*process.Process, error) {
	if s.Detach {
		return process.StartDetached(cmd)
	}
	p, err := process.Start(cmd, s.program.stopSignal())
	if err != nil || s.failed == nil {
		return p, err
	}
	failed, stopping, name, log := s.failed, s.stopping, s.Name, s.LogFile()
	go func() {
		<-p.Ended()
		select {
		case <-stopping:
			return
		default:
		}
		select {
		case failed <- fmt.Errorf("%s ended by itself (%s); see %s", name, p.How(), log):
		default:
		}
	}()
	return p, nil
}

// tail is the last part of a log, enough to see why a server ended.
func tail(path string) string {
	const enough = 2000
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	if len(text) > enough {
		text = text[len(text)-enough:]
	}
	return string(text)
}
