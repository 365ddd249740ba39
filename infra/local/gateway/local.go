package gateway

import (
	"context"
	"net/http"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"
)

// adapted answers with a handler of net/http. Its requests have a context of their own, which ends with the answer, or when the
// gateway is shut down: fasthttp's serves another request as soon as this one is answered, while a client of net/http that was
// given it still looks at it.
func adapted(h http.Handler) fasthttp.RequestHandler {
	return fasthttpadaptor.NewFastHTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own := context.WithValue(context.Background(), failure{}, r.Context().Value(failure{}))
		ctx, cancel := context.WithCancel(own)
		defer cancel()
		shutdown := r.Context().Done()
		go func() {
			select {
			case <-shutdown:
				cancel()
			case <-ctx.Done():
			}
		}()
		h.ServeHTTP(w, r.WithContext(ctx))
	}))
}
