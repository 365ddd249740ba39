package catalogue

import (
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"movienow/shared/cinema"
)

// row is a line of a table.
type row struct {
	values map[string]string
}

// readTable calls read for each line of the CSV file, which must have exactly the columns. A last column after a question mark may
// be missing. Errors name file and line.
func readTable(files fs.FS, name, columns string, read func(row) error) error {
	file, err := files.Open(name)
	if err != nil {
		return fmt.Errorf("open the catalogue's table: %w", err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	header, err := reader.Read()
	needed, optional, _ := strings.Cut(columns, "?")
	if got := strings.Join(header, ","); err != nil || got != needed && got != needed+optional {
		return fmt.Errorf("%s:1: the first line must be %q", name, needed+optional)
	}
	for {
		fields, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		line := row{map[string]string{}}
		for i, column := range header {
			line.values[column] = strings.TrimSpace(fields[i])
		}
		if err := read(line); err != nil {
			number, _ := reader.FieldPos(0)
			return fmt.Errorf("%s:%d: %w", name, number, err)
		}
	}
}

// maxText is the longest name or title in bytes; the database takes no longer ones.
const maxText = 200

// text returns the value of a column, which must not be empty.
func (r row) text(column string) (string, error) {
	value := r.values[column]
	if value == "" || len(value) > maxText {
		return "", fmt.Errorf("%s must have 1 to %d bytes", column, maxText)
	}
	return value, nil
}

// texts returns the values of several columns like text.
func (r row) texts(columns ...string) ([]string, error) {
	values := make([]string, len(columns))
	for i, column := range columns {
		value, err := r.text(column)
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

// number returns the value of a column, which must be a positive whole number.
func (r row) number(column string) (int64, error) {
	number, err := strconv.ParseInt(r.values[column], 10, 32)
	if err != nil || number <= 0 {
		return 0, fmt.Errorf("%s is %q, which is no positive whole number", column, r.values[column])
	}
	return number, nil
}

// newID returns the value of a column that names something new: an id that isn't taken.
func newID[T any](r row, column string, taken map[string]T) (string, error) {
	id := r.values[column]
	if !cinema.IsID(id) {
		return "", fmt.Errorf("%s is %q; an id has 1 to 64 letters, digits, - and _", column, id)
	}
	if _, exists := taken[id]; exists {
		return "", fmt.Errorf("%s %q is there twice", column, id)
	}
	return id, nil
}

// known returns what the value of a column refers to.
func known[T any](r row, column string, things map[string]T) (T, error) {
	thing, exists := things[r.values[column]]
	if !exists {
		return thing, fmt.Errorf("there is no %s %q", column, r.values[column])
	}
	return thing, nil
}

// list returns the value of a column as its parts between semicolons.
func (r row) list(column string) []string {
	parts := strings.Split(r.values[column], ";")
	return slices.DeleteFunc(parts, func(part string) bool { return part == "" })
}
