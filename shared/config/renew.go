package config

import (
	"os"
	"reflect"
	"strings"
	"sync"

	"movienow/shared/secret"
)

// Secret is a setting that may change while the function runs: calling it returns what it is now. One that was given as
// X_FILE is read from the file again, so that a new password counts from the next connection on; the other forms stay as
// they were at the start. A field is never nil after Load; what wasn't set is empty.
type Secret = func() string

var secretType = reflect.TypeFor[Secret]()

// parseSecret is how a Secret is made from its text.
func parseSecret(text string) (any, error) { return secret.Fixed(text), nil }

// renew makes the secrets in a struct of settings read their files again, and gives those that weren't set a value. files
// holds the paths by the settings' names.
func renew(settings reflect.Value, files, loaded map[string]string) {
	for i := range settings.NumField() {
		field, declared := settings.Field(i), settings.Type().Field(i)
		name, _, _ := strings.Cut(declared.Tag.Get("env"), ",")
		switch path := files[name]; {
		case field.Kind() == reflect.Struct:
			renew(field, files, loaded)
		case field.Type() != secretType:
		case path != "":
			field.Set(reflect.ValueOf(fromFile(name, path, loaded)))
		case field.IsNil():
			field.Set(reflect.ValueOf(secret.Fixed("")))
		}
	}
}

// fromFile reads the setting from its file each time. As long as the file can't be read, is empty (it is being replaced), or
// asks for what Load would refuse, the setting stays as it was last.
func fromFile(name, path string, loaded map[string]string) Secret {
	var mu sync.Mutex
	last := loaded[name]
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		text, err := readFile(path)
		if err != nil || text == "" || text == last {
			return last
		}
		if RefusePlaintext(map[string]string{name: text, "ALLOW_PLAINTEXT": loaded["ALLOW_PLAINTEXT"]}) == nil {
			last = text
		}
		return last
	}
}

func readFile(path string) (string, error) {
	content, err := os.ReadFile(path)
	return strings.TrimRight(string(content), "\r\n"), err
}
