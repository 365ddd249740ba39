package redis

import "movienow/shared/telemetry"

var batchSizes = telemetry.NewHistogram(telemetry.Metric{Name: "movienow_redis_batch_size",
	Help:   "Callers that shared one pipeline to Redis, by server.",
	Labels: []telemetry.Label{{Name: "server"}}},
	1, 2, 4, 8, 16, 32, 64, 128)

// carried counts a pipeline by its callers.
func (c *Client) carried(callers int) {
	if server := c.server.Load(); server != nil {
		batchSizes.Observe(float64(callers), string(*server))
	}
}

// called counts a call that got no answer if err isn't nil. What the breaker refuses isn't one: nobody was asked.
func (c *Client) called(err error) {
	if server := c.server.Load(); server != nil {
		server.Called(err)
	}
}
