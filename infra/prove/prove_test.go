package prove

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil))) // what the gateway says of functions that were killed
	os.Exit(m.Run())
}

const (
	contestsAtOnce = 3
	roundTime      = 4 * time.Second
)

// TestProve sells for TIME (10s if it isn't set), in rounds. SEED repeats what customers wanted in another run.
func TestProve(t *testing.T) {
	t.Parallel()
	duration, err := time.ParseDuration(cmp.Or(os.Getenv("TIME"), "10s"))
	if err != nil {
		t.Fatalf("TIME has to be a duration, such as 10m: %v", err)
	}
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("SEED"), fmt.Sprint(rand.Uint32())), 10, 64)
	if err != nil {
		t.Fatalf("SEED has to be a number: %v", err)
	}
	t.Logf("SEED=%d", seed)
	w := build(t, "plain", short, "")
	w.calmTime = calmTime
	random := rand.New(rand.NewPCG(seed, 0))
	for end := time.Now().Add(duration); time.Now().Before(end) && len(w.report.found()) == 0; {
		w.round(random, trust{holds: true, marks: true})
	}
	for _, v := range w.report.found() {
		t.Errorf("%s: %s", v.By, v.What)
	}
	t.Logf("%d histories, %d acts, %d requests", w.report.histories.Load(), w.report.acts.Load(), w.report.requests.Load())
}

// round is some contests at once, and the calm after them.
func (w *world) round(random *rand.Rand, trust trust) {
	var all sync.WaitGroup
	var contests []*contest
	for range contestsAtOnce {
		c := w.contest(random)
		contests = append(contests, c)
		seed := random.Uint64()
		all.Go(func() { c.run(seed, roundTime) })
	}
	all.Wait()
	w.settle(trust, contests)
}

// contest chooses a show and seats that nobody has bought.
func (w *world) contest(random *rand.Rand) *contest {
	c := &contest{world: w, cancelled: map[string]*cancellation{}}
	rows, _ := w.db.Query(w.Context(), `SELECT show_id::text, (array_agg(seat_number ORDER BY row_label, column_number))[1:$1]
		FROM shows JOIN seats USING (screen_id) JOIN screens USING (screen_id)
		WHERE starts_at > now() + interval '3 hours' AND seat_type = 'STANDARD' AND single_seats = 'allowed'
			AND NOT EXISTS (SELECT FROM bookings WHERE bookings.show_id = shows.show_id) AND NOT show_id::text = ANY($2)
		GROUP BY show_id ORDER BY show_id LIMIT 50`, crowd, w.used)
	type choice struct {
		show  string
		seats []string
	}
	choices, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (one choice, err error) {
		err = row.Scan(&one.show, &one.seats)
		return one, err
	})
	if err != nil || len(choices) == 0 {
		w.Fatal("there is no show left to sell: ", err)
	}
	chosen := choices[random.IntN(len(choices))]
	w.used = append(w.used, chosen.show)
	c.showID = chosen.show
	c.name = fmt.Sprintf("show-%d", len(w.used))
	copy(c.numbers[:], chosen.seats)
	return c
}
