package telemetry

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strings"
)

// Trace is what the log lines of one matter have in common, in however many processes: an id of W3C's Trace Context, and
// the id of the request that a process deals with, if it is one.
type Trace struct {
	ID        string // 32 hexadecimal digits
	Span      string // 16, of this process' part
	RequestID string
}

const (
	noTrace = "00000000000000000000000000000000"
	noSpan  = "0000000000000000"
)

// ParseTrace goes on with the trace that a traceparent names, or begins one if it isn't valid.
func ParseTrace(parent string) Trace {
	digits := randomDigits()
	trace := Trace{ID: digits[:32], Span: digits[32:]}
	if wellFormed(parent) {
		trace.ID = parent[3:35]
	}
	return trace
}

// randomDigits makes 48 digits, of which each 16 are an id. Nothing is secured by them.
func randomDigits() string {
	var random [24]byte
	var digits [48]byte
	for i := 0; i < len(random); i += 8 {
		binary.BigEndian.PutUint64(random[i:], rand.Uint64()|1) // an id isn't zero
	}
	hex.Encode(digits[:], random[:])
	return string(digits[:])
}

// wellFormed tells whether a traceparent is one of any version but ff, which isn't allowed.
func wellFormed(parent string) bool {
	if len(parent) < 55 || parent[:2] == "ff" || parent[2] != '-' || parent[35] != '-' || parent[52] != '-' {
		return false
	}
	if len(parent) > 55 && (parent[:2] == "00" || parent[55] != '-') {
		return false
	}
	digits := parent[:2] + parent[3:35] + parent[36:52] + parent[53:55]
	return parent[3:35] != noTrace && parent[36:52] != noSpan && strings.Trim(digits, "0123456789abcdef") == ""
}

// Parent is the traceparent that says to the next process where its part belongs, or "" if there is no trace.
func (t Trace) Parent() string {
	if t.ID == "" {
		return ""
	}
	return "00-" + t.ID + "-" + t.Span + "-01"
}

type traceKey struct{}

// Context is a context with a trace. It is for who makes one for each request, together with more that a request needs; others
// call WithTrace.
type Context struct {
	context.Context
	Trace Trace
}

// Value implements context.Context.
func (c *Context) Value(key any) any {
	if key == (traceKey{}) {
		return &c.Trace
	}
	return c.Context.Value(key)
}

// WithTrace has everything that is logged with the context name the trace.
func WithTrace(ctx context.Context, trace Trace) context.Context { return &Context{ctx, trace} }

// Continue is WithTrace for work whose trace came with it; a parent that is empty leaves the context as it is.
func Continue(ctx context.Context, parent string) context.Context {
	if parent == "" {
		return ctx
	}
	return WithTrace(ctx, ParseTrace(parent))
}

// TraceOf returns the context's trace; without one all its fields are empty.
func TraceOf(ctx context.Context) Trace {
	if trace, ok := ctx.Value(traceKey{}).(*Trace); ok {
		return *trace
	}
	return Trace{}
}
