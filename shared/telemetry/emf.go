package telemetry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// emfNamespace is where CloudWatch keeps the metrics.
const emfNamespace = "MovieNow"

// WriteEMF writes what the business metrics have counted since it was last called as one line of CloudWatch's embedded
// metric format, or nothing if that is nothing. CloudWatch makes metrics of such lines in a Lambda function's log, without
// a call. Each costs money, so only business metrics are sent; rates and durations of requests are AWS's own metrics. A
// metric is named after its label too (movienow_charges_total.failed), because a dimension would be as dear and can't be
// summed up.
func WriteEMF(w io.Writer, now time.Time) error {
	type definition struct {
		Name string
		Unit string
	}
	var definitions []definition
	line := map[string]any{}
	for _, f := range sorted() {
		if !f.Business || f.counts == nil {
			continue
		}
		f.counts(func(labels string, count uint64) {
			if grown := count - f.swap(labels, count); grown > 0 {
				name := f.emfName(labels)
				definitions = append(definitions, definition{name, "Count"})
				line[name] = grown
			}
		})
	}
	if len(definitions) == 0 {
		return nil
	}
	line["_aws"] = map[string]any{"Timestamp": now.UnixMilli(), "CloudWatchMetrics": []any{map[string]any{
		"Namespace": emfNamespace, "Dimensions": [][]string{{}}, "Metrics": definitions}}}
	var encoded bytes.Buffer
	if err := json.NewEncoder(&encoded).Encode(line); err != nil {
		return fmt.Errorf("encode the metrics: %w", err)
	}
	_, err := w.Write(encoded.Bytes())
	return err
}

// swap notes what was counted and returns what had been.
func (f *family) swap(labels string, count uint64) uint64 {
	registry.Lock()
	defer registry.Unlock()
	before := f.before[labels]
	if f.before == nil {
		f.before = map[string]uint64{}
	}
	f.before[labels] = count
	return before
}

func (m Metric) emfName(labels string) string {
	if labels == "" {
		return m.Name
	}
	return m.Name + "." + labels
}

// EMFNames lists the metrics that CloudWatch may be sent.
func EMFNames() (names []string) {
	for _, f := range sorted() {
		if f.Business && f.counts != nil {
			f.counts(func(labels string, _ uint64) { names = append(names, f.emfName(labels)) })
		}
	}
	return names
}
