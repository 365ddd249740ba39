package seatlock

import (
	"context"
	"slices"
	"testing"

	"movienow/shared/cinema"
	"movienow/shared/redis"
)

// The script refuses what cinema.LeftAlone says, for all lines of up to ten places.
func TestTheScriptAgreesWithTheRuleAboutSingleSeats(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	script := redis.NewScript(h.source([]string{"single"}) + `
		local replies = {}
		for i, line in ipairs(ARGV) do
			replies[i] = leavesSingle(line) and 1 or 0
		end
		return replies`)
	lines := []string{""}
	for first := 0; len(lines[first]) < 10; first++ {
		lines = append(lines, lines[first]+"c", lines[first]+"f", lines[first]+"x")
	}
	for some := range slices.Chunk(lines, 4000) {
		reply, err := h.redis.Run(context.Background(), script, []string{showKey(show)}, withSeats(nil, some)...)
		if err != nil {
			t.Fatal(err)
		}
		for i, refused := range reply.([]any) {
			if want := len(cinema.LeftAlone(some[i])) > 0; (refused == int64(1)) != want {
				t.Fatalf("%q: the script says %v, want %v", some[i], refused, want)
			}
		}
	}
}
