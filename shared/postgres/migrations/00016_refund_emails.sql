-- +goose Up
-- An e-mail of its own tells of money that came too late and goes back. The next migration looks at the rows there are.

ALTER TABLE emails DROP CONSTRAINT emails_kind_check;
ALTER TABLE emails ADD CONSTRAINT emails_kind_check CHECK (kind IN ('CONFIRMATION', 'CANCELLATION', 'REFUND')) NOT VALID;

-- +goose Down
ALTER TABLE emails DROP CONSTRAINT emails_kind_check;
ALTER TABLE emails ADD CONSTRAINT emails_kind_check CHECK (kind IN ('CONFIRMATION', 'CANCELLATION')) NOT VALID;
