-- +goose Up
-- A booking claims its seats before the customer is charged. Everything that must never happen twice is a unique index.

CREATE TABLE bookings (
    booking_id      uuid PRIMARY KEY,
    reference       text NOT NULL UNIQUE,
    user_id         text NOT NULL,
    customer_name   text NOT NULL,
    email           text NOT NULL,
    show_id         uuid NOT NULL REFERENCES shows,
    reservation_id  uuid NOT NULL,
    status          text NOT NULL
        CHECK (status IN ('PENDING_PAYMENT', 'CONFIRMED', 'CANCELLED', 'FAILED', 'EXPIRED')),
    total_amount    bigint NOT NULL CHECK (total_amount >= 0),
    currency        text NOT NULL,
    idempotency_key text NOT NULL,
    request_hash    bytea NOT NULL, -- of the checkout's body: the same key with another one is refused
    answer_status   integer,        -- the first final answer to the checkout, replayed byte for byte
    answer_body     bytea,
    settle_at       timestamptz NOT NULL, -- when the sweeper looks after it if it is still PENDING_PAYMENT
    created_at      timestamptz NOT NULL DEFAULT now(),
    confirmed_at    timestamptz,
    cancelled_at    timestamptz,
    UNIQUE (user_id, idempotency_key)
);
CREATE UNIQUE INDEX one_booking_per_reservation ON bookings (reservation_id)
    WHERE status IN ('PENDING_PAYMENT', 'CONFIRMED');
CREATE INDEX bookings_by_user ON bookings (user_id, created_at DESC, booking_id DESC);
CREATE INDEX bookings_to_settle ON bookings (settle_at) WHERE status = 'PENDING_PAYMENT';

-- one_owner_per_seat alone sells: whatever Redis forgets, a seat of a show has at most one active row.
CREATE TABLE booked_seats (
    booking_id  uuid NOT NULL REFERENCES bookings,
    show_id     uuid NOT NULL,
    seat_number text NOT NULL,
    seat_type   text NOT NULL,
    price       bigint NOT NULL, -- minor units of the booking's currency
    active      boolean NOT NULL DEFAULT true,
    PRIMARY KEY (booking_id, seat_number)
);
CREATE UNIQUE INDEX one_owner_per_seat ON booked_seats (show_id, seat_number) WHERE active;

CREATE TABLE payments (
    booking_id uuid PRIMARY KEY REFERENCES bookings,
    status     text NOT NULL
        CHECK (status IN ('PENDING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'REFUND_PENDING', 'REFUNDED')),
    method     text NOT NULL,
    amount     bigint NOT NULL,
    currency   text NOT NULL,
    provider_reference text,
    action_url text,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX payments_to_refund ON payments (changed_at) WHERE status = 'REFUND_PENDING';

-- Events of the payment provider that were dealt with: providers send each one at least once.
CREATE TABLE payment_events (
    event_id    text PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE payment_events, payments, booked_seats, bookings;
