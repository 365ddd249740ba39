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
	var listeners []net.Listener
	for i, host := range hosts {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			err = fmt.Errorf("port %d is in use by %s; end that, or choose another port: PORT=0 make run takes a free one", port, holder(port))
			if i > 0 {
				listeners[0].Close()
			}
			return nil, err
		case err != nil && i == 0:
			return nil, fmt.Errorf("listen on port %d (PORT=0 make run takes a free one): %w", port, err)
		case err == nil: // not every machine has IPv6
			port = listener.Addr().(*net.TCPAddr).Port
			listeners = append(listeners, listener)
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
