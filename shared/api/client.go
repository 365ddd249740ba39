package api

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"

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
	if len(quotas) == 0 {
		return
	}
	var policies, left []byte
	for i, quota := range quotas {
		if i > 0 {
			policies, left = append(policies, ", "...), append(left, ", "...)
		}
		policies = strconv.AppendInt(append(strconv.AppendQuote(policies, quota.Name), ";q="...), int64(quota.Limit), 10)
		policies = strconv.AppendInt(append(policies, ";w="...), int64(quota.Window.Seconds()), 10)
		left = strconv.AppendInt(append(strconv.AppendQuote(left, quota.Name), ";r="...), int64(quota.Left), 10)
		left = strconv.AppendInt(append(left, ";t="...), int64(math.Ceil(quota.Reset.Seconds())), 10)
	}
	w.Header().Set("RateLimit-Policy", string(policies))
	w.Header().Set("RateLimit", string(left))
}
