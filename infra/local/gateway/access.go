package gateway

import (
	"strconv"
	"time"

	"github.com/valyala/fasthttp"
)

// logged writes what a developer looks for: what was asked, how it ended, how long it took.
func (g *Gateway) logged(ctx *fasthttp.RequestCtx, method, path string, begun time.Time) {
	if g.log == nil {
		return
	}
	// Quoted, so that a path can't forge a line; without the query, which may hold what isn't for logs.
	line := append(strconv.AppendInt(make([]byte, 0, 160), int64(ctx.Response.StatusCode()), 10), ' ')
	line = append(append(line, method...), ' ')
	quoted := len(line)
	line = strconv.AppendQuote(line, path)
	line = append(line[:quoted], line[quoted+1:len(line)-1]...)
	line = strconv.AppendFloat(append(line, ' '), float64(time.Since(begun).Microseconds())/1000, 'f', 1, 64)
	g.log.Write(append(append(append(line, " ms "...), ctx.Response.Header.Peek("X-Request-Id")...), '\n'))
}
