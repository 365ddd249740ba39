-- +goose NO TRANSACTION
-- +goose Up
-- Old events of the payment provider are deleted in batches, the oldest first.

SET lock_timeout = 0; -- see 00014
DROP INDEX CONCURRENTLY IF EXISTS payment_events_by_time;
CREATE INDEX CONCURRENTLY payment_events_by_time ON payment_events (received_at);
RESET lock_timeout;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS payment_events_by_time;
