// Package cinema is the domain of MovieNow: what is shown where, which seats there are, who holds them and who has
// bought them. It knows nothing of HTTP, SQL or Redis; every other package speaks in its words.
//
// Field names in JSON are those of the public contract (shared/api/openapi.yaml).
package cinema
