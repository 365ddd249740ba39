package api

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"movienow/shared/cinema"
)

// The sizes of a page of a list.
const (
	DefaultLimit = 50
	MaxLimit     = 100
)

// Page reads ?limit= and ?cursor=.
func Page(r *http.Request) (cinema.Page, error) {
	page := cinema.Page{Limit: DefaultLimit}
	query := r.URL.Query()
	if query.Has("limit") {
		limit, err := strconv.Atoi(query.Get("limit"))
		if err != nil || limit < 1 || limit > MaxLimit {
			return page, cinema.InvalidField("?limit", "Give a number from 1 to "+strconv.Itoa(MaxLimit)+".")
		}
		page.Limit = limit
	}
	if query.Has("cursor") {
		text, err := base64.RawURLEncoding.DecodeString(query.Get("cursor"))
		if err != nil || json.Unmarshal(text, &page.After) != nil || len(page.After) == 0 || slices.ContainsFunc(page.After, hasNUL) {
			return page, cinema.InvalidField("?cursor", "Use a nextCursor from an earlier page, unchanged.")
		}
	}
	return page, nil
}

// hasNUL finds what PostgreSQL can't take in a text.
func hasNUL(s string) bool { return strings.ContainsRune(s, 0) }

// List is the body of every list.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"nextCursor,omitempty"`
}

// NewList makes the body for a page from up to page.Limit+1 items: the one too many tells that there is a next page, which
// starts after key of the last one shown.
func NewList[T any](page cinema.Page, items []T, key func(T) []string) List[T] {
	if len(items) <= page.Limit {
		return List[T]{Items: append([]T{}, items...)} // [] rather than null
	}
	items = items[:page.Limit]
	text, _ := json.Marshal(key(items[page.Limit-1])) // strings can always be encoded
	return List[T]{Items: items, NextCursor: base64.RawURLEncoding.EncodeToString(text)}
}

// LinkNext adds the Link header to the page that follows (RFC 8288), if there is one.
func LinkNext(header http.Header, r *http.Request, nextCursor string) {
	if nextCursor == "" {
		return
	}
	query := r.URL.Query()
	query.Set("cursor", nextCursor)
	next := url.URL{Path: r.URL.Path, RawQuery: query.Encode()}
	header.Set("Link", "<"+next.String()+`>; rel="next"`)
}
