package telemetry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

var (
	testSold = NewCounter(Metric{Name: "movienow_test_sold_total", Help: "Seats that the test sold.", Business: true,
		Labels: []Label{{"row", []string{"a", "b", "c"}}}})
	testWait = NewHistogram(Metric{Name: "movienow_test_wait_seconds", Help: "Waits of the test.",
		Labels: []Label{{"row", []string{"a"}}}}, 0.1, 1)
	testDepth = NewGauge(Metric{Name: "movienow_test_depth", Help: "Depth of the test."})
)

func written() string {
	var text strings.Builder
	Write(&text)
	return text.String()
}

func TestWrite(t *testing.T) {
	testSold.Inc("a")
	testSold.Inc("from a client")
	testSold.Inc("from another client")
	testWait.Observe(0.5, "a")
	if text := written(); strings.Contains(text, "movienow_test_depth") {
		t.Errorf("a gauge that was never set is exported:\n%s", text)
	}
	testDepth.Set(2.5)
	text := written()
	for _, want := range []string{
		"# HELP movienow_test_sold_total Seats that the test sold.\n# TYPE movienow_test_sold_total counter\n",
		"movienow_test_sold_total{row=\"a\"} 1\n",
		"movienow_test_sold_total{row=\"b\"} 0\n",
		"movienow_test_sold_total{row=\"other\"} 2\n",
		"# TYPE movienow_test_wait_seconds histogram\n",
		"movienow_test_wait_seconds_bucket{row=\"a\",le=\"0.1\"} 0\n",
		"movienow_test_wait_seconds_bucket{row=\"a\",le=\"1\"} 1\n",
		"movienow_test_wait_seconds_bucket{row=\"a\",le=\"+Inf\"} 1\n",
		"movienow_test_wait_seconds_sum{row=\"a\"} 0.5\n",
		"# TYPE movienow_test_depth gauge\nmovienow_test_depth 2.5\n",
		"movienow_goroutines ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "client") {
		t.Error("a value that the metric doesn't list made a series")
	}
}

// Each invocation's line has what was counted during it, and nothing is written when that is nothing.
func TestEMFHasDeltas(t *testing.T) {
	var first, second, third bytes.Buffer
	now := time.UnixMilli(1700000000000)
	WriteEMF(&bytes.Buffer{}, now)
	testSold.Add(3, "c")
	WriteEMF(&first, now)
	WriteEMF(&second, now)
	testSold.Inc("c")
	WriteEMF(&third, now)
	if second.Len() > 0 {
		t.Errorf("nothing happened, and %s was written", second.String())
	}
	for line, want := range map[*bytes.Buffer]float64{&first: 3, &third: 1} {
		var got struct {
			AWS struct {
				Timestamp         int64
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name, Unit string }
				}
			} `json:"_aws"`
			Sold float64 `json:"movienow_test_sold_total.c"`
		}
		if err := json.Unmarshal(line.Bytes(), &got); err != nil || strings.Count(line.String(), "\n") != 1 {
			t.Fatalf("got %q: %v", line, err)
		}
		if got.Sold != want || got.AWS.Timestamp != now.UnixMilli() || got.AWS.CloudWatchMetrics[0].Namespace != "MovieNow" ||
			fmt.Sprint(got.AWS.CloudWatchMetrics[0].Metrics) != "[{movienow_test_sold_total.c Count}]" {
			t.Errorf("got %s, want %v sold", line, want)
		}
	}
}

func TestTrace(t *testing.T) {
	const id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	for _, test := range []struct {
		name, traceparent string
		goesOn            bool
	}{
		{"the standard's example", "00-" + id + "-" + parent + "-01", true},
		{"a later version with more", "01-" + id + "-" + parent + "-01-more", true},
		{"nothing", "", false},
		{"version 0 with more", "00-" + id + "-" + parent + "-01-more", false},
		{"version ff", "ff-" + id + "-" + parent + "-01", false},
		{"capitals", "00-" + strings.ToUpper(id) + "-" + parent + "-01", false},
		{"no trace", "00-00000000000000000000000000000000-" + parent + "-01", false},
		{"no parent", "00-" + id + "-0000000000000000-01", false},
		{"a line break", "00-" + id + "-" + parent + "-01\n", false},
		{"too short", "00-" + id[1:] + "-" + parent + "-01", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ParseTrace(test.traceparent)
			if (got.ID == id) != test.goesOn || len(got.ID) != 32 || len(got.Span) != 16 || got.Span == parent {
				t.Errorf("got %+v", got)
			}
			if again := ParseTrace(got.Parent()); again.ID != got.ID {
				t.Errorf("what %s says to the next process is taken for %s", got.Parent(), again.ID)
			}
		})
	}
}

func TestLinesNameTheTrace(t *testing.T) {
	var line bytes.Buffer
	log := New(NewLines(&line, 0), "checkout", Config{Format: "json"})
	trace := ParseTrace("")
	trace.RequestID = "this-one"
	log.With("one", 1).InfoContext(WithTrace(t.Context(), trace), "sold", "emailAddress", "a@example.test")
	for _, want := range []string{`"traceId":"` + trace.ID + `"`, `"requestId":"this-one"`, `"function":"checkout"`, `"emailAddress":"[redacted]"`} {
		if !strings.Contains(line.String(), want) {
			t.Errorf("there is no %s in %s", want, line.String())
		}
	}
}

var _ slog.Handler = handler{}
