// Package auth tells who is calling: it verifies the bearer token of a request against the keys that the identity
// provider publishes (a JWK set, RFC 7517) and returns the user the token names.
//
// The rules are those of RFC 8725, the best current practice for JSON Web Tokens: a fixed list of algorithms, each tied
// to its kind of key, one pinned issuer, one audience, an expiry that has to be there. A token that breaks any of them
// is answered with a cinema.Unauthenticated error in plain words; no part of a token is ever repeated in an error.
package auth
