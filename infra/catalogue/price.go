package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"movienow/shared/cinema"
)

// evening is the hour, by the theater's clock, from which a show costs the evening's price.
const evening = 17

// tariff is what the types of seat cost in one currency.
type tariff map[cinema.SeatType]struct{ matinee, evening cinema.Money }

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

func (r *reading) price(line row) error {
	currency, seatType := line.values["currency"], cinema.SeatType(line.values["seat_type"])
	if !currencyCode.MatchString(currency) {
		return fmt.Errorf("currency is %q; use the three capital letters of ISO 4217", currency)
	}
	types := []cinema.SeatType{cinema.Standard, cinema.Premium, cinema.Wheelchair, cinema.Companion}
	if !slices.Contains(types, seatType) {
		return fmt.Errorf("seat_type is %q; there are %v", seatType, types)
	}
	if _, exists := r.prices[currency][seatType]; exists {
		return fmt.Errorf("the price of %s in %s is there twice", seatType, currency)
	}
	matinee, err := line.number("matinee")
	if err != nil {
		return err
	}
	evening, err := line.number("evening")
	if err != nil {
		return err
	}
	if r.prices[currency] == nil {
		r.prices[currency] = tariff{}
	}
	r.prices[currency][seatType] = struct{ matinee, evening cinema.Money }{
		cinema.Money{Amount: matinee, Currency: currency}, cinema.Money{Amount: evening, Currency: currency}}
	return nil
}

// complete returns an error if there is a seat without a price.
func (t tariff) complete(seats []cinema.Seat) error {
	for _, seat := range seats {
		if _, priced := t[seat.Type]; !priced {
			return fmt.Errorf("there is no price of a %s seat", seat.Type)
		}
	}
	return nil
}

// at returns the prices of a show that starts at a local time.
func (t tariff) at(local time.Time) map[cinema.SeatType]cinema.Money {
	prices := map[cinema.SeatType]cinema.Money{}
	for seatType, price := range t {
		prices[seatType] = price.matinee
		if local.Hour() >= evening {
			prices[seatType] = price.evening
		}
	}
	return prices
}
