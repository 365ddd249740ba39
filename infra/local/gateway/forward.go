package gateway

import (
	"bytes"
	"io"
	"net/http/httputil"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"movienow/shared/api"
	"movienow/shared/cinema"
)

// notPassedOn are the headers that are about one connection (RFC 9110, section 7.6.1), and a client's claims about who it is.
var notPassedOn = map[string]bool{"Connection": true, "Expect": true, "Forwarded": true, "Keep-Alive": true, "Proxy-Authenticate": true,
	"Proxy-Authorization": true, "Proxy-Connection": true, "Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
	"X-Forwarded-For": true, "X-Forwarded-Host": true, "X-Forwarded-Proto": true}

// forward has the function answer. An error means that nothing of its answer has been seen.
func (u *upstream) forward(ctx *fasthttp.RequestCtx) error {
	body, err := readBody(ctx)
	if err != nil {
		return err
	}
	prepare(ctx, len(body))
	c, err := u.ask(ctx, body)
	if err != nil {
		return err
	}
	return u.answer(ctx, c)
}

// maxIgnored is how much of a body is read that is too long.
const maxIgnored = 32 << 20

// readBody takes the request's body in before it is passed on, so that a slow client occupies no function and the request can
// be sent once more when a kept connection turns out to be dead. It takes one byte more than functions allow: they are the
// ones to refuse it.
func readBody(ctx *fasthttp.RequestCtx) ([]byte, error) {
	defer ctx.Request.ResetBody()
	stream := ctx.RequestBodyStream()
	if stream == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(stream, api.MaxBody+1))
	if err == nil { // who isn't heard to the end may not hear the answer either
		_, err = io.Copy(io.Discard, io.LimitReader(stream, maxIgnored))
	}
	if err != nil {
		return nil, cinema.Errorf(cinema.Malformed, "The body ended before all of it had arrived.")
	}
	return body, nil
}

// prepare makes the request's head the one that the function is to see.
func prepare(ctx *fasthttp.RequestCtx, length int) {
	header := &ctx.Request.Header
	var left []string
	for name, value := range header.All() {
		if string(name) == "Connection" {
			left = append(left, strings.Split(string(value), ",")...)
		}
		if notPassedOn[string(name)] {
			left = append(left, string(name))
		}
	}
	for _, name := range left {
		header.Del(strings.TrimSpace(name))
	}
	header.Set("X-Forwarded-For", ctx.RemoteIP().String())
	header.SetBytesV("X-Forwarded-Host", header.Host())
	header.Set("X-Forwarded-Proto", "http")
	header.SetProtocol("HTTP/1.1")
	header.SetNoDefaultContentType(true)
	if length > 0 || len(header.Peek("Content-Length")) > 0 {
		header.SetContentLength(length)
	}
}

// maxBuffered is the longest answer that is read as a whole before it is sent on.
const maxBuffered = 1 << 20

// answer sends on what comes on a connection after the answer's head.
func (u *upstream) answer(ctx *fasthttp.RequestCtx, c *connection) error {
	response := &ctx.Response
	ends := response.ConnectionClose()
	response.Header.ResetConnectionClose()
	response.Header.Del("Connection")
	length := response.Header.ContentLength()
	switch status := response.StatusCode(); {
	case status == fasthttp.StatusNoContent || status == fasthttp.StatusNotModified:
	case 0 <= length && length <= maxBuffered:
		if err := response.ReadBody(c.reader, 0); err != nil {
			c.Close()
			return err
		}
	case length == -1: // chunks
		c.stream(ctx, httputil.NewChunkedReader(c.reader))
		return nil
	default:
		c.stream(ctx, c.reader)
		return nil
	}
	if ends || c.reader.Buffered() > 0 {
		c.Close()
		return nil
	}
	u.keep(c)
	return nil
}

// stream sends an answer on while it comes. That may be for hours, as events of a show do: it ends with the function's
// connection, when the client goes, or when the gateway is shut down.
func (c *connection) stream(ctx *fasthttp.RequestCtx, body io.Reader) {
	c.endless, c.give = ctx.Done(), time.Time{}
	ctx.Response.ImmediateHeaderFlush = true // there may be nothing else to send for long
	ctx.Response.SetBodyStream(streamed{body, c}, -1)
}

// streamed is the body of an answer that ends its connection.
type streamed struct {
	io.Reader
	io.Closer
}

// ambiguous tells whether the request says in two ways how long it is (RFC 9112, section 6.1): another reader could see two requests
// in it. Fasthttp goes by the one and forgets the other.
func ambiguous(request *fasthttp.RequestHeader) bool {
	return len(request.Peek("Transfer-Encoding")) > 0 && bytes.Contains(bytes.ToLower(request.RawHeaders()), []byte("content-length:"))
}
