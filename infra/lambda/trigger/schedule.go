package trigger

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"movienow/infra/lambda/runtimeapi"
)

// Schedule invokes the function every interval until ctx ends, as EventBridge does. An invocation that fails is logged;
// the next one is its repetition.
func Schedule(ctx context.Context, function *runtimeapi.Function, interval time.Duration) {
	for {
		event, err := json.Marshal(object{
			"version": "0", "id": "00000000-0000-4000-8000-000000000000", "detail-type": "Scheduled Event", "source": "aws.events",
			"account": "123456789012", "time": time.Now().UTC().Format(time.RFC3339), "region": "local",
			"resources": []string{"arn:aws:events:local:123456789012:rule/local"}, "detail": object{},
		})
		if err != nil {
			panic(err) // strings
		}
		if _, err := function.Invoke(ctx, event); err != nil && ctx.Err() == nil {
			slog.Error("the scheduled invocation failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(interval):
		}
	}
}
