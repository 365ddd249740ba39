package settings_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"movienow/infra/local/settings"
)

func write(t *testing.T, root, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file  string
		environment []string
		want        map[string]string
	}{
		{"nothing is set", "", []string{"HOME=/root", "PATH=/bin"}, map[string]string{}},
		{"a file", "# comment\n\nPORT=9090\nexport MAIL_FROM = a@b.example \n", nil, map[string]string{"PORT": "9090", "MAIL_FROM": "a@b.example"}},
		{"quotes", "MAIL_FROM=\"A # B <a@b.example>\" # who\nPORT='1'\n", nil, map[string]string{"MAIL_FROM": "A # B <a@b.example>", "PORT": "1"}},
		{"comments", "PORT=9090 # mine\nMAIL_FROM= # none\n", nil, map[string]string{"PORT": "9090"}},
		{"signs in a value", "MAIL_FROM=a=$b#c\n", nil, map[string]string{"MAIL_FROM": "a=$b#c"}},
		{"the environment wins", "PORT=9090\n", []string{"PORT=7070"}, map[string]string{"PORT": "7070"}},
		{"an empty variable is no setting", "PORT=9090\n", []string{"PORT="}, map[string]string{"PORT": "9090"}},
		{"indirect forms", "SMTP_PASSWORD_FILE=/run/secret\n", []string{"SMTP_PASSWORD_SECRET_ARN=arn"},
			map[string]string{"SMTP_PASSWORD_FILE": "/run/secret", "SMTP_PASSWORD_SECRET_ARN": "arn"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			write(t, root, ".env.example", "# The port.\nPORT=8080\n# MAIL_FROM=\n#SMTP_PASSWORD=\n")
			write(t, root, ".env", test.file)
			got, err := settings.Read(root, test.environment)
			if err != nil || !maps.Equal(got, test.want) {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{"PROT=9090\n": ".env sets PROT", "PORT=1\nhello\n": "line 2"} {
		root := t.TempDir()
		write(t, root, ".env.example", "PORT=8080\n")
		write(t, root, ".env", file)
		if _, err := settings.Read(root, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", file, err, want)
		}
	}
}

// TestExampleNamesEverySetting compares .env.example with what the programs declare.
func TestExampleNamesEverySetting(t *testing.T) {
	t.Parallel()
	const root = "../../.."
	names, err := settings.Names(root)
	if err != nil {
		t.Fatal(err)
	}
	declared := declarations(t, filepath.Join(root, "shared"), filepath.Join(root, "functions"))
	for name := range declared {
		if !names[name] {
			t.Errorf(".env.example doesn't name %s", name)
		}
	}
	maps.Copy(declared, declarations(t, filepath.Join(root, "infra", "sandbox")))
	declared["LISTEN_HOST"], declared["OBSERVE"] = true, true // of the local system
	for name := range names {
		if !declared[name] {
			t.Errorf(".env.example names %s, which nothing reads", name)
		}
	}
}

// declarations are the settings that the programs below the folders declare in the tags of their structs.
func declarations(t *testing.T, folders ...string) map[string]bool {
	t.Helper()
	declared, declaration := map[string]bool{}, regexp.MustCompile("`env:\"([A-Z0-9_]+)")
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, found := range declaration.FindAllSubmatch(text, -1) {
				declared[string(found[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return declared
}
