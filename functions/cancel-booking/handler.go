package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
	"movienow/shared/settle"
)

type handler struct {
	db       *postgres.DB
	desk     *settle.Desk
	verifier api.Verifier
	cutoff   time.Duration
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodDelete, "/bookings/{bookingId}", api.SignedIn(h.verifier, h.cancelBooking))
	return router
}

func (h *handler) cancelBooking(w http.ResponseWriter, r *http.Request, caller cinema.User) error {
	bookingID, err := api.PathUUID(r, "bookingId")
	if err != nil {
		return err
	}
	cancelled, err := h.db.Cancel(r.Context(), caller.ID, bookingID, h.cutoff)
	if err != nil {
		return err
	}
	booking, err := h.db.Booking(r.Context(), caller.ID, bookingID)
	if err != nil {
		return err
	}
	if booking.Status != cinema.Cancelled {
		return refusal(booking)
	}
	if cancelled {
		booking = h.followUp(r.Context(), booking)
	}
	return api.WriteJSON(w, http.StatusOK, booking)
}

// refusal says why a booking can't be cancelled.
func refusal(booking cinema.Booking) error {
	switch booking.Status {
	case cinema.Confirmed:
		return cinema.Errorf(cinema.Conflict, "It is too late to cancel this booking: its show starts at %s.",
			booking.Show.StartsAt.Format(time.RFC3339))
	case cinema.PendingPayment:
		return cinema.Errorf(cinema.Conflict, "This booking is still being paid. If it isn't paid in time it ends by itself.")
	default:
		return cinema.Errorf(cinema.Conflict, "This booking was never confirmed, so there is nothing to cancel.")
	}
}

// followUp tells the others what the commit has made true. The answer doesn't depend on them: the sweeper repeats the
// refund, and the marks of sold seats heal by themselves.
func (h *handler) followUp(ctx context.Context, booking cinema.Booking) cinema.Booking {
	h.desk.Mark(ctx, booking.BookingID)
	if err := h.desk.Refund(ctx, booking.BookingID, booking.Total); err != nil {
		slog.WarnContext(ctx, "the sweeper will repeat the refund", "bookingId", booking.BookingID, "error", err)
	}
	if now, err := h.db.AnyBooking(ctx, booking.BookingID); err == nil {
		return now
	}
	return booking
}
