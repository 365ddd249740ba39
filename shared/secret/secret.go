// Package secret is the form in which secrets are handed to clients of servers, so that they may change while a function
// runs. A client asks for its secret whenever it opens a connection or signs a request, and never keeps it.
package secret

import "net/url"

// Text is a secret: a text that stays as it is, or a function that returns the text as it is now.
type Text interface{ string | func() string }

// Reader makes a function of either form.
func Reader[T Text](secret T) func() string {
	switch secret := any(secret).(type) {
	case func() string:
		return secret
	case string:
		return Fixed(secret)
	}
	panic("there is no other form")
}

// Fixed is a secret that doesn't change.
func Fixed(text string) func() string { return func() string { return text } }

// Login is the user and password in a URL. It returns neither if the URL can't be read or has none.
func Login(address string) (user, password string) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.User == nil {
		return "", ""
	}
	password, _ = parsed.User.Password()
	return parsed.User.Username(), password
}
