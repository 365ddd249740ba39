// Package invariants holds the questions, in SQL, whose answers show whether MovieNow has kept its promises: no seat sold
// twice, nothing confirmed without money, no e-mail missing. They can be asked through any client of PostgreSQL.
package invariants

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed invariants.sql
var text string

// Rule is something that must hold.
type Rule struct {
	Name string // what a violation is, such as "seats sold twice"
	SQL  string // returns a row of one text for each violation
}

// Rules are all rules, in the order of the file.
func Rules() (rules []Rule) {
	for _, section := range strings.Split(text, "\n\n-- ")[1:] {
		name, sql, _ := strings.Cut(section, "\n")
		rules = append(rules, Rule{strings.TrimSpace(name), strings.TrimSpace(sql)})
	}
	return rules
}

// Books says what is wrong with the payment provider's books about a booking of this status, which has so many charges and refunds
// there; nothing if that is as it must be. The status of a booking that isn't there is empty. It holds once nothing is under way.
func Books(status string, charges, refunds int) string {
	want := charges == refunds && charges <= 1 // nothing was taken, or it went back
	switch status {
	case "CONFIRMED":
		want = charges == 1 && refunds == 0
	case "CANCELLED":
		want = charges == 1 && refunds == 1
	}
	if want {
		return ""
	}
	return fmt.Sprintf("is %q, with %d charges and %d refunds", status, charges, refunds)
}

// Query asks all of them at once: a row for each rule with its name, the number of violations and one of them as an example.
func Query() string {
	var parts []string
	for i, rule := range Rules() {
		parts = append(parts, fmt.Sprintf("SELECT %d AS position, $$%s$$ AS rule, count(*) AS violations, coalesce(min(violation), '') AS example\nFROM (%s) AS found (violation)",
			i, rule.Name, rule.SQL))
	}
	return "SELECT rule, violations, example FROM (\n" + strings.Join(parts, "\nUNION ALL\n") + "\n) AS answers ORDER BY position"
}
