package api

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strings"

	"movienow/shared/cinema"
)

// ClientNetwork is what requests of the same client have in common: its IPv4 address, or the first 64 bits of its IPv6
// address, within which a client chooses freely. It is "" if the address isn't known. Shared/server sees to it that
// RemoteAddr is the client's and not a proxy's.
func ClientNetwork(r *http.Request) string {
	connection, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	address := connection.Addr().Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	return netip.PrefixFrom(address, 64).Masked().String()
}

// SetRateLimit tells a client what its limits are and what they leave (draft-ietf-httpapi-ratelimit-headers): RateLimit
// and RateLimit-Policy, with seconds.
func SetRateLimit(w http.ResponseWriter, quotas []cinema.Quota) {
	policies, left := make([]string, len(quotas)), make([]string, len(quotas))
	for i, quota := range quotas {
		policies[i] = fmt.Sprintf("%q;q=%d;w=%d", quota.Name, quota.Limit, int(quota.Window.Seconds()))
		left[i] = fmt.Sprintf("%q;r=%d;t=%d", quota.Name, quota.Left, int(math.Ceil(quota.Reset.Seconds())))
	}
	if len(quotas) > 0 {
		w.Header().Set("RateLimit-Policy", strings.Join(policies, ", "))
		w.Header().Set("RateLimit", strings.Join(left, ", "))
	}
}
