-- +goose NO TRANSACTION
-- +goose Up
-- Refunds in the order in which the provider is asked about them. The index payments_to_refund stays for the version before.

SET lock_timeout = 0; -- see 00014
DROP INDEX CONCURRENTLY IF EXISTS payments_to_ask_about;
CREATE INDEX CONCURRENTLY payments_to_ask_about ON payments (coalesce(ask_at, changed_at)) WHERE status = 'REFUND_PENDING';
RESET lock_timeout;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS payments_to_ask_about;
