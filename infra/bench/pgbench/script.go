// Package pgbench runs PostgreSQL's own benchmark: plain, and with the statements of a purchase, read from the source of
// shared/postgres so that they are always those that are shipped.
package pgbench

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// The values that the statements get, by their parameter's number. Everything of a transaction comes from :r, a random number,
// and :t, which grows as the time does, like the first half of a booking's id.
var (
	booking = `(lpad(to_hex((:t)::bigint), 12, '0') || '7000' || lpad(to_hex((:r)::bigint), 16, '0'))::uuid`
	text    = `(:r)::bigint::text`

	claimValues = map[int]string{
		1: booking, 2: text, 3: `'customer-' || (:u)::int`, 4: `'Customer'`, 5: `'customer@example.test'`,
		6: `('0190a1b2-c3d4-7e5f-8a6b-' || lpad((:s)::int::text, 12, '0'))::uuid`,
		7: `(lpad(to_hex((:r)::bigint), 32, '0'))::uuid`, 8: `2400::bigint`, 9: `'EUR'`, 10: text, 11: `'\x01'::bytea`,
		12: `interval '30 seconds'`, 13: `'sandbox_ok'`,
		14: `ARRAY['A' || (:r)::bigint, 'B' || (:r)::bigint]`, 15: `'{STANDARD,STANDARD}'`, 16: `'{1200,1200}'`,
		17: `'customer@example.test'`, 18: `false`, 19: `5`, 20: `20`,
	}
	confirmValues = map[int]string{1: `ARRAY[` + booking + `]`, 2: `ARRAY[` + text + `]`, 3: `ARRAY[200]`, 4: `ARRAY['\x7b7d'::bytea]`,
		5: `'PENDING_PAYMENT'`, 6: `ARRAY['']`}
)

// purchase is the script of a claim and a confirmation among so many shows, of the statements below the repository's root.
func purchase(root string, shows int) (string, error) {
	constants, err := stringConstants(filepath.Join(root, "shared", "postgres"))
	if err != nil {
		return "", err
	}
	claim, err := fill("claim", constants["claim"], claimValues)
	if err != nil {
		return "", err
	}
	confirm, err := fill("confirm", constants["confirm"], confirmValues)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("\\set r random(1, 1000000000000000000)\n\\set s random(0, %d)\n\\set u random(0, 1020)\n\\set t :t + 10\n%s;\n%s;\n",
		shows-1, claim, confirm), nil
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// fill writes a statement on one line with values for its parameters.
func fill(name, statement string, values map[int]string) (string, error) {
	if statement == "" {
		return "", fmt.Errorf("shared/postgres has no constant %s any more; mend infra/bench/pgbench", name)
	}
	missing := ""
	filled := parameter.ReplaceAllStringFunc(statement, func(found string) string {
		number, _ := strconv.Atoi(found[1:]) // digits
		if values[number] == "" {
			missing = found
		}
		return values[number]
	})
	if missing != "" {
		return "", fmt.Errorf("the statement %s of shared/postgres has a parameter %s, for which infra/bench/pgbench has no value", name, missing)
	}
	return strings.Join(strings.Fields(filled), " "), nil
}

// stringConstants are those of a package's files that are plain string literals.
func stringConstants(folder string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	constants := map[string]string{}
	for _, file := range files {
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return nil, fmt.Errorf("read the statements of a purchase: %w", err)
		}
		ast.Inspect(syntax, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || len(spec.Values) != len(spec.Names) {
				return true
			}
			for i, value := range spec.Values {
				if literal, ok := value.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					constants[spec.Names[i].Name], _ = strconv.Unquote(literal.Value) // the parser has accepted it
				}
			}
			return true
		})
	}
	return constants, nil
}
