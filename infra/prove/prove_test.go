package prove

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil))) // what the gateway says of functions that were killed
	code := m.Run()
	if long() {
		if err := thePage.write(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// long tells that somebody asked for a run of some length, and waits for it.
func long() bool { return os.Getenv("TIME") != "" }

const (
	contestsAtOnce = 3
	roundTime      = 4 * time.Second
	// quietRound: of so many rounds one has no faults, so that its histories can be held to everything.
	quietRound = 4
)

// TestProve sells for TIME (10s if it isn't set), in rounds. SEED repeats what customers and faults wanted in another run.
func TestProve(t *testing.T) {
	if !long() {
		t.Parallel()
	}
	random, duration := plan(t)
	w := build(t, "points", append(slices.Clone(short), pointed()...), "")
	all := faults(t)
	for end, i := time.Now().Add(duration), 1; time.Now().Before(end) && len(w.report.found()) == 0; i++ {
		count := 0
		if i%quietRound != 1 {
			count = 8 + random.IntN(6)
		}
		w.round(random, all, count)
		w.say("%s", w.report)
	}
	s := w.report.sum()
	for _, v := range s.Violations {
		t.Errorf("%s: %s", v.By, v.What)
	}
	t.Log(w.report)
	thePage.Sales = &s
}

const (
	// controlRounds is how many rounds a control has to be found out in.
	controlRounds = 6
	// controlCalm is how long its calm may take: a promise that won't be kept needn't be waited for as long.
	controlCalm = 20 * time.Second
)

// TestControls takes one guard away at a time, if a run of some length was asked for. ONLY is a regular expression for their names.
func TestControls(t *testing.T) {
	if !long() {
		return // each takes half a minute
	}
	random, _ := plan(t)
	for _, g := range guards {
		if found, err := regexp.MatchString(os.Getenv("ONLY"), g.name); err != nil || !found {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			c := g.try(t, random)
			thePage.Controls = append(thePage.Controls, c)
			if fmt.Printf("without %s: %+v\n", g.name, c); c.By == "" {
				t.Error("nobody misses it")
			}
		})
	}
}

// try sells without the guard until somebody notices.
func (g guard) try(t *testing.T, random *rand.Rand) control {
	w := build(t, "control", slices.Concat(short, pointed(), g.edits), g.sql)
	w.calmTime = controlCalm
	from := slices.DeleteFunc(faults(t), func(f fault) bool { return !slices.Contains(g.under, f.name) })
	for range controlRounds {
		w.round(random, from, 4*len(g.under))
		if found := w.report.found(); len(found) > 0 {
			return control{g.name, found[0].By, found[0].What, w.report.histories.Load()}
		}
	}
	return control{Guard: g.name, Histories: w.report.histories.Load()}
}

// plan reads TIME and SEED.
func plan(t *testing.T) (*rand.Rand, time.Duration) {
	t.Helper()
	duration, err := time.ParseDuration(cmp.Or(os.Getenv("TIME"), "10s"))
	if err != nil {
		t.Fatalf("TIME has to be a duration, such as 10m: %v", err)
	}
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("SEED"), fmt.Sprint(rand.Uint32())), 10, 64)
	if err != nil {
		t.Fatalf("SEED has to be a number: %v", err)
	}
	t.Logf("SEED=%d", seed)
	thePage.Seed = seed
	return rand.New(rand.NewPCG(seed, 0)), duration
}

// round is some contests at once, faults meanwhile, and the calm after them.
func (w *world) round(random *rand.Rand, from []fault, count int) {
	var all sync.WaitGroup
	var contests []*contest
	for range contestsAtOnce {
		c := w.contest(random)
		c.rough = count > 0
		contests = append(contests, c)
		seed := random.Uint64()
		all.Go(func() { c.run(seed, roundTime) })
	}
	trust := w.trouble(random, from, count, roundTime)
	all.Wait()
	w.settle(trust, contests)
}

// say shows progress to who asked for a long run.
func (w *world) say(format string, args ...any) {
	if long() {
		fmt.Printf(format+"\n", args...)
	}
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
