package main

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"

	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/config"
	"movienow/shared/rabbitmq"
	"movienow/shared/server"

	"golang.org/x/sync/errgroup"
)

// worker is what the function does in each of its homes.
func (h *handler) worker(broker func() string, settings config.Email) server.Worker {
	worker := server.Worker{Event: h.lambda, Routes: routes(h), Ready: []server.Check{h.db.Ping}}
	if settings.Consume {
		consumer := rabbitmq.NewConsumer(broker, settings.Workers, settings.Prefetch, h.handle)
		worker.Ready = append(worker.Ready, consumer.Ready)
		worker.Run = func(ctx context.Context, progress *server.Progress) error {
			h.progress = progress
			return consumer.Run(ctx, progress.Step)
		}
	}
	return worker
}

// lambda deals with a batch from Amazon MQ. The broker takes the batch back if it returns an error; then the ledger
// keeps what was sent from being sent again.
func (h *handler) lambda(ctx context.Context, event json.RawMessage) error {
	bodies, err := rabbitmq.DecodeLambda(event)
	if err != nil {
		return err
	}
	// Amazon MQ invokes one function at a time, so the messages of a batch have to be sent at the same time.
	var group errgroup.Group
	group.SetLimit(max(h.workers, 1))
	for _, body := range bodies {
		group.Go(func() error { return h.publisher.Process(ctx, body, h.handle) })
	}
	return group.Wait()
}

// routes is how Knative's eventing reaches the function.
func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodPost, "/", h.receive)
	return router
}

// receive deals with one CloudEvent. 204 says that it is done with or put aside: an e-mail that fails waits in a queue for its
// next try, so 503 is only for a message that couldn't even be put there. The source's adapter repeats a 503 for a quarter of
// an hour; what it gives up then, and what is answered otherwise, isn't queued again: the broker parks it.
func (h *handler) receive(w http.ResponseWriter, r *http.Request) error {
	body, err := api.Body(w, r)
	if err != nil {
		return err
	}
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType == "application/cloudevents+json" {
		var envelope struct {
			Data json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(body, &envelope); err != nil {
			return cinema.Errorf(cinema.Malformed, "The body isn't a CloudEvent.")
		}
		body = envelope.Data
	}
	ctx := context.WithoutCancel(r.Context()) // an e-mail half sent is worth finishing
	if err := h.publisher.Process(ctx, body, h.handle); err != nil {
		return err // Unavailable, whatever the reason
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
