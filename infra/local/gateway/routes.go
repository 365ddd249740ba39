package gateway

import (
	"strings"
)

// routes are the contract's operations whose function runs. The handler knows them too, and all other paths; they are few.
type routes struct {
	literal  map[string]map[string]*upstream // by path without parameters and method
	template []template
}

// template is an operation whose path has parameters, which are empty strings among its segments.
type template struct {
	method   string
	segments []string
	to       *upstream
}

func (r *routes) add(method, path string, to *upstream) {
	if !strings.Contains(path, "{") {
		if r.literal[path] == nil {
			r.literal[path] = map[string]*upstream{}
		}
		r.literal[path][method] = to
		return
	}
	segments := strings.Split(path, "/")[1:]
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i] = ""
		}
	}
	r.template = append(r.template, template{method, segments, to})
}

// find returns where a request goes; nil if that isn't plain to see.
func (r *routes) find(method, path string) *upstream {
	if methods := r.literal[path]; methods != nil {
		return methods[method]
	}
	if !plainPath(path) {
		return nil
	}
	for _, t := range r.template {
		if t.method == method && t.fits(path) {
			return t.to
		}
	}
	return nil
}

func (t template) fits(path string) bool {
	rest := path[1:]
	for i, want := range t.segments {
		segment, after, more := strings.Cut(rest, "/")
		if segment == "" || want != "" && want != segment || more == (i == len(t.segments)-1) {
			return false
		}
		rest = after
	}
	return true
}

// plainPath tells whether nothing in a path is escaped, or could be taken for a relative one.
func plainPath(path string) bool {
	for i := range len(path) {
		c := path[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '/' || c == '.' && path[i-1] != '/') {
			return false
		}
	}
	return strings.HasPrefix(path, "/")
}
