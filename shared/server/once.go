package server

import (
	"context"
	"encoding/json"
)

// Once runs a function that does its work and ends: as a Lambda function at each invocation, whatever the event says, else
// now. A Kubernetes Job tries again when the error makes the process end with status 1.
func Once(ctx context.Context, work func(context.Context) error) error {
	if inLambda() {
		return workLambda(ctx, func(ctx context.Context, _ json.RawMessage) error { return work(ctx) })
	}
	return work(ctx)
}
