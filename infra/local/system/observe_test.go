package system_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"movienow/infra/functions"
	"movienow/infra/local/system"
	dashboards "movienow/infra/observe" // links every package that declares metrics, too
	"movienow/infra/testenv"
	"movienow/shared/telemetry"
)

// mostSeries is how many series one copy of every function may have together: each costs Prometheus memory for as long as
// it keeps data.
const mostSeries = 2000

// observe asks Prometheus what it has seen of all that the other tests did: every function, what is declared, and nothing
// else.
func observe(t *testing.T, s *system.System) {
	all, err := functions.All("../../..")
	if err != nil {
		t.Fatal(err)
	}
	running := 0
	for _, function := range all {
		if !function.Once {
			running++
		}
	}
	await := func(what string, condition func() bool) {
		t.Helper()
		testenv.Eventually(t, scraping, condition, what)
	}
	// On a busy machine a function sometimes doesn't answer in time: it is enough that each did once.
	await("Prometheus reads every function's metrics", func() bool {
		return len(ask(t, s, `max_over_time(up{job="movienow"}[1h]) == 1`)) == running
	})
	known := map[string]bool{}
	for _, metric := range telemetry.All() {
		known[metric.Name] = true
	}
	histogram := regexp.MustCompile(`_(bucket|sum|count)$`)
	for _, series := range ask(t, s, `count by (__name__) ({__name__=~"movienow_.+"})`) {
		if name := series["__name__"]; !known[name] && !known[histogram.ReplaceAllString(name, "")] {
			t.Errorf("%s is exported, but not known to infra/observe", name)
		}
	}
	if series := ask(t, s, fmt.Sprintf(`count({__name__=~"movienow_.+"}) > %d`, mostSeries)); len(series) > 0 {
		t.Errorf("the functions have more than %d series", mostSeries)
	}
	alice := signIn(t, s, "alice")
	show := alice.upcoming()
	alice.checkout(http.StatusOK, alice.reserve(show, alice.seatMap(show)[0].SeatNumber), "sandbox_ok")
	await("a purchase is counted", func() bool {
		return len(ask(t, s, `sum(movienow_requests_total{operation="POST /bookings/checkout", status="2xx"}) > 0`)) > 0
	})
	for _, query := range dashboards.Queries() {
		await("data for "+query, func() bool { return len(ask(t, s, strings.ReplaceAll(query, "$__rate_interval", "5m"))) > 0 })
	}
	readRules(t, s)
}

// scraping is how long Prometheus may take to have what has happened, on the busiest machine: it asks every 5 seconds, and some
// gauges are looked at once a minute.
const scraping = 3 * time.Minute

// readRules asks Prometheus for the rules that it has read: none may fail.
func readRules(t *testing.T, s *system.System) {
	t.Helper()
	answer, err := http.Get(s.PrometheusURL + "/api/v1/rules")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var rules struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&rules); err != nil || len(rules.Data.Groups) < 3 {
		t.Fatalf("got %d groups of rules: %v", len(rules.Data.Groups), err)
	}
	for _, group := range rules.Data.Groups {
		for _, rule := range group.Rules {
			if rule.Health == "err" {
				t.Errorf("the rule %s fails: %s", rule.Name, rule.LastError)
			}
		}
	}
}

// ask returns the labels of what a query finds.
func ask(t *testing.T, s *system.System, query string) []map[string]string {
	t.Helper()
	answer, err := http.Get(s.PrometheusURL + "/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var found struct {
		Status, Error string
		Data          struct {
			Result []struct{ Metric map[string]string }
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil || found.Status != "success" {
		t.Fatalf("%s: %s %v", query, found.Error, err)
	}
	var labels []map[string]string
	for _, result := range found.Data.Result {
		labels = append(labels, result.Metric)
	}
	return labels
}

// TestWithoutPrometheusItIsExplained what to do, before anything is started.
func TestWithoutPrometheusItIsExplained(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // neither Prometheus nor what would install it
	_, err := system.Start(t.Context(), system.Options{Root: "../../..", Dir: t.TempDir(), Observe: true})
	if err == nil || !strings.Contains(err.Error(), "OBSERVE=1 needs Prometheus") || !strings.Contains(err.Error(), "leave OBSERVE out") {
		t.Errorf("got %v", err)
	}
}
