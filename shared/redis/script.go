package redis

import (
	"context"
	"crypto/sha1"
	"encoding/hex"

	goredis "github.com/redis/go-redis/v9"
)

// Script is a Lua script that Redis runs as one indivisible step.
type Script struct {
	source string
	digest string
}

// NewScript makes a Script of Lua source.
func NewScript(source string) *Script {
	sum := sha1.Sum([]byte(source)) // Redis names scripts so; nothing is secured by it
	return &Script{source: source, digest: hex.EncodeToString(sum[:])}
}

// Run runs the script and returns its reply. All keys must hash to one slot. The source only goes over the wire when
// Redis doesn't have the script (any more). After a broken connection a script may have run twice, or once although an
// error is returned: scripts have to bear that.
func (c *Client) Run(ctx context.Context, script *Script, keys []string, args ...any) (any, error) {
	replies, err := c.Do(ctx, script.command("EVALSHA", script.digest, keys, args))
	if goredis.HasErrorPrefix(err, "NOSCRIPT") {
		replies, err = c.Do(ctx, script.command("EVAL", script.source, keys, args))
	}
	if err != nil {
		return nil, err
	}
	return replies[0], nil
}

// Call is one of several runs of a script.
type Call struct {
	Keys []string
	Args []any
}

// Reply is what came of a Call.
type Reply struct {
	Value any
	Err   error
}

// RunEach runs the script once for each call, in one round trip, as Run does. One call's failure isn't another's.
func (c *Client) RunEach(ctx context.Context, script *Script, calls []Call) []Reply {
	commands, replies := make([]Command, len(calls)), make([]Reply, len(calls))
	for i, call := range calls {
		commands[i] = script.command("EVALSHA", script.digest, call.Keys, call.Args)
	}
	var unknown []int
	for i, reply := range c.each(ctx, commands) {
		replies[i] = reply
		if goredis.HasErrorPrefix(reply.Err, "NOSCRIPT") {
			unknown = append(unknown, i)
		}
	}
	commands = commands[:0]
	for _, i := range unknown {
		commands = append(commands, script.command("EVAL", script.source, calls[i].Keys, calls[i].Args))
	}
	if len(unknown) > 0 {
		for k, reply := range c.each(ctx, commands) {
			replies[unknown[k]] = reply
		}
	}
	return replies
}

func (s *Script) command(name, script string, keys []string, args []any) Command {
	command := make(Command, 0, 3+len(keys)+len(args))
	command = append(command, name, script, len(keys))
	for _, key := range keys {
		command = append(command, key)
	}
	return append(command, args...)
}
