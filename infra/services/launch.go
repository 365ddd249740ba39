package services

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
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
		s.isolate(cmd)
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("run %s: %w", cmd.Path, err)
		}
		s.memory.Processes = append(s.memory.Processes, newProcess(cmd.Process.Pid))
		if err := s.memory.save(s.dir); err != nil {
			return err
		}
		s.watch(cmd, s.stopping)
		if i < len(commands)-1 {
			// A companion listens on the ports counted from the end.
			if err := waitOpen(ctx, s.memory.Ports[len(s.memory.Ports)-1-i]); err != nil {
				return fmt.Errorf("run %s: %w", cmd.Path, err)
			}
		}
	}
	return nil
}

// isolate keeps the terminal's Ctrl-C from the process, so that servers end after those who use them, and ties its life
// to ours unless it is detached. A detached one gets a session of its own, or closing the terminal would end it.
func (s *Server) isolate(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	if s.Detach {
		cmd.SysProcAttr.Setsid = true
		return
	}
	cmd.SysProcAttr.Setpgid = true
	dieWithParent(cmd.SysProcAttr, s.program.stopSignal())
}

// watch reaps the process and reports an end that nobody asked for. A detached process is left to itself.
func (s *Server) watch(cmd *exec.Cmd, stopping <-chan struct{}) {
	if s.Detach {
		cmd.Process.Release()
		return
	}
	failed, name, log := s.failed, s.Name, s.LogFile()
	go func() {
		err := cmd.Wait()
		select {
		case <-stopping:
			return
		default:
		}
		if failed != nil {
			select {
			case failed <- fmt.Errorf("%s ended by itself (%v); see %s", name, err, log):
			default:
			}
		}
	}()
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
