package migrations_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// rule is something that a migration of a database in use must not do.
type rule struct {
	found  *regexp.Regexp // in a statement in lower case, without comments and texts, with single spaces
	unless *regexp.Regexp // and it doesn't say this
	why    string
}

// constant are defaults that PostgreSQL writes down once, in the catalogue, instead of into every row.
const constant = `default (\(?(-?[0-9.]+|''|true|false|null|now\(\)|current_timestamp|current_date)\)?)( ?:: ?[a-z\[\] ]+)?`

var rules = []rule{
	{re(`^create (unique )?index`), re(`^create (unique )?index concurrently`), "nobody can write until the index is built: CREATE INDEX CONCURRENTLY"},
	{re(`^drop index`), re(`^drop index concurrently`), "nobody can read until it has the lock: DROP INDEX CONCURRENTLY"},
	{re(`^reindex`), re(`concurrently`), "nobody can write until the index is built: REINDEX CONCURRENTLY"},
	{re(`add (constraint \S+ )?(check|foreign key)`), re(`not valid`), "every row is read under a lock: NOT VALID, and VALIDATE CONSTRAINT in a migration of its own"},
	{re(`add (constraint \S+ )?(unique|primary key|exclude)`), re(`using index`), "an index is built under a lock: make it CONCURRENTLY, then ADD ... USING INDEX"},
	{re(`add (column )?(if not exists )?(\S+ \S+.*) (unique|primary key|references|check)\b`), re(`add constraint`), "the constraint is checked under a lock: add it afterwards, NOT VALID"},
	{re(`alter (column )?\S+ (set data )?type`), nil, "the table is written anew under a lock: add another column"},
	{re(`set not null`), nil, "every row is read under a lock: CHECK (... IS NOT NULL) NOT VALID, then VALIDATE CONSTRAINT"},
	{re(`add (column )?.*(default )`), re(constant), "the table is written anew under a lock: add the column with a constant default, or none"},
	{re(`add (column )?.*(generated |serial)`), nil, "the table is written anew under a lock: add a plain column and fill it in steps"},
	{re(`^(update|delete from|insert into .* select|truncate|cluster|vacuum full|lock )`), nil, "it holds locks for as long as it takes: do it in steps, outside the migrations"},
	{re(`set (logged|unlogged|tablespace|access method)`), nil, "the table is written anew under a lock"},
}

func re(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

var (
	comment  = regexp.MustCompile(`(?m)--.*$|(?s:/\*.*?\*/)`)
	text     = regexp.MustCompile(`(?s)\$(\w*)\$.*?\$\w*\$|'(?:[^']|'')*'`)
	space    = regexp.MustCompile(`\s+`)
	made     = regexp.MustCompile(`^create (?:unlogged )?table (?:if not exists )?(\S+)`)
	about    = regexp.MustCompile(`\b(?:on|table|update|from|into|truncate)\s+(?:if exists |only )*([a-z_."]+)`)
	building = regexp.MustCompile(`^create (?:unique )?index concurrently (?:if not exists )?(\S+) on`)
)

// unsafe lists what a migration would do to a database in use that it must not. Tables that it makes itself are nobody's
// yet.
func unsafe(migration string) []string {
	up, _, _ := strings.Cut(migration, "-- +goose Down")
	alone := strings.Contains(up, "-- +goose NO TRANSACTION")
	var problems, dropped, own, unchecked []string
	for _, statement := range statements(up) {
		report := func(why string) { problems = append(problems, fmt.Sprintf("%q: %s", statement, why)) }
		if table := made.FindStringSubmatch(statement); table != nil {
			own = append(own, table[1])
			continue
		}
		if table := about.FindStringSubmatch(statement); table != nil && slices.Contains(own, table[1]) {
			continue
		}
		for _, rule := range rules {
			if rule.found.MatchString(statement) && (rule.unless == nil || !rule.unless.MatchString(statement)) {
				report(rule.why)
			}
		}
		if strings.Contains(statement, "concurrently") && !alone {
			report("it can't be part of a transaction: -- +goose NO TRANSACTION")
		}
		if name, ok := strings.CutPrefix(statement, "drop index concurrently if exists "); ok {
			dropped = append(dropped, name)
		}
		if index := building.FindStringSubmatch(statement); index != nil && !slices.Contains(dropped, index[1]) {
			report("half way it leaves an invalid index behind, which the next try trips over: DROP INDEX CONCURRENTLY IF EXISTS before")
		}
		unchecked = append(unchecked, regexp.MustCompile(`add constraint (\S+) .*not valid`).FindAllString(statement, -1)...)
		if strings.Contains(statement, "validate constraint") && len(unchecked) > 0 && !alone {
			report("it reads every row while the transaction still holds the lock of ADD CONSTRAINT: a migration of its own")
		}
		if alone && !repeatable(statement) {
			report("without a transaction a migration that failed half way begins anew: IF [NOT] EXISTS")
		}
	}
	return problems
}

// repeatable tells whether a statement may run again after it has succeeded.
func repeatable(statement string) bool {
	return re(`^(set|reset) |if (not )?exists|^create (unique )?index concurrently|validate constraint`).MatchString(statement)
}

// statements are those of a migration, in lower case, with ” for each text.
func statements(migration string) []string {
	plain := text.ReplaceAllString(comment.ReplaceAllString(migration, ""), "''")
	var found []string
	for statement := range strings.SplitSeq(plain, ";") {
		statement = strings.ToLower(strings.TrimSpace(space.ReplaceAllString(statement, " ")))
		if statement != "" {
			found = append(found, statement)
		}
	}
	return found
}
