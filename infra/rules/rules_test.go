package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRepository(t *testing.T) {
	t.Parallel()
	violations, err := Check("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range violations {
		t.Error(violation)
	}
}

// TestCheck breaks each rule once in a repository that is otherwise fine.
func TestCheck(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\n", maxFileLines)
	body := strings.Repeat("\tprintln()\n", maxFunctionLines)
	for _, test := range []struct{ name, path, text, want string }{
		{"a file that breaks nothing", "shared/cinema/seat.go", "package cinema\n", ""},
		{"the domain imports a module", "shared/cinema/seat.go", `package cinema; import _ "github.com/google/uuid"`, "standard library only"},
		{"the domain imports a store", "shared/cinema/seat.go", `package cinema; import _ "movienow/shared/postgres"`, "may import [] of shared/, but not shared/postgres"},
		{"a store imports another", "shared/seatlock/seat.go", `package seatlock; import _ "movienow/shared/postgres"`, "but not shared/postgres"},
		{"a shared package imports the test environment", "shared/api/seat.go", `package api; import _ "movienow/infra/testenv"`, "but not infra/testenv"},
		{"a shared package imports the local runner", "shared/api/seat.go", `package api; import _ "movienow/infra/local"`, "but not infra/local"},
		{"a package that the table doesn't know", "shared/seats/seat.go", `// Package seats is new.
package seats; import _ "movienow/shared/cinema"`, "missing from the table"},
		{"a function imports another", "functions/checkout/more.go", `package main; import _ "movienow/functions/get-booking"`, "imports packages of shared/ only"},
		{"a function imports the local runner", "functions/checkout/more.go", `package main; import _ "movienow/infra/local"`, "imports packages of shared/ only"},
		{"a function imports the test environment", "functions/checkout/more.go", `package main; import _ "movienow/infra/testenv"`, "imports packages of shared/ only"},
		{"a function's test imports the test environment", "functions/checkout/more_test.go", `package main; import _ "movienow/infra/testenv"`, ""},
		{"a shared package's test imports the test environment", "shared/api/more_test.go", `package api; import _ "movienow/infra/testenv"`, ""},
		{"a client outside its package", "functions/checkout/more.go", `package main; import _ "github.com/jackc/pgx/v5/pgxpool"`, "shared/postgres only"},
		{"an unnamed client in two packages", "shared/auth/seat.go", `package auth; import _ "example.org/some/client"`, "is imported by [shared/api shared/auth]"},
		{"an unknown entry at the top", "docs/index.md", "# Docs\n", "the top level is fixed"},
		{"a hidden entry at the top", ".ci/run", "", ""},
		{"a vague package name", "shared/helpers/seat.go", "// Package helpers helps.\npackage helpers\n", "name the package after what it does"},
		{"a file that is too long", "shared/api/seat.go", "package api\n" + long, "301 lines"},
		{"a file that is just short enough", "shared/api/seat.go", "package api\n" + long[1:], ""},
		{"a function that is too long", "shared/api/seat.go", "package api\nfunc seats() {\n" + body[:len(body)-11] + "}\n", "seats has 46 lines"},
		{"a function that is just short enough", "shared/api/seat.go", "package api\nfunc seats() {\n" + body[:len(body)-22] + "}\n", ""},
		{"a package without a comment", "infra/seats/seat.go", "package seats\n", "no comment that says what it is for"},
		{"a function without a comment", "shared/api/seat.go", "package api\nfunc Seats() {}\n", "line 2: Seats is exported"},
		{"a method without a comment", "shared/api/seat.go", "package api\n// S is.\ntype S struct{}\nfunc (*S) Seats() {}\n", "line 4: Seats is exported"},
		{"a method of a private type", "shared/api/seat.go", "package api\ntype s struct{}\nfunc (s) Seats() {}\n", ""},
		{"a type without a comment", "shared/api/seat.go", "package api\ntype Seat struct{}\n", "Seat is exported"},
		{"a constant without a comment", "shared/api/seat.go", "package api\nconst Rows = 3\n", "Rows is exported"},
		{"a group of constants with one comment", "shared/api/seat.go", "package api\n// Sizes.\nconst (\nRows = 3\nSeats = 4\n)\n", ""},
		{"the environment is read", "shared/api/seat.go", `package api; import "os"; var home = os.Getenv("HOME")`, "only shared/config reads environment variables"},
		{"Lambda's environment is read", "shared/api/seat.go", `package api; import "os"; var home = os.Getenv("AWS_LAMBDA_RUNTIME_API")`, ""},
		{"a time zone is looked up", "shared/api/seat.go", `package api; import "time"; var home, _ = time.LoadLocation("Europe/Berlin")`, "import time/tzdata"},
		{"a time zone is brought along", "shared/api/seat.go", `package api; import ("time"; _ "time/tzdata"); var home, _ = time.LoadLocation("Europe/Berlin")`, ""},
		{"a function without a test", "functions/refund/main.go", "// Command refund refunds.\npackage main\n", "every function has handler_test.go"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for path, text := range sound {
				write(t, root, path, text)
			}
			write(t, root, test.path, test.text)
			violations, err := Check(root)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(violations, "\n")
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// sound is a small repository without violations.
var sound = map[string]string{
	"go.mod":                             "module movienow\n",
	"shared/cinema/doc.go":               "// Package cinema is the domain.\npackage cinema\n",
	"shared/api/doc.go":                  "// Package api is the edge.\npackage api\n\nimport _ \"example.org/some/client\"\n",
	"shared/auth/doc.go":                 "// Package auth knows who calls.\npackage auth\n",
	"shared/seatlock/doc.go":             "// Package seatlock holds seats.\npackage seatlock\n",
	"functions/checkout/main.go":         "// Command checkout sells.\npackage main\n",
	"functions/checkout/handler.go":      "package main\n",
	"functions/checkout/handler_test.go": "package main\n",
	"functions/checkout/testdata/a.json": "{}\n",
}

func write(t *testing.T, root, path, text string) {
	t.Helper()
	path = filepath.Join(root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
