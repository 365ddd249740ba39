package cinema

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMoneyReadsLikeAPrice(t *testing.T) {
	t.Parallel()
	for want, money := range map[string]Money{
		"12.50 EUR":  {1250, "EUR"},
		"0.05 EUR":   {5, "EUR"},
		"-3.00 USD":  {-300, "USD"},
		"1800 JPY":   {1800, "JPY"},
		"1.005 KWD":  {1005, "KWD"},
		"0.00 BRL":   {0, "BRL"},
		"-0.001 TND": {-1, "TND"},
	} {
		if got := money.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func layout(seats ...string) Layout {
	l := Layout{ShowID: "show"}
	for i, seat := range seats {
		l.Seats = append(l.Seats, Seat{SeatNumber: seat, Type: Standard, Price: Money{int64(100 * (i + 1)), "EUR"}})
	}
	return l
}

func TestSeatsArePricedInOneOrder(t *testing.T) {
	t.Parallel()
	l := layout("A2", "A10", "AA1", "B1", "Z9")
	want := []string{"A2", "A10", "B1", "Z9", "AA1"}
	for _, wanted := range [][]string{{"AA1", "Z9", "B1", "A10", "A2"}, {"B1", "A2", "AA1", "A10", "Z9"}} {
		seats, total, err := l.Price(wanted)
		if err != nil || total != (Money{1500, "EUR"}) {
			t.Fatalf("got %v, %v", total, err)
		}
		if got := seatNumbers(seats); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if _, _, err := l.Price([]string{"A2", "C1"}); !pointsAt(err, "/seats/1") {
		t.Errorf("got %v, want it to point at the seat that isn't there", err)
	}
}

func TestWishesForSeatsAreChecked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		seats   []string
		pointer string
	}{
		"one":           {[]string{"A1"}, ""},
		"ten":           {strings.Fields("A1 A2 A3 A4 A5 A6 A7 A8 A9 A10"), ""},
		"none":          {nil, "/seats"},
		"eleven":        {strings.Fields("A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11"), "/seats"},
		"twice":         {strings.Fields("A1 A2 A1"), "/seats/2"},
		"empty":         {[]string{""}, "/seats/0"},
		"much too long": {[]string{"A1", "A12345678"}, "/seats/1"},
	} {
		err := ValidateSeats(test.seats)
		if (err == nil) != (test.pointer == "") || (err != nil && !pointsAt(err, test.pointer)) {
			t.Errorf("%s: got %v, want it to point at %q", name, err, test.pointer)
		}
	}
}

func pointsAt(err error, pointer string) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == Invalid && len(e.Fields) == 1 && e.Fields[0].Pointer == pointer
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string][2]bool{
		"kino-lumen_2":                         {true, false},
		"0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b": {true, true},
		"0190A1B2-C3D4-7E5F-8A6B-7C8D9E0F1A2B": {true, false},
		"":                                     {false, false},
		"a/b":                                  {false, false},
		"a\x00":                                {false, false},
		"a\n":                                  {false, false},
		strings.Repeat("a", 65):                {false, false},
	} {
		if got := [2]bool{IsID(id), IsUUID(id)}; got != want {
			t.Errorf("%q: got %v, want %v", id, got, want)
		}
	}
}

func TestReferencesAreReadableAndDiffer(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)
	seen := map[string]bool{}
	for range 1000 {
		reference := NewReference()
		if !form.MatchString(reference) || seen[reference] {
			t.Fatalf("got %q, want a new reference", reference)
		}
		seen[reference] = true
	}
}

func TestErrorsKeepTheirCauseFromClients(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial 10.0.0.1: refused")
	err := fmt.Errorf("reserve: %w", Down("redis", cause))
	var e *Error
	if !errors.As(err, &e) || e.Kind != Unavailable || e.RetryAfter < time.Second || strings.Contains(e.Detail, "10.0.0.1") {
		t.Errorf("got %+v, want it unavailable without the address", e)
	}
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), "redis") || KindOf(err) != Unavailable || KindOf(cause) != "" {
		t.Errorf("got %v, want the log to have the cause", err)
	}
}
