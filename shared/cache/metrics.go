package cache

import (
	"strings"

	"movienow/shared/telemetry"
)

var lookups = telemetry.NewCounter(telemetry.Metric{Name: "movienow_cache_lookups_total",
	Help: "Looks into the cache's Redis, for layouts of shows and for listings: hit, or miss if there was nothing or it was stale.",
	Labels: []telemetry.Label{{Name: "cache", Values: []string{"layout", "listing"}},
		{Name: "outcome", Values: []string{"hit", "miss"}}}})

// count counts a look for the key.
func count(key string, hit bool) {
	cache, outcome := "listing", "miss"
	if strings.HasPrefix(key, "layout/") {
		cache = "layout"
	}
	if hit {
		outcome = "hit"
	}
	lookups.Inc(cache, outcome)
}
