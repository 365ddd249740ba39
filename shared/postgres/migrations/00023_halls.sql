-- +goose Up
-- How a screen's hall is used: the rows from the screen to the back, the spot where people like to sit best if the layout names one,
-- and whether a choice may leave single seats. A screen that the version before loaded has no rows: they go by their labels.

ALTER TABLE screens
    ADD COLUMN IF NOT EXISTS row_labels text[] NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS best_row text,
    ADD COLUMN IF NOT EXISTS best_column double precision,
    ADD COLUMN IF NOT EXISTS single_seats text NOT NULL DEFAULT 'allowed';
ALTER TABLE screens DROP CONSTRAINT IF EXISTS known_single_seats;
ALTER TABLE screens ADD CONSTRAINT known_single_seats CHECK (single_seats IN ('allowed', 'refused')) NOT VALID;

-- +goose Down
ALTER TABLE screens
    DROP CONSTRAINT known_single_seats,
    DROP COLUMN single_seats,
    DROP COLUMN best_column,
    DROP COLUMN best_row,
    DROP COLUMN row_labels;
