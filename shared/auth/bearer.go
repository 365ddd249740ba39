package auth

import (
	"net/http"
	"strings"

	"movienow/shared/cinema"
)

// maxToken is the longest token that is looked at, in bytes. Real ones have about one thousand.
const maxToken = 8 << 10

// bearerToken takes the token from the Authorization header (RFC 6750, section 2.1). Several headers are refused, because
// a proxy in front of this server might have looked at another one of them.
func bearerToken(header http.Header) (string, error) {
	values := header.Values("Authorization")
	if len(values) == 0 {
		return "", cinema.Errorf(cinema.Unauthenticated, "Sign in: send the header \"Authorization: Bearer\" with your token.")
	}
	if len(values) > 1 {
		return "", cinema.Errorf(cinema.Unauthenticated, "Send exactly one Authorization header.")
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.Trim(token, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", cinema.Errorf(cinema.Unauthenticated, "The Authorization header has to be \"Bearer\", a space and a token.")
	}
	if len(token) > maxToken {
		return "", cinema.Errorf(cinema.Unauthenticated, "The token is longer than %d bytes.", maxToken)
	}
	return token, nil
}
