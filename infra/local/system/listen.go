package system

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// listen opens the gateway's port: on host, or else on both loopback addresses, as "localhost" may mean either.
func listen(ctx context.Context, host string, port int) ([]net.Listener, error) {
	hosts := []string{host}
	if host == "" {
		hosts = []string{"127.0.0.1", "::1"}
	}
	var config net.ListenConfig
	first, err := config.Listen(ctx, "tcp", net.JoinHostPort(hosts[0], strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d is in use by %s; end that, or choose another port: PORT=0 make run takes a free one", port, holder(port))
	}
	if err != nil {
		return nil, fmt.Errorf("listen on port %d (PORT=0 make run takes a free one): %w", port, err)
	}
	listeners := []net.Listener{first}
	if len(hosts) > 1 {
		port = first.Addr().(*net.TCPAddr).Port
		second, err := config.Listen(ctx, "tcp", net.JoinHostPort(hosts[1], strconv.Itoa(port)))
		if errors.Is(err, syscall.EADDRINUSE) {
			first.Close()
			return nil, fmt.Errorf("port %d is in use by %s; end that, or choose another port: PORT=0 make run takes a free one", port, holder(port))
		}
		if err == nil { // not every machine has IPv6
			listeners = append(listeners, second)
		}
	}
	return listeners, nil
}

// baseURL is how programs on this machine reach what listens on host.
func baseURL(host string, port int) string {
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(port))
}
