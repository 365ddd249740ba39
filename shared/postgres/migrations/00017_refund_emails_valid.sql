-- +goose Up
ALTER TABLE emails VALIDATE CONSTRAINT emails_kind_check;

-- +goose Down
SELECT 1;
