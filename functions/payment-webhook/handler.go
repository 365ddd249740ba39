package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
	"movienow/shared/settle"
)

type handler struct {
	db       *postgres.DB
	settler  *settle.Settler
	webhooks payment.Webhooks
	// installation is what our charges are told from those of others by.
	installation string
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodPost, "/payments/webhook", h.receivePayment)
	return router
}

// receivePayment answers 200 only when what the event says is written down; otherwise the provider sends it again.
func (h *handler) receivePayment(w http.ResponseWriter, r *http.Request) error {
	body, err := api.Body(w, r)
	if err != nil {
		return err
	}
	event, err := h.webhooks.Event(r.Header, body, time.Now())
	if err != nil {
		return err
	}
	if err := h.settle(r.Context(), event); err != nil {
		return err
	}
	return api.WriteJSON(w, http.StatusOK, struct {
		Received bool `json:"received"`
	}{true})
}

// final are the payment states that an event can bring a booking to.
var final = map[payment.EventType]cinema.PaymentStatus{
	payment.EventSucceeded: cinema.PaymentSucceeded,
	payment.EventFailed:    cinema.PaymentFailed,
	payment.EventCancelled: cinema.PaymentCancelled,
	payment.EventRefunded:  cinema.Refunded,
}

// settle writes the event down. One of a type that means nothing to us is passed over: sending it again wouldn't help.
func (h *handler) settle(ctx context.Context, event payment.WebhookEvent) error {
	status, meaningful := final[event.Type]
	if !meaningful || !cinema.IsUUID(event.BookingID) {
		slog.WarnContext(ctx, "payment event ignored", "type", string(event.Type), "eventId", event.ID)
		return nil
	}
	settlement := postgres.Settlement{BookingID: event.BookingID, Status: status, Reference: event.Payment.Reference}
	old, err := h.db.EventIsOld(ctx, event.ID, settlement)
	if err != nil || old {
		return err
	}
	changed, err := h.settler.Record(ctx, settlement)
	if err == nil && !changed && event.Type == payment.EventSucceeded {
		err = h.keepUnmatched(ctx, event)
	}
	if err != nil {
		return err
	}
	return h.db.KeepEvent(ctx, event.ID)
}

// keepUnmatched has the sweeper look after money whose booking isn't there, unless another installation took it.
func (h *handler) keepUnmatched(ctx context.Context, event payment.WebhookEvent) error {
	if event.Metadata.Installation != h.installation {
		slog.InfoContext(ctx, "payment event of another installation ignored", "bookingId", event.BookingID, "eventId", event.ID)
		return nil
	}
	kept, err := h.db.KeepUnmatched(ctx, postgres.UnmatchedPayment{BookingID: event.BookingID,
		Reference: event.Payment.Reference, Amount: event.Amount})
	if kept {
		slog.WarnContext(ctx, "payment without a booking", "bookingId", event.BookingID, "eventId", event.ID)
	}
	return err
}
