package mail

import (
	"regexp"
	"strings"
	"unicode"
)

// oneLine makes a header's value of text that isn't ours: no line breaks, no control characters.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}

// plainName is what a name looks like: letters of any script, and marks between them. A full stop is followed by a space.
var plainName = regexp.MustCompile(`^[\p{L}\p{M}](?:[\p{L}\p{M}\p{Zs}'’\-]|\.(?: |$)){0,59}$`)

// greeting addresses the customer by name if it is one. Whoever signs up chooses both the name and the address that the
// message goes to; an advertisement in the name would be delivered to a stranger with our signature.
func greeting(name string) string {
	name = strings.TrimSpace(name)
	if !plainName.MatchString(name) {
		return "Hello"
	}
	return "Hello " + name
}
