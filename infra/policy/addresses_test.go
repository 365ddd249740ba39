package policy

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"
)

// Address is a value of a Secret that names a server, as an overlay has it.
type Address struct {
	Secret, Key string
	// Value has a place instead of the server's name and the password where these come from elsewhere.
	Value string
}

// placeholders stand for what External Secrets puts into an address.
var placeholders = map[string]string{"password": "secret", "host": "server.example", "username": "movienow_app", "cookie": "secret"}

// Addresses lists the addresses of servers in an overlay's Secrets, those that External Secrets writes included.
func Addresses(objects []Object) ([]Address, error) {
	var found []Address
	for _, object := range objects {
		values, err := secretValues(object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", object, err)
		}
		for key, value := range values {
			if strings.Contains(value, "://") {
				found = append(found, Address{object.Metadata.Name, key, value})
			}
		}
	}
	return found, nil
}

// secretValues are the values of a Secret, or of the one that an ExternalSecret makes.
func secretValues(object Object) (map[string]string, error) {
	values := map[string]string{}
	switch object.Kind {
	case "Secret":
		for key, encoded := range object.Data {
			text, err := base64.StdEncoding.DecodeString(encoded)
			if err != nil {
				return nil, fmt.Errorf("decode %s: %w", key, err)
			}
			values[key] = string(text)
		}
	case "ExternalSecret":
		var spec struct {
			Target struct {
				Template struct {
					Data map[string]string `json:"data"`
				} `json:"template"`
			} `json:"target"`
		}
		object.decode(&spec)
		for key, text := range spec.Target.Template.Data {
			value, err := fill(text)
			if err != nil {
				return nil, fmt.Errorf("fill in %s: %w", key, err)
			}
			values[key] = value
		}
	}
	return values, nil
}

// fill does what External Secrets does to a template, with the functions that are used here.
func fill(text string) (string, error) {
	parsed, err := template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"toJson":    func(value any) (string, error) { encoded, err := json.Marshal(value); return string(encoded), err },
		"splitList": func(separator, list string) []string { return strings.Split(list, separator) },
		"first":     func(list []string) string { return list[0] },
	}).Parse(text)
	if err != nil {
		return "", err
	}
	var filled strings.Builder
	values := map[string]string{"apiKey": "secret", "webhookSecret": "secret"}
	for name, value := range placeholders {
		values[name] = value
	}
	err = parsed.Execute(&filled, values)
	return filled.String(), err
}
