package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// behindProxies has RemoteAddr name the client where so many trusted proxies stand between it and the function: each has
// added the address that it was connected from at the end of X-Forwarded-For. What comes before that was sent by the
// client, who may write anything. If there are too few addresses, or what counts isn't one, the connection's stays.
func behindProxies(proxies int, next http.Handler) http.Handler {
	if proxies <= 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if len(forwarded) >= proxies {
			if client, ok := address(strings.TrimSpace(forwarded[len(forwarded)-proxies])); ok {
				r.RemoteAddr = net.JoinHostPort(client.String(), "0")
			}
		}
		next.ServeHTTP(w, r)
	})
}

// address reads an address that a proxy may have written with a port.
func address(text string) (netip.Addr, bool) {
	if connection, err := netip.ParseAddrPort(text); err == nil {
		return connection.Addr(), true
	}
	client, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return client, err == nil
}
