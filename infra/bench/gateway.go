package main

import (
	"context"
	"net/http"
	"os"
	"strings"
	"time"

	"movienow/infra/local/gateway"
	"movienow/shared/telemetry"
)

// front is the role of the gateway of "make run". The environment has the functions' addresses, by their names.
func front(ctx context.Context, address string) error {
	addresses := map[string]string{}
	for _, line := range os.Environ() {
		name, value, _ := strings.Cut(line, "=")
		addresses[name] = value
	}
	door, err := gateway.New(gateway.Options{Addresses: addresses, Local: http.NotFoundHandler(), Log: telemetry.NewLines(os.Stdout, 100*time.Millisecond),
		Ready: func(context.Context) error { return nil }})
	if err != nil {
		return err
	}
	return answerBy(ctx, address, door)
}
