package postgres

// loadSteps write the catalogue table by table, each from JSON in one statement. What is in the table already as it should
// be isn't touched. The shows of the catalogue's theaters are what the catalogue says, with one exception: what somebody
// has a booking for neither goes away nor changes.
var loadSteps = []struct {
	table string
	from  func(Catalogue) any
	sql   string
}{
	{"cities", func(c Catalogue) any { return c.Cities }, `
		INSERT INTO cities AS old (city_id, name, country, time_zone)
		SELECT "cityId", name, country, "timeZone"
		FROM json_to_recordset($1) AS new ("cityId" text, name text, country text, "timeZone" text)
		ON CONFLICT (city_id) DO UPDATE
			SET name = excluded.name, country = excluded.country, time_zone = excluded.time_zone
			WHERE old IS DISTINCT FROM excluded`},
	{"theaters", func(c Catalogue) any { return c.Theaters }, `
		INSERT INTO theaters AS old (theater_id, city_id, name, address, time_zone)
		SELECT "theaterId", "cityId", name, address, "timeZone"
		FROM json_to_recordset($1) AS new ("theaterId" text, "cityId" text, name text, address text, "timeZone" text)
		ON CONFLICT (theater_id) DO UPDATE
			SET city_id = excluded.city_id, name = excluded.name, address = excluded.address, time_zone = excluded.time_zone
			WHERE old IS DISTINCT FROM excluded`},
	{"screens", func(c Catalogue) any { return c.Screens }, `
		INSERT INTO screens AS old (screen_id, theater_id, name, total_seats, row_labels, best_row, best_column, single_seats)
		SELECT "screenId", "theaterId", name, json_array_length(seats), rows, "bestSpot"->>'row',
			("bestSpot"->>'column')::double precision, "singleSeats"
		FROM json_to_recordset($1) AS new ("screenId" text, "theaterId" text, name text, seats json, rows text[], "bestSpot" json,
			"singleSeats" text)
		ON CONFLICT (screen_id) DO UPDATE
			SET theater_id = excluded.theater_id, name = excluded.name, total_seats = excluded.total_seats,
				row_labels = excluded.row_labels, best_row = excluded.best_row, best_column = excluded.best_column,
				single_seats = excluded.single_seats
			WHERE old IS DISTINCT FROM excluded`},
	{"seats", func(c Catalogue) any { return c.Screens }, `
		WITH new AS (` + catalogueSeats + `)
		DELETE FROM seats
		WHERE screen_id IN (SELECT "screenId" FROM new)
			AND (screen_id, seat_number, row_label, column_number, seat_type) NOT IN (TABLE new)`},
	{"seats", func(c Catalogue) any { return c.Screens }, `
		INSERT INTO seats (screen_id, seat_number, row_label, column_number, seat_type) ` + catalogueSeats + `
		ON CONFLICT (screen_id, seat_number) DO NOTHING`},
	{"movies", func(c Catalogue) any { return c.Movies }, `
		INSERT INTO movies AS old (movie_id, title, year, runtime_minutes, language, genres)
		SELECT "movieId", title, year, "runtimeMinutes", language, genres
		FROM json_to_recordset($1) AS new ("movieId" text, title text, year integer, "runtimeMinutes" integer, language text,
			genres text[])
		ON CONFLICT (movie_id) DO UPDATE
			SET title = excluded.title, year = excluded.year, runtime_minutes = excluded.runtime_minutes,
				language = excluded.language, genres = excluded.genres
			WHERE old IS DISTINCT FROM excluded`},
	{"shows", func(c Catalogue) any { return c.Shows }, `
		INSERT INTO shows AS old (show_id, movie_id, screen_id, theater_id, starts_at, local_date)
		SELECT "showId", "movieId", screen_id, theater_id, "startsAt", ("startsAt" AT TIME ZONE time_zone)::date
		FROM json_to_recordset($1) AS new ("showId" uuid, "movieId" text, "screenId" text, "startsAt" timestamptz)
		JOIN screens ON screen_id = "screenId"
		JOIN theaters USING (theater_id)
		ON CONFLICT (show_id) DO UPDATE
			SET movie_id = excluded.movie_id, theater_id = excluded.theater_id, local_date = excluded.local_date
			WHERE old IS DISTINCT FROM excluded AND NOT EXISTS (SELECT FROM bookings WHERE bookings.show_id = old.show_id)`},
	{"prices", func(c Catalogue) any { return c.Shows }, `
		INSERT INTO prices AS old (show_id, seat_type, amount, currency)
		SELECT "showId", key, (value->>'amount')::bigint, value->>'currency'
		FROM json_to_recordset($1) AS new ("showId" uuid, prices json), json_each(prices)
		ON CONFLICT (show_id, seat_type) DO UPDATE
			SET amount = excluded.amount, currency = excluded.currency
			WHERE old IS DISTINCT FROM excluded`},
}

// catalogueSeats reads the seats of the screens.
const catalogueSeats = `
	SELECT "screenId", "seatNumber", "row", "column", "type"
	FROM json_to_recordset($1) AS screen ("screenId" text, seats json),
		json_to_recordset(seats) AS seat ("seatNumber" text, "row" text, "column" integer, "type" text)`
