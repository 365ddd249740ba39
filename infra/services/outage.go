package services

import (
	"fmt"
	"sync"
)

// Halt ends the private server of a setting, without Failed hearing of it, until Revive.
func (s *Services) Halt(setting string) error {
	server, err := s.private(setting)
	if err != nil {
		return err
	}
	return server.Stop()
}

// Freeze stops the processes of the private server of a setting in the middle of what they do, until thaw: connections to it
// are taken by the machine, and nobody answers.
func (s *Services) Freeze(setting string) (thaw func(), err error) {
	server, err := s.private(setting)
	if err != nil {
		return nil, err
	}
	var thaws []func()
	thaw = sync.OnceFunc(func() {
		for _, one := range thaws {
			one()
		}
	})
	for _, p := range server.memory.Processes {
		one, err := p.Freeze()
		if err != nil {
			thaw()
			return nil, err
		}
		thaws = append(thaws, one)
	}
	return thaw, nil
}

// private is the server that was started for a setting.
func (s *Services) private(setting string) (*Server, error) {
	for _, k := range kinds {
		for _, server := range s.started {
			if k.setting == setting && k.name == server.Name {
				return server, nil
			}
		}
	}
	return nil, fmt.Errorf("%s has no private server", setting)
}
