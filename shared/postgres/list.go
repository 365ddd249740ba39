package postgres

import (
	"context"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// list runs a query and reads all its rows.
func list[T any](ctx context.Context, db *DB, read pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := db.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, translate(err)
	}
	items, err := pgx.CollectRows(rows, read)
	return items, translate(err)
}

// maxKeyPart is how many bytes of text a list may be sorted by; the tables have nothing longer.
const maxKeyPart = 200

// after returns the parts of the sort key after which the page starts, all of them empty for the first page: every text
// sorts after that. A cursor comes from outside, so one that was meant for another list is Invalid.
func after(page cinema.Page, parts int) ([]string, error) {
	if len(page.After) == 0 {
		return make([]string, parts), nil
	}
	valid := len(page.After) == parts
	for _, part := range page.After {
		valid = valid && len(part) <= maxKeyPart
	}
	if !valid {
		return nil, errCursor
	}
	return page.After, nil
}

var errCursor = cinema.InvalidField("?cursor", "Use a nextCursor from an earlier page of the same list, unchanged.")

// mustExist returns NotFound unless the query for the thing's id has a row. Lists ask it only when they are empty, so the
// common case costs one query.
func (db *DB) mustExist(ctx context.Context, sql, thing, id string) error {
	var exists bool
	if err := db.pool.QueryRow(ctx, `SELECT EXISTS (`+sql+`)`, id).Scan(&exists); err != nil {
		return translate(err)
	}
	if !exists {
		return cinema.Errorf(cinema.NotFound, "There is no %s %q.", thing, id)
	}
	return nil
}
