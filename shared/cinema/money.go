package cinema

import "fmt"

// Money is an amount in the minor unit of its currency (cents of EUR, yen of JPY), so that sums are exact.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"` // ISO 4217, upper case
}

// minorDigits lists the currencies that don't have two decimal places (ISO 4217, table A.1).
var minorDigits = map[string]int{"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0, "KWD": 3, "BHD": 3, "TND": 3}

// String writes the amount as people read it: "12.50 EUR", "1800 JPY".
func (m Money) String() string {
	digits, special := minorDigits[m.Currency]
	if !special {
		digits = 2
	}
	if digits == 0 {
		return fmt.Sprintf("%d %s", m.Amount, m.Currency)
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	sign, amount := "", m.Amount
	if amount < 0 {
		sign, amount = "-", -amount
	}
	return fmt.Sprintf("%s%d.%0*d %s", sign, amount/unit, digits, amount%unit, m.Currency)
}
