package redis

import (
	"context"

	"movienow/shared/batch"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// maxPipelines is how many are under way at once. Two keep Redis busy while the other one's replies are read.
	maxPipelines = 2
	// maxCalls bounds a pipeline, so that its first caller doesn't wait long for its last.
	maxCalls = 128
)

// call is what one caller sends.
type call struct{ commands []goredis.Cmder }

// newBatcher sends the commands of concurrent callers in common pipelines. send leaves result or error in each command. Who
// gives up while waiting has sent nothing: a hold that its caller has given up would be nobody's.
//
// The library's own AutoPipeline was measured beside it: 1.4 to 2.1 times plain calls at 64 callers where this reaches 1.7 to
// 3.1, and 13 to 15% slower than a plain call when there is one caller. It also sends what nobody waits for any more.
func newBatcher(client *Client, send func(ctx context.Context, commands []goredis.Cmder)) *batch.Batcher[*call] {
	return &batch.Batcher[*call]{Trips: maxPipelines, Most: maxCalls, Takes: callTimeout, Run: func(ctx context.Context, calls []*call) {
		client.carried(len(calls))
		if len(calls) == 1 {
			send(ctx, calls[0].commands)
			return
		}
		var commands []goredis.Cmder
		for _, call := range calls {
			commands = append(commands, call.commands...)
		}
		send(ctx, commands)
	}}
}
