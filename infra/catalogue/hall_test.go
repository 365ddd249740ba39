package catalogue_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"movienow/shared/cinema"
	"movienow/shared/layout"
)

// What customers are told of a hall is what its drawing and its line in screens.csv say.
func TestAHallIsAsItIsDrawn(t *testing.T) {
	t.Parallel()
	const screens = "screen_id,theater_id,name,layout,single_seats\nlumen-1,lumen,Saal 1,tiny,"
	type hall struct {
		Rows []string
		Best cinema.Spot
		Rule cinema.SingleSeats
	}
	tests := map[string]struct {
		drawing, rule string
		want          hall
	}{
		"no spot is marked":           {"A sss\nB s.ss\nC ssss\n", "", hall{[]string{"A", "B", "C"}, cinema.Spot{Row: "C", Column: 2.5}, "allowed"}},
		"rows in another order":       {"C ss\nA ss\nB ss\n", "allowed", hall{[]string{"C", "A", "B"}, cinema.Spot{Row: "B", Column: 1.5}, "allowed"}},
		"a seat is marked":            {"A ss\nB sSs\nC ss\n", "refused", hall{[]string{"A", "B", "C"}, cinema.Spot{Row: "B", Column: 2}, "refused"}},
		"an aisle is the best spot":   {"A ss\nB sS.Ss\n", "refused", hall{[]string{"A", "B"}, cinema.Spot{Row: "B", Column: 3}, "refused"}},
		"rows of one and two letters": {"Z ss\nAA SSs\n", "", hall{[]string{"Z", "AA"}, cinema.Spot{Row: "AA", Column: 1.5}, "allowed"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			files := with(house(at("faust", 1, "20:00")), "layouts/tiny.txt", test.drawing)
			b.load(with(files, "screens.csv", screens+test.rule+"\n"), time.Now())
			show, err := layout.New(b.db, b.cache).Show(context.Background(), b.shows("faust")[0].ShowID)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, hall{show.Rows, show.BestSpot, show.SingleSeats}); diff != "" {
				t.Error(diff)
			}
			if show.Seats[0].Row != test.want.Rows[0] {
				t.Errorf("the first seat is %s, want one of row %s", show.Numbers[0], test.want.Rows[0])
			}
		})
	}
}

// The version before loads screens without what this one knows of halls.
func TestAHallOfTheVersionBefore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.load(with(house(at("faust", 1, "20:00")), "layouts/tiny.txt", "Z ss\nAA ss\nB ss\n"), time.Now())
	b.execute(`UPDATE screens SET row_labels = DEFAULT, best_row = DEFAULT, best_column = DEFAULT, single_seats = DEFAULT`)
	got, err := b.db.Layout(context.Background(), b.shows("faust")[0].ShowID)
	if err != nil || got.SingleSeats != cinema.SingleSeatsAllowed || got.BestSpot != nil {
		t.Fatalf("got %+v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"B", "Z", "AA"}, cinema.Rows(got.Seats)); diff != "" {
		t.Error(diff)
	}
}
