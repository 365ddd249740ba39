package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// StreamType is the media type of Server-Sent Events (HTML standard, section 9.2).
const StreamType = "text/event-stream"

// WantsStream tells whether the caller asks for Server-Sent Events, as a browser's EventSource does.
func WantsStream(r *http.Request) bool {
	for accepted := range strings.SplitSeq(strings.Join(r.Header["Accept"], ","), ",") {
		name, _, _ := strings.Cut(accepted, ";")
		if strings.EqualFold(strings.TrimSpace(name), StreamType) {
			return true
		}
	}
	return false
}

// WriteJSON answers with v. What the caller sees is theirs alone, so nothing between may store it.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	WriteBody(w, status, body)
	return nil
}

// WriteBody answers with a body that is already encoded: JSON, a problem if the status is one of an error, or what the
// header's Content-Type says already.
func WriteBody(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
		if status >= http.StatusBadRequest {
			header.Set("Content-Type", ProblemType)
		}
	}
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	w.Write(body) // a client that has gone is no error of ours
}

// ETag is a strong validator for body (RFC 9110, section 8.8.3).
func ETag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// WriteCacheable answers a GET with a public body that may be reused for maxAge and then be asked about again: with
// 304 and no body if the caller has it already.
func WriteCacheable(w http.ResponseWriter, r *http.Request, body []byte, etag string, maxAge time.Duration) {
	w.Header().Set("ETag", etag)
	w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(maxAge.Seconds())))
	if HasCurrent(r, etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	WriteBody(w, http.StatusOK, body)
}

// HasCurrent tells whether the caller has the version with this tag already. It compares weakly, as If-None-Match asks for (RFC
// 9110, section 13.1.2).
func HasCurrent(r *http.Request, etag string) bool {
	for _, condition := range r.Header["If-None-Match"] {
		for candidate := range strings.SplitSeq(condition, ",") {
			candidate = strings.TrimSpace(candidate)
			if candidate == "*" || strings.TrimPrefix(candidate, "W/") == etag {
				return true
			}
		}
	}
	return false
}

// TakesGzip reads Accept-Encoding (RFC 9110, section 12.5.3).
func TakesGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(strings.Join(r.Header["Accept-Encoding"], ","), ",") {
		name, parameters, _ := strings.Cut(coding, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		quality, given := strings.CutPrefix(strings.TrimSpace(parameters), "q=")
		weight, err := strconv.ParseFloat(quality, 64)
		return !given || (err == nil && weight > 0)
	}
	return false
}
