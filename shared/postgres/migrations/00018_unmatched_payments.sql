-- +goose Up
-- Money that the payment provider took under our name for a booking that isn't there, and what became of it. There is no
-- foreign key because the booking is what is missing.

CREATE TABLE IF NOT EXISTS unmatched_payments (
    booking_id  uuid PRIMARY KEY,
    reference   text NOT NULL, -- the provider's own
    amount      bigint NOT NULL,
    currency    text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    look_at     timestamptz NOT NULL, -- when the sweeper looks after it if it has no outcome
    outcome     text CHECK (outcome IN ('MATCHED', 'REFUNDED', 'NOTHING_TAKEN'))
);
CREATE INDEX IF NOT EXISTS unmatched_payments_to_settle ON unmatched_payments (look_at) WHERE outcome IS NULL;

-- When the provider is asked about a refund next. Where it is NULL, as the version before leaves it, changed_at says.
ALTER TABLE payments ADD COLUMN IF NOT EXISTS ask_at timestamptz;

-- +goose Down
ALTER TABLE payments DROP COLUMN ask_at;
DROP TABLE unmatched_payments;
