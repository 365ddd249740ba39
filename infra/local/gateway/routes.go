package gateway

import "strings"

// routes are the contract's operations whose function runs.
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

// add adds an operation; its function isn't running if it has no address.
func (r *routes) add(method, path, address string) {
	var to *upstream
	if address != "" {
		to = &upstream{address: address}
	}
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

// find returns where a request goes; nil if that isn't a function that runs.
func (r *routes) find(method, path string) *upstream {
	if methods := r.literal[path]; methods != nil {
		return methods[method]
	}
	for _, t := range r.template {
		if t.method == method && t.fits(path) {
			return t.to
		}
	}
	return nil
}

func (t template) fits(path string) bool {
	rest, _ := strings.CutPrefix(path, "/")
	for i, want := range t.segments {
		segment, after, more := strings.Cut(rest, "/")
		if want != "" && want != segment || more == (i == len(t.segments)-1) {
			return false
		}
		rest = after
	}
	return true
}
