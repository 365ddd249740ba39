package services

import (
	"context"
	"fmt"
)

// Revive starts the private servers again that have ended by themselves, with their data and at their old URLs. It must
// not run at the same time as Stop.
func (s *Services) Revive(ctx context.Context) error {
	for _, server := range s.started {
		if server.memory.running() {
			continue
		}
		url := server.URL()
		if err := server.Start(ctx); err != nil {
			return err
		}
		if server.URL() != url {
			return fmt.Errorf("%s is up again, but another program has taken its port; start everything again", server.Name)
		}
	}
	return nil
}
