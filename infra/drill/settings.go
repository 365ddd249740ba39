package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// settings are what the environment says.
type settings struct {
	overlay string   // a folder, or the name of one in k8s/overlays
	baseURL string   // where the Gateway can be reached from here
	only    []string // steps; empty for all
	rate    float64  // purchases a second
	dir     string   // where the table and the commands' output go
}

func readSettings() (settings, error) {
	s := settings{overlay: os.Getenv("OVERLAY"), baseURL: strings.TrimRight(os.Getenv("BASE_URL"), "/"), rate: 2, dir: filepath.Join(".local", "drill")}
	if s.overlay == "" || s.baseURL == "" {
		return s, errors.New("say what to run the runbook on: make drill OVERLAY=local BASE_URL=http://localhost:8080")
	}
	if _, err := os.Stat(filepath.Join(s.folder(), "kustomization.yaml")); err != nil {
		return s, fmt.Errorf("OVERLAY is a folder, or the name of one in k8s/overlays: %w", err)
	}
	if text := os.Getenv("RATE"); text != "" {
		rate, err := strconv.ParseFloat(text, 64)
		if err != nil || rate <= 0 || rate > 100 {
			return s, fmt.Errorf("RATE is the number of purchases a second, above 0 and up to 100, not %q", text)
		}
		s.rate = rate
	}
	known := names()
	for _, name := range strings.FieldsFunc(os.Getenv("ONLY"), func(r rune) bool { return r == ',' || r == ' ' }) {
		if !slices.Contains(known, name) {
			return s, fmt.Errorf("there is no step %q; ONLY takes some of: %s", name, strings.Join(known, ","))
		}
		s.only = append(s.only, name)
	}
	return s, os.MkdirAll(s.dir, 0o755)
}

// folder is where the overlay is.
func (s settings) folder() string {
	if found, err := os.Stat(s.overlay); err == nil && found.IsDir() {
		return s.overlay
	}
	return filepath.Join("k8s", "overlays", s.overlay)
}

// folderFrom is the way there from another folder; kustomize takes no absolute one.
func (s settings) folderFrom(other string) (string, error) {
	from, err := filepath.Abs(other)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(s.folder())
	if err != nil {
		return "", err
	}
	return filepath.Rel(from, to)
}
