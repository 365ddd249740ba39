package seatlock

import (
	"context"
	"slices"
	"testing"
	"time"

	"movienow/infra/testenv"
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

// The rule ends when few seats are left, as far as the last load of the marks knows, and shortly before the show.
func TestTheRuleAboutSingleSeatsEnds(t *testing.T) {
	t.Parallel()
	row, _ := plan(1)
	sold := []string{"A17", "A18", "A19", "A20"}
	for name, test := range map[string]struct {
		ends time.Duration // from now
		most int           // seats that may be sold
		kind cinema.Kind
	}{
		"few are sold":   {time.Hour, 5, cinema.LeavesSingleSeat},
		"many are sold":  {time.Hour, 4, ""},
		"the show is on": {-time.Millisecond, 5, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHall(t, testenv.Redis(t), &boxOffice{booked: known(sold...)})
			wish := wish(show, "A2", "A3")
			wish.Rule = &Rule{Ends: time.Now().Add(test.ends), Sold: test.most, Line: row.Line}
			_, _, err := h.Acquire(context.Background(), Client{UserID: alice.ID}, wish)
			wantKind(t, err, test.kind)
		})
	}
}
