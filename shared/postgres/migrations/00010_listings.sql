-- +goose Up
-- What the listings ask for, in the order in which they page. Shows that are over stay in the table: every index lets a
-- listing begin at now() instead of walking through them.

CREATE INDEX cities_by_name ON cities (name, city_id);

DROP INDEX shows_by_theater;
CREATE INDEX shows_by_theater ON shows (theater_id, starts_at) INCLUDE (movie_id, local_date);
CREATE INDEX shows_by_movie_and_theater ON shows (movie_id, theater_id, starts_at, show_id);

-- What lists are sorted by becomes part of their cursors, which mustn't get out of hand.
ALTER TABLE cities ADD CONSTRAINT short_name CHECK (octet_length(name) BETWEEN 1 AND 200);
ALTER TABLE theaters ADD CONSTRAINT short_name CHECK (octet_length(name) BETWEEN 1 AND 200);
ALTER TABLE movies ADD CONSTRAINT short_title CHECK (octet_length(title) BETWEEN 1 AND 200);

-- +goose Down
ALTER TABLE movies DROP CONSTRAINT short_title;
ALTER TABLE theaters DROP CONSTRAINT short_name;
ALTER TABLE cities DROP CONSTRAINT short_name;
DROP INDEX shows_by_movie_and_theater, shows_by_theater, cities_by_name;
CREATE INDEX shows_by_theater ON shows (theater_id, local_date, movie_id);
