package system_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"movienow/infra/local/system"
	"movienow/infra/testenv"
)

func TestTheCatalogueGoesWhereTheSettingsSay(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte(testenv.Postgres(t)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{"DATABASE_URL_FILE": file, "CACHE_REDIS_URL": testenv.Redis(t)}
	var progress strings.Builder
	if err := system.LoadCatalogue(t.Context(), settings, &progress); err != nil || !strings.Contains(progress.String(), "cities") {
		t.Errorf("got %q, %v", progress.String(), err)
	}
	settings["DATABASE_CONNECTIONS"] = "many"
	if err := system.LoadCatalogue(t.Context(), settings, io.Discard); err == nil || !strings.Contains(err.Error(), "DatabaseConnections") {
		t.Errorf("got %v, want it to speak of DATABASE_CONNECTIONS", err)
	}
}

// Whoever waits for /readyz finds the demo's cities there.
func TestReadyMeansThatTheCatalogueIsThere(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), t.Context()
	seen := make(chan string, 1)
	go func() {
		for ; ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
			if running, err := system.Find(dir); err == nil && running != nil && read(ctx, running.BaseURL+"/readyz") != "" {
				seen <- read(ctx, running.BaseURL+"/cities")
				return
			}
		}
	}()
	startIn(t, dir, nil)
	select {
	case cities := <-seen:
		if !strings.Contains(cities, "berlin") {
			t.Errorf("it was ready with the cities %q", cities)
		}
	case <-time.After(30 * time.Second):
		t.Error("it is never ready")
	}
}

// read is what is answered at a URL, or nothing if that isn't 200.
func read(ctx context.Context, url string) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return ""
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return ""
	}
	return string(text)
}
