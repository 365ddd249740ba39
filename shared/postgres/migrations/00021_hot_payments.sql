-- +goose NO TRANSACTION
-- +goose Up
-- Every payment changes its status once. As long as no index looks at status or changed_at, PostgreSQL can put the new
-- row beside the old one and needn't touch any index (a HOT update). While the version before is being replaced, its sweeper
-- reads the whole table to find refunds.

SET lock_timeout = 0; -- see 00014
DROP INDEX CONCURRENTLY IF EXISTS payments_to_ask;
CREATE INDEX CONCURRENTLY payments_to_ask ON payments (ask_at) WHERE ask_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS payments_to_ask_about;
DROP INDEX CONCURRENTLY IF EXISTS payments_to_refund;
RESET lock_timeout;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS payments_to_ask;
