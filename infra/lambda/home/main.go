// Command home runs one function as a Lambda function and is to others what the function's container would be: it answers
// HTTP on $PORT, as API Gateway does, with /healthz and /readyz, and feeds workers from their schedule or queue. The
// end-to-end tests put it in the place of every function.
//
//	home PATH_OF_THE_FUNCTION'S_BINARY       (in the repository's folder)
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"movienow/infra/command"
	"movienow/infra/functions"
	"movienow/infra/lambda/runtimeapi"
	"movienow/infra/lambda/trigger"
	"movienow/infra/serve"
)

// processes is how many of one function there may be. Lambda has a thousand; the laptop shall survive a crowd.
const processes = 8

// tick is how often schedules fire. Lambda's finest are a minute apart, but nobody wants to wait for that.
const tick = time.Second

func main() { command.Main(run) }

func run(ctx context.Context, arguments []string) error {
	if len(arguments) != 1 {
		return command.Usage("home PATH_OF_THE_FUNCTION'S_BINARY")
	}
	binary := arguments[0]
	name := filepath.Base(binary)
	all, err := functions.All(".")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(f functions.Function) bool { return f.Name == name })
	if i < 0 {
		return fmt.Errorf("there is no function %s in the working directory's repository", name)
	}
	function := runtimeapi.New(runtimeapi.Options{Name: name, Binary: binary, Env: os.Environ(), Concurrency: processes, Log: os.Stderr,
		Timeout: 30 * time.Second})
	defer function.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		switch described := all[i]; described.Trigger() {
		case "schedule":
			trigger.Schedule(ctx, function, tick)
		case "queue":
			trigger.Queue(ctx, function, os.Getenv("AMQP_URL"), described.Queue)
		}
	}()
	err = answer(ctx, function)
	<-done
	return err
}

// answer answers until ctx ends, and then what has been asked by then.
func answer(ctx context.Context, function *runtimeapi.Function) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if _, err := function.Warm(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	events := trigger.HTTP(function)
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			mux.ServeHTTP(w, r)
			return
		}
		events.ServeHTTP(w, r) // past the mux, which redirects unclean paths
	})}
	listener, err := net.Listen("tcp", net.JoinHostPort("", os.Getenv("PORT")))
	if err != nil {
		return fmt.Errorf("listen (set PORT to a free one): %w", err)
	}
	return serve.Until(ctx, server, listener, 20*time.Second)
}
