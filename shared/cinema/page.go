package cinema

// Page says which part of a list is wanted. A store returns up to Limit+1 items, so that the caller can tell whether
// there are more.
type Page struct {
	Limit int
	After []string // the sort key of the last item of the page before; empty for the first page
}

// IsID tells whether s can be the id of something in the catalogue: 1 to 64 letters, digits, underscores and hyphens.
func IsID(s string) bool {
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// IsUUID tells whether s can be the id of a show, a reservation or a booking: a UUID as RFC 9562 writes it, lower case.
func IsUUID(s string) bool {
	if len(s) != len("00000000-0000-0000-0000-000000000000") {
		return false
	}
	for i := range len(s) {
		c, hyphen := s[i], i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (c == '-') || !hyphen && !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}
