-- +goose Up
-- The outbox says what RabbitMQ has yet to be told; the ledger says which e-mails a customer has been sent.

CREATE TABLE outbox (
    outbox_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          text NOT NULL,
    booking_id    uuid NOT NULL REFERENCES bookings,
    created_at    timestamptz NOT NULL DEFAULT now(),
    claimed_until timestamptz, -- a relay is publishing it until then
    published_at  timestamptz  -- the broker has confirmed it
);
CREATE INDEX outbox_to_publish ON outbox (outbox_id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

CREATE TABLE emails (
    booking_id  uuid NOT NULL REFERENCES bookings,
    kind        text NOT NULL CHECK (kind IN ('CONFIRMATION', 'CANCELLATION')),
    status      text NOT NULL DEFAULT 'QUEUED'
        CHECK (status IN ('QUEUED', 'SENDING', 'SENT', 'FAILED', 'OBSOLETE')),
    attempts    integer NOT NULL DEFAULT 0,
    lease_until timestamptz, -- a worker is sending it until then
    last_error  text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    sent_at     timestamptz,
    PRIMARY KEY (booking_id, kind)
);

-- +goose Down
DROP TABLE emails, outbox;
