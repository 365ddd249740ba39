-- +goose NO TRANSACTION
-- +goose Up
-- A show may be changed or withdrawn only while nobody has booked it. That is asked for every show of a catalogue, by us
-- and by the foreign key, and without this index each answer is a walk through all bookings there ever were.

-- Nobody waits for an index that is built CONCURRENTLY, but it waits for every transaction that is older, a backup's too.
SET lock_timeout = 0;
DROP INDEX CONCURRENTLY IF EXISTS bookings_by_show; -- an attempt that was cut short leaves one that isn't valid
CREATE INDEX CONCURRENTLY bookings_by_show ON bookings (show_id);
RESET lock_timeout;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS bookings_by_show;
