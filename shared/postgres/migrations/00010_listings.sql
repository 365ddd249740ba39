-- +goose Up
-- What the listings ask for, in the order in which they page. Shows that are over stay in the table: every index lets a
-- listing begin at now() instead of walking through them.

CREATE INDEX cities_by_name ON cities (name, city_id);

DROP INDEX shows_by_theater;
CREATE INDEX shows_by_theater ON shows (theater_id, starts_at) INCLUDE (movie_id, local_date);
CREATE INDEX shows_by_movie_and_theater ON shows (movie_id, theater_id, starts_at, show_id);

-- +goose Down
DROP INDEX shows_by_movie_and_theater, shows_by_theater, cities_by_name;
CREATE INDEX shows_by_theater ON shows (theater_id, local_date, movie_id);
