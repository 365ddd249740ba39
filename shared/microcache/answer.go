package microcache

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"movienow/shared/api"
)

// Answer is the answer to a public GET.
type Answer struct {
	Body   []byte // JSON, not to be changed any more
	ETag   string // quoted, made from Body
	MaxAge time.Duration
	Header http.Header // whatever else there is to say: Link, Cache-Status
}

// worthGzip is from how many bytes on a body is compressed: smaller ones fit into one packet anyhow.
const worthGzip = 1 << 10

// encoded is an answer in the forms in which it is sent.
type encoded struct {
	Answer
	cacheControl []string
	plain        form
	compressed   func() form // once for all who want it
}

// form is a body with what belongs to it. Its header values are shared by all answers, none of which appends to them.
type form struct {
	body         []byte
	tag          string
	etag, length []string
}

func newForm(body []byte, tag string) form {
	return form{body: body, tag: tag, etag: []string{tag}, length: []string{strconv.Itoa(len(body))}}
}

// encode returns the forms of an answer: those that there were before, if it is the same.
func encode(answer Answer, before *encoded) *encoded {
	if before != nil && before.ETag == answer.ETag && before.MaxAge == answer.MaxAge &&
		maps.EqualFunc(before.Header, answer.Header, slices.Equal) {
		return before
	}
	e := &encoded{Answer: answer, plain: newForm(answer.Body, answer.ETag),
		cacheControl: []string{fmt.Sprintf("public, max-age=%d", int(answer.MaxAge.Seconds()))}}
	e.compressed = sync.OnceValue(func() form {
		// Another encoding is another representation, with a tag of its own (RFC 9110, section 8.8.3.3).
		return newForm(compress(answer.Body), strings.TrimSuffix(answer.ETag, `"`)+`-gzip"`)
	})
	return e
}

// size is what an answer takes at most, its compressed form included.
func (e *encoded) size() int { return 2 * len(e.Body) }

func compress(body []byte) []byte {
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	writer.Write(body) // to memory
	writer.Close()
	return compressed.Bytes()
}

var (
	jsonType   = []string{"application/json"}
	gzipCoding = []string{"gzip"}
)

// write sends the form that the caller takes, or 304 if they have it.
func (e *encoded) write(w http.ResponseWriter, r *http.Request) {
	header, sent := w.Header(), e.plain
	zipped := len(e.Body) >= worthGzip && api.TakesGzip(r)
	if zipped {
		sent = e.compressed()
	}
	maps.Copy(header, e.Header)
	header["Etag"], header["Cache-Control"] = sent.etag, e.cacheControl
	header.Add("Vary", "Accept-Encoding")
	if api.HasCurrent(r, sent.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header["Content-Type"], header["Content-Length"] = jsonType, sent.length
	if zipped {
		header["Content-Encoding"] = gzipCoding
	}
	w.WriteHeader(http.StatusOK)
	w.Write(sent.body) // a client that has gone is no error of ours
}
