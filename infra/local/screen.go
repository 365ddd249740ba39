package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/template"
	"time"

	"movienow/infra/local/system"
	"movienow/infra/local/tour"
)

//go:embed screen.txt
var screenText string

var screen = template.Must(template.New("screen").Parse(screenText))

// show prints all that one needs to begin with.
func show(ctx context.Context, s *system.System, took time.Duration) error {
	walk, err := tour.Find(ctx, s.BaseURL)
	if err != nil {
		return err
	}
	return screen.Execute(os.Stdout, map[string]any{
		"BaseURL": s.BaseURL, "Took": fmt.Sprintf("%.1f", took.Seconds()), "Tour": walk,
		"Management": s.Services.ManagementURL, "Prometheus": s.PrometheusURL, "Logs": filepath.Join(system.Folder, "logs"),
	})
}

// indented sets progress off from the rest.
type indented struct{ to io.Writer }

// Write implements io.Writer.
func (w indented) Write(text []byte) (int, error) {
	if _, err := fmt.Fprintf(w.to, "  %s", text); err != nil {
		return 0, err
	}
	return len(text), nil
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
