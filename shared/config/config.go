// Package config reads a function's settings from the environment. A function declares a struct of the groups below that
// it needs, and nothing else in the program looks at environment variables.
//
// A setting X that is secret may also be given as X_FILE, the path of a file that holds it (a mounted Kubernetes Secret), or
// as X_SECRET_ARN, the ARN of an AWS Secrets Manager secret that is read when the function starts. A file is read again when
// a new connection needs the secret (Secret), so that it can be rotated without a restart.
package config

import (
	"context"
	"fmt"
	"os"
	"reflect"

	"github.com/caarlos0/env/v11"
)

// Load fills into, a pointer to a struct of groups, from the environment. The error names every variable that is missing
// or can't be read.
func Load(ctx context.Context, into any) error { return LoadFrom(ctx, env.ToMap(os.Environ()), into) }

// LoadFrom is Load from another environment, whose indirect forms it replaces by their values.
func LoadFrom(ctx context.Context, environment map[string]string, into any) error {
	fields, err := env.GetFieldParams(into)
	if err != nil {
		return fmt.Errorf("read the settings' declaration: %w", err)
	}
	loaded, files := map[string]string{"ALLOW_PLAINTEXT": environment["ALLOW_PLAINTEXT"]}, map[string]string{}
	for _, field := range fields {
		if environment[field.Key] == "" {
			files[field.Key] = environment[field.Key+"_FILE"]
		}
		if err := Resolve(ctx, environment, field.Key); err != nil {
			return err
		}
		loaded[field.Key] = environment[field.Key]
	}
	if err := parse(into, environment); err != nil {
		return err
	}
	renew(reflect.ValueOf(into).Elem(), files, loaded)
	return RefusePlaintext(loaded)
}

func parse(into any, environment map[string]string) error {
	options := env.Options{Environment: environment, FuncMap: map[reflect.Type]env.ParserFunc{secretType: parseSecret}}
	if err := env.ParseWithOptions(into, options); err != nil {
		return fmt.Errorf("%w; see .env.example for every setting", err)
	}
	return nil
}

// Resolve replaces the indirect forms of the setting key by its value. A value that is given directly wins.
func Resolve(ctx context.Context, environment map[string]string, key string) error {
	if environment[key] != "" {
		return nil
	}
	if path := environment[key+"_FILE"]; path != "" {
		content, err := readFile(path)
		if err != nil {
			return fmt.Errorf("read %s_FILE: %w", key, err)
		}
		environment[key] = content
		return nil
	}
	if arn := environment[key+"_SECRET_ARN"]; arn != "" {
		value, err := secretText(ctx, arn)
		if err != nil {
			return fmt.Errorf("read %s_SECRET_ARN: %w", key, err)
		}
		environment[key] = value
	}
	return nil
}
