package listing

import (
	"net/http"
	"time"

	"movienow/shared/cinema"
)

// Date reads the query parameter date, a day in the theater's zone. It is "" if there is none.
func Date(r *http.Request) (string, error) {
	query := r.URL.Query()
	if !query.Has("date") {
		return "", nil
	}
	date := query.Get("date")
	if day, err := time.Parse(time.DateOnly, date); err != nil || day.Year() < 1 {
		return "", cinema.InvalidField("?date", "Give a day of the calendar as 2026-03-01.")
	}
	return date, nil
}

// ID reads the query parameter name, the id of something in the catalogue. It is "" if there is none.
func ID(r *http.Request, name string) (string, error) {
	query := r.URL.Query()
	if !query.Has(name) {
		return "", nil
	}
	id := query.Get(name)
	if !cinema.IsID(id) {
		return "", cinema.InvalidField("?"+name, "Give an id from an earlier answer, unchanged.")
	}
	return id, nil
}
