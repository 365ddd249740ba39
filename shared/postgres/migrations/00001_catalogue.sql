-- +goose Up
-- The catalogue: what is shown where. Its ids are chosen by whoever maintains it; a show's id is a UUID because bookings
-- refer to it a million times.

CREATE TABLE cities (
    city_id   text PRIMARY KEY,
    name      text NOT NULL,
    country   text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    time_zone text NOT NULL
);

CREATE TABLE theaters (
    theater_id text PRIMARY KEY,
    city_id    text NOT NULL REFERENCES cities,
    name       text NOT NULL,
    address    text NOT NULL,
    time_zone  text NOT NULL
);
CREATE INDEX theaters_by_city ON theaters (city_id, name, theater_id);

CREATE TABLE screens (
    screen_id   text PRIMARY KEY,
    theater_id  text NOT NULL REFERENCES theaters,
    name        text NOT NULL,
    total_seats integer NOT NULL CHECK (total_seats > 0)
);

-- Seats belong to the screen and prices to the show and the type of seat: a week's programme then costs a few rows per
-- show, not one per seat and show.
CREATE TABLE seats (
    screen_id     text NOT NULL REFERENCES screens,
    seat_number   text NOT NULL,
    row_label     text NOT NULL,
    column_number integer NOT NULL,
    seat_type     text NOT NULL CHECK (seat_type IN ('STANDARD', 'PREMIUM', 'WHEELCHAIR', 'COMPANION')),
    PRIMARY KEY (screen_id, seat_number),
    UNIQUE (screen_id, row_label, column_number)
);

CREATE TABLE movies (
    movie_id        text PRIMARY KEY,
    title           text NOT NULL,
    year            integer NOT NULL,
    runtime_minutes integer NOT NULL CHECK (runtime_minutes > 0),
    language        text NOT NULL,
    genres          text[] NOT NULL DEFAULT '{}'
);

CREATE TABLE shows (
    show_id    uuid PRIMARY KEY,
    movie_id   text NOT NULL REFERENCES movies,
    screen_id  text NOT NULL REFERENCES screens,
    theater_id text NOT NULL REFERENCES theaters, -- the screen's; here for the listings' indexes
    starts_at  timestamptz NOT NULL,
    local_date date NOT NULL, -- starts_at in the theater's zone: what "date" means to a customer
    UNIQUE (screen_id, starts_at)
);
CREATE INDEX shows_by_movie ON shows (movie_id, starts_at, show_id);
CREATE INDEX shows_by_theater ON shows (theater_id, local_date, movie_id);

CREATE TABLE prices (
    show_id   uuid NOT NULL REFERENCES shows ON DELETE CASCADE,
    seat_type text NOT NULL,
    amount    bigint NOT NULL CHECK (amount >= 0), -- minor units
    currency  text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    PRIMARY KEY (show_id, seat_type)
);

-- +goose Down
DROP TABLE prices, shows, movies, seats, screens, theaters, cities;
