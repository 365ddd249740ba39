-- +goose NO TRANSACTION
-- +goose Up
-- Every payment changes its status once. As long as no index looks at status or changed_at, PostgreSQL can put the new
-- row beside the old one and needn't touch any index (a HOT update). Refunds are found by ask_at, which is empty in all others.
--
-- payments_to_refund, the last index that looks at status, stays for the sweeper of the version before, which would read the
-- whole table without it. The next release drops it, and the trigger of 00020.

SET lock_timeout = 0; -- see 00014
DROP INDEX CONCURRENTLY IF EXISTS payments_to_ask;
CREATE INDEX CONCURRENTLY payments_to_ask ON payments (ask_at) WHERE ask_at IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS payments_to_ask_about;
RESET lock_timeout;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS payments_to_ask;
