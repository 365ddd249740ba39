package cinema

import "regexp"

// Page says which part of a list is wanted. A store returns up to Limit+1 items, so that the caller can tell whether
// there are more.
type Page struct {
	Limit int
	After []string // the sort key of the last item of the page before; empty for the first page
}

var (
	id   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

// IsID tells whether s can be the id of something in the catalogue.
func IsID(s string) bool { return id.MatchString(s) }

// IsUUID tells whether s can be the id of a show, a reservation or a booking: a UUID as RFC 9562 writes it, lower case.
func IsUUID(s string) bool { return uuid.MatchString(s) }
