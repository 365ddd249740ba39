package config

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:movienow"

// manager is a Secrets Manager that knows one secret, and a container's credentials endpoint.
func manager(t *testing.T) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/credentials" {
			if r.Header.Get("Authorization") != "pod" {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			io.WriteString(w, `{"AccessKeyId":"POD","SecretAccessKey":"secret","Token":"t","Expiration":"2099-01-01T00:00:00Z"}`)
			return
		}
		var asked struct{ SecretID string }
		json.NewDecoder(r.Body).Decode(&asked)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if !strings.Contains(r.Header.Get("Authorization"), "/eu-central-1/secretsmanager/") || asked.SecretID != arn {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"__type":"ResourceNotFoundException","Message":"no such secret"}`)
			return
		}
		key, _, _ := strings.Cut(r.Header.Get("Authorization"), "/")
		io.WriteString(w, `{"SecretString":"postgres://`+key[strings.LastIndexByte(key, '=')+1:]+`"}`)
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.URL)
	t.Setenv("AWS_REGION", "eu-central-1")
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		t.Setenv(name, "")
	}
	return server.URL
}

func load(t *testing.T) (string, error) {
	t.Helper()
	t.Setenv("ALLOW_PLAINTEXT", "true") // the addresses here are no real ones
	var settings Database
	err := Load(t.Context(), &settings)
	if err != nil {
		return "", err
	}
	return settings.DatabaseURL(), nil
}

func TestSecretsAreReadWithTheCredentialsOfTheFunction(t *testing.T) {
	manager(t)
	t.Setenv("DATABASE_URL_SECRET_ARN", arn)
	if _, err := load(t); err == nil || !strings.Contains(err.Error(), "AWS_ACCESS_KEY_ID") {
		t.Errorf("without credentials: got %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "LAMBDA")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	if got, err := load(t); got != "postgres://LAMBDA" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	t.Setenv("DATABASE_URL", "postgres://direct")
	if got, err := load(t); got != "postgres://direct" || err != nil {
		t.Errorf("given directly too: got %q, %v", got, err)
	}
	t.Setenv("DATABASE_URL", "")
	t.Setenv("DATABASE_URL_SECRET_ARN", arn+"-other")
	if _, err := load(t); err == nil || !strings.Contains(err.Error(), "DATABASE_URL_SECRET_ARN") {
		t.Errorf("another secret: got %v", err)
	}
}

func TestSecretsAreReadWithTheCredentialsOfTheContainer(t *testing.T) {
	url := manager(t)
	t.Setenv("DATABASE_URL_SECRET_ARN", arn)
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url+"/credentials")
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("pod"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token)
	if got, err := load(t); got != "postgres://POD" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSecretsAreReadFromFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(path, []byte("postgres://file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DATABASE_URL_FILE", path)
	if got, err := load(t); got != "postgres://file" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	t.Setenv("DATABASE_URL_FILE", path+"-not")
	if _, err := load(t); err == nil || !strings.Contains(err.Error(), "DATABASE_URL_FILE") {
		t.Errorf("got %v", err)
	}
}
