-- +goose Up
-- The index of the next migration finds refunds by ask_at alone. These few rows were written before there was that column.

-- +goose StatementBegin
DO $$ BEGIN
    UPDATE payments SET ask_at = changed_at WHERE status = 'REFUND_PENDING' AND ask_at IS NULL;
END $$;
-- +goose StatementEnd

-- +goose Down
SELECT 1;
