package migrations_test

import (
	"context"
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/postgres/migrations"

	"github.com/jackc/pgx/v5"
)

// baseline is the last migration of the schema that the first release begins with. Nobody uses a database while these run.
const baseline = 10

func TestMigrationsDontLockTablesInUse(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil || len(files) < 4 {
		t.Fatalf("found the migrations %v, %v", files, err)
	}
	for _, file := range files {
		number, _, _ := strings.Cut(file, "_")
		if version, err := strconv.Atoi(number); err != nil || version <= baseline {
			continue
		}
		content, err := fs.ReadFile(migrations.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range unsafe(string(content)) {
			t.Errorf("%s: %s", file, problem)
		}
	}
}

func TestUnsafeMigrationsAreFound(t *testing.T) {
	t.Parallel()
	const alone = "-- +goose NO TRANSACTION\n-- +goose Up\n"
	tests := map[string]struct {
		good bool
		sql  string
	}{
		"index":                       {false, `CREATE INDEX a ON bookings (show_id);`},
		"unique index":                {false, `create unique index a on bookings (show_id);`},
		"index in a transaction":      {false, `DROP INDEX CONCURRENTLY IF EXISTS a; CREATE INDEX CONCURRENTLY a ON bookings (show_id);`},
		"index that trips over half":  {false, alone + `CREATE INDEX CONCURRENTLY a ON bookings (show_id);`},
		"index that skips half":       {false, alone + `CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON bookings (show_id);`},
		"index beside":                {true, alone + `DROP INDEX CONCURRENTLY IF EXISTS a; CREATE INDEX CONCURRENTLY a ON bookings (show_id);`},
		"index of a new table":        {true, `CREATE TABLE new (a int); CREATE INDEX new_a ON new (a);`},
		"index dropped":               {false, `DROP INDEX a;`},
		"index dropped beside":        {true, alone + `DROP INDEX CONCURRENTLY IF EXISTS a;`},
		"reindex":                     {false, `REINDEX INDEX a;`},
		"check":                       {false, `ALTER TABLE bookings ADD CONSTRAINT a CHECK (b > 0);`},
		"check without a name":        {false, `ALTER TABLE bookings ADD CHECK (b > 0);`},
		"check for later":             {true, `ALTER TABLE bookings ADD CONSTRAINT a CHECK (b > 0) NOT VALID;`},
		"check now after all":         {false, `ALTER TABLE bookings ADD CONSTRAINT a CHECK (b > 0) NOT VALID; ALTER TABLE bookings VALIDATE CONSTRAINT a;`},
		"check later":                 {true, `ALTER TABLE bookings VALIDATE CONSTRAINT a;`},
		"foreign key":                 {false, `ALTER TABLE bookings ADD CONSTRAINT a FOREIGN KEY (b) REFERENCES c;`},
		"unique":                      {false, `ALTER TABLE bookings ADD CONSTRAINT a UNIQUE (b);`},
		"unique by an index":          {true, `ALTER TABLE bookings ADD CONSTRAINT a UNIQUE USING INDEX b;`},
		"primary key":                 {false, `ALTER TABLE bookings ADD PRIMARY KEY (b);`},
		"column":                      {true, `ALTER TABLE bookings ADD COLUMN a text;`},
		"column that checks":          {false, `ALTER TABLE bookings ADD COLUMN a text CHECK (a <> '');`},
		"column that refers":          {false, `ALTER TABLE bookings ADD COLUMN a uuid REFERENCES shows;`},
		"column with a constant":      {true, `ALTER TABLE bookings ADD COLUMN a text NOT NULL DEFAULT 'x; CREATE INDEX', ADD b int DEFAULT 0;`},
		"column with a constant list": {true, `ALTER TABLE bookings ADD COLUMN a text[] NOT NULL DEFAULT '{}'::text[];`},
		"column with the time":        {true, `ALTER TABLE bookings ADD COLUMN a timestamptz NOT NULL DEFAULT now();`},
		"column with something new":   {false, `ALTER TABLE bookings ADD COLUMN a uuid DEFAULT gen_random_uuid();`},
		"column that counts":          {false, `ALTER TABLE bookings ADD COLUMN a bigserial;`},
		"column that is generated":    {false, `ALTER TABLE bookings ADD COLUMN a int GENERATED ALWAYS AS (b + 1) STORED;`},
		"type":                        {false, `ALTER TABLE bookings ALTER COLUMN a TYPE bigint;`},
		"type, in other words":        {false, "alter table bookings\n\talter a set data type bigint;"},
		"not null":                    {false, `ALTER TABLE bookings ALTER COLUMN a SET NOT NULL;`},
		"another default":             {true, `ALTER TABLE bookings ALTER COLUMN a SET DEFAULT gen_random_uuid();`},
		"nullable":                    {true, `ALTER TABLE bookings ALTER COLUMN a DROP NOT NULL;`},
		"all rows":                    {false, `UPDATE bookings SET a = 1;`},
		"no rows":                     {false, `DELETE FROM bookings;`},
		"rows of a new table":         {true, `CREATE TABLE new (a int); INSERT INTO new VALUES (1);`},
		"lock":                        {false, `LOCK TABLE bookings;`},
		"rewritten":                   {false, `ALTER TABLE bookings SET UNLOGGED;`},
		"column without transaction":  {false, alone + `ALTER TABLE bookings ADD COLUMN a text;`},
		"column, if it isn't there":   {true, alone + `ALTER TABLE bookings ADD COLUMN IF NOT EXISTS a text;`},
		"words in comments":           {true, "-- CREATE INDEX a ON bookings (b);\n/* LOCK\nbookings; */ SELECT 1;"},
		"the way back":                {true, "ALTER TABLE bookings ADD COLUMN a text;\n-- +goose Down\nDROP INDEX a;"},
		"function":                    {true, "CREATE FUNCTION a() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE bookings SET a = 1; END $$;"},
	}
	for name, test := range tests {
		if got := unsafe(test.sql); (len(got) == 0) != test.good {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

// TestMigrationsDontQueueForever: whoever waits for a table's lock makes everybody wait that comes after, so a migration
// gives up soon, says that it may be tried again, and succeeds when the way is free.
func TestMigrationsDontQueueForever(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	execute(t, url, `DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE goose_db_version (id int)`)
	holder, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close(context.Background())
	if _, err := holder.Exec(t.Context(), `BEGIN; LOCK TABLE goose_db_version`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := migrations.Migrate(ctx, url); cinema.KindOf(err) != cinema.Unavailable || ctx.Err() != nil {
		t.Errorf("got %v, want it to give up for now", err)
	}
	if _, err := holder.Exec(t.Context(), `DROP TABLE goose_db_version; COMMIT`); err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.Migrate(ctx, url); err != nil {
		t.Error(err)
	}
}

// TestAnIndexThatWasBuiltHalfIsBuiltAgain: CREATE INDEX CONCURRENTLY leaves an invalid one when it is cut short.
func TestAnIndexThatWasBuiltHalfIsBuiltAgain(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	execute(t, url, `DELETE FROM goose_db_version WHERE version_id > 10`)
	execute(t, url, `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'bookings_by_show'::regclass`)
	if _, err := migrations.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	execute(t, url, `DO $$ BEGIN ASSERT (SELECT bool_and(indisvalid) FROM pg_index); END $$`)
}

// TestRefundsWithoutATimeAreAskedAbout: those that were written before ask_at was there are found by the index on it.
func TestRefundsWithoutATimeAreAskedAbout(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	demo := testenv.Catalogue(t, url)
	execute(t, url, `DELETE FROM goose_db_version WHERE version_id > 19;
		INSERT INTO bookings (booking_id, reference, user_id, customer_name, email, show_id, reservation_id, status,
			total_amount, currency, idempotency_key, request_hash, settle_at)
		VALUES (gen_random_uuid(), 'R', 'alice', '', '', '`+demo.ShowID+`', gen_random_uuid(), 'CANCELLED', 1, 'EUR', '', '', now());
		INSERT INTO payments (booking_id, status, method, amount, currency)
		SELECT booking_id, 'REFUND_PENDING', '', 1, 'EUR' FROM bookings`)
	if _, err := migrations.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	execute(t, url, `DO $$ BEGIN ASSERT (SELECT bool_and(ask_at = changed_at) FROM payments); END $$`)
}
