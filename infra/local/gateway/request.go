package gateway

import (
	"bytes"
	"strings"
)

// plain is a request that can be passed on as it is.
type plain struct {
	to           *upstream
	method, path string
	size         int  // with its body
	repeatable   bool // see there
	requestID    string

	length, lengths, hosts int // of the body, and how many headers said so or named the host
}

// read finds a plain request at the beginning of in and appends to out what the function is to get. Whatever is unusual isn't plain:
// what is incomplete, what isn't the contract's, paths that could be read in two ways, and headers about the connection.
func (l *lane) read(in, out []byte) (p plain, sent []byte, ok bool) {
	end := bytes.Index(in, []byte("\r\n\r\n"))
	if end < 0 {
		return p, out, false
	}
	line, headers, _ := bytes.Cut(in[:end+2], []byte("\r\n"))
	method, target, _ := strings.Cut(string(line), " ")
	target, version, _ := strings.Cut(target, " ")
	path, query, _ := strings.Cut(target, "?")
	p = plain{to: l.routes.find(method, path), method: method, path: path}
	if p.to == nil || version != "HTTP/1.1" || !visible(query) {
		return p, out, false
	}
	p.repeatable = method == "GET"
	out = append(append(out, line...), "\r\n"...)
	for len(headers) > 0 {
		line, headers, _ = bytes.Cut(headers, []byte("\r\n"))
		if out, ok = p.header(line, out); !ok {
			return p, out, false
		}
	}
	p.size = end + len("\r\n\r\n") + p.length
	if p.hosts != 1 || p.lengths > 1 || len(in) < p.size {
		return p, out, false
	}
	out = append(append(append(out, "X-Forwarded-For: "...), l.client...), "\r\nX-Forwarded-Proto: http\r\n\r\n"...)
	return p, append(out, in[p.size-p.length:p.size]...), true
}

// header reads one header and appends it to out, unless it is left out. It reports whether the request may still be plain.
func (p *plain) header(line, out []byte) (sent []byte, ok bool) {
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found || !isToken(name) || !printable(value) {
		return out, false
	}
	value = bytes.TrimSpace(value)
	switch treatments[strings.ToLower(string(name))] {
	case leaveOut:
		return out, true
	case notPlain:
		return out, false
	case isConnection:
		return out, bytes.EqualFold(value, []byte("keep-alive"))
	case isHost:
		p.hosts++
		out = append(append(append(out, "X-Forwarded-Host: "...), value...), "\r\n"...)
	case isLength:
		p.lengths++
		if p.length, found = number(value); !found || p.length > wholeRequest {
			return out, false
		}
	case isKey:
		p.repeatable = true
	case isRequestID:
		p.requestID = string(value)
	}
	return append(append(out, line...), "\r\n"...), true
}

// treatment is what becomes of a header.
type treatment int

const (
	passOn treatment = iota
	leaveOut
	notPlain
	isConnection
	isHost
	isLength
	isKey
	isRequestID
)

// treatments are those of headers that aren't just passed on.
var treatments = map[string]treatment{
	"connection": isConnection, "content-length": isLength, "expect": notPlain, "forwarded": leaveOut, "host": isHost,
	"idempotency-key": isKey, "keep-alive": notPlain, "proxy-authenticate": notPlain, "proxy-authorization": notPlain,
	"proxy-connection": notPlain, "te": notPlain, "trailer": notPlain, "transfer-encoding": notPlain, "upgrade": notPlain,
	"x-forwarded-for": leaveOut, "x-forwarded-host": leaveOut, "x-forwarded-proto": leaveOut, "x-request-id": isRequestID,
}

func isToken(name []byte) bool {
	for _, c := range name {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return len(name) > 0
}

// printable tells whether there is no control character in a header's value.
func printable(value []byte) bool {
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// visible tells whether there are only characters that a query may have.
func visible(query string) bool {
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || c == '#' {
			return false
		}
	}
	return true
}

// number reads digits alone.
func number(digits []byte) (n int, ok bool) {
	for _, c := range digits {
		if c < '0' || c > '9' || n > 1<<40 {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, len(digits) > 0
}
