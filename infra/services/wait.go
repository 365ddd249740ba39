package services

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"movienow/infra/process"
)

// choosePorts keeps the remembered ports if it may, and otherwise takes n others.
func (m *memory) choosePorts(n int) error {
	if len(m.Ports) == n && process.SamePorts(m.Ports) {
		return nil
	}
	m.Ports = nil
	for range n {
		port, err := process.FreePort()
		if err != nil {
			return err
		}
		m.Ports = append(m.Ports, port)
	}
	return nil
}

func waitOpen(ctx context.Context, port int) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", localAddress(port))
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nothing listens on port %d: %w", port, err)
		case <-time.After(pollInterval):
		}
	}
}

func localAddress(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
