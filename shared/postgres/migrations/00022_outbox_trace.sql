-- +goose Up
-- The trace (W3C traceparent) of the request that an event comes from, so that relay and e-mail log under it. The version before
-- writes none.

ALTER TABLE outbox ADD COLUMN IF NOT EXISTS traceparent text;

-- +goose Down
ALTER TABLE outbox DROP COLUMN traceparent;
