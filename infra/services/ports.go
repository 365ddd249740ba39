package services

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strconv"
	"time"
)

// choosePorts keeps the remembered ports if all are free, and otherwise looks for n others.
func (m *memory) choosePorts(n int) error {
	if len(m.Ports) == n && portsFree(m.Ports) {
		return nil
	}
	m.Ports = nil
	for range 1000 {
		if len(m.Ports) == n {
			return nil
		}
		port, err := randomPort()
		if err != nil {
			return err
		}
		if !slices.Contains(m.Ports, port) && portsFree([]int{port}) {
			m.Ports = append(m.Ports, port)
		}
	}
	return errors.New("no free port found between 20000 and 24999; end some of the programs that listen there")
}

// randomPort stays below those that the local system gives to its programs.
func randomPort() (int, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(5000))
	if err != nil {
		return 0, fmt.Errorf("choose a port: %w", err)
	}
	return 20000 + int(n.Int64()), nil
}

func portsFree(ports []int) bool {
	for _, port := range ports {
		l, err := net.Listen("tcp", localAddress(port))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
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
