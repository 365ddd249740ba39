package observe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"movienow/shared/telemetry"
)

// Dashboard is one of Grafana's.
type Dashboard struct {
	Name  string // of its file
	Title string
	Rows  []Row
}

// Row is a heading with panels below it, three side by side.
type Row struct {
	Title  string
	Panels []Panel
}

// Panel is a graph. What its metrics are is shown with it, from where they are declared.
type Panel struct {
	Title   string
	Unit    string // as Grafana names them
	Queries []Query
}

// Query is one expression of PromQL, and what its lines are called: text with {{labels}}.
type Query struct{ Expr, Legend string }

// Queries are all that dashboards ask.
func Queries() (all []string) {
	for _, dashboard := range Dashboards {
		for _, row := range dashboard.Rows {
			for _, panel := range row.Panels {
				for _, query := range panel.Queries {
					all = append(all, query.Expr)
				}
			}
		}
	}
	return all
}

// object is a part of Grafana's JSON.
type object map[string]any

// prometheus is the data source that the reader chooses at the top of the dashboard.
var prometheus = object{"type": "prometheus", "uid": "${datasource}"}

// origin says how a dashboard's file came to be; JSON has no comments.
const origin = `Written by "make generate" from infra/observe/dashboards.go; don't edit.`

const (
	perLine = 3
	width   = 24 / perLine
	height  = 8
)

// encode writes the dashboard as Grafana reads it.
func (d Dashboard) encode() ([]byte, error) {
	var panels []object
	y := 0
	for _, row := range d.Rows {
		panels = append(panels, object{"type": "row", "title": row.Title, "id": len(panels) + 1,
			"gridPos": object{"x": 0, "y": y, "w": 24, "h": 1}})
		y++
		for i, panel := range row.Panels {
			place := object{"x": i % perLine * width, "y": y + i/perLine*height, "w": width, "h": height}
			panels = append(panels, panel.encode(len(panels)+1, place))
		}
		y += (len(row.Panels) + perLine - 1) / perLine * height
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	err := encoder.Encode(object{
		"uid": "movienow-" + d.Name, "title": d.Title, "description": origin, "tags": []string{"movienow"}, "editable": false, "schemaVersion": 39,
		"time": object{"from": "now-3h", "to": "now"}, "refresh": "30s", "graphTooltip": 1, "panels": panels,
		"templating": object{"list": []object{{"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}}},
	})
	if err != nil {
		return nil, fmt.Errorf("encode the dashboard %s: %w", d.Name, err)
	}
	return text.Bytes(), nil
}

func (p Panel) encode(id int, place object) object {
	var targets []object
	for i, query := range p.Queries {
		targets = append(targets, object{"refId": string(rune('A' + i)), "datasource": prometheus,
			"expr": query.Expr, "legendFormat": query.Legend})
	}
	return object{
		"id": id, "type": "timeseries", "title": p.Title, "description": p.description(), "datasource": prometheus, "gridPos": place,
		"targets": targets,
		"fieldConfig": object{"defaults": object{"unit": p.Unit, "min": 0, "custom": object{"fillOpacity": 10, "showPoints": "never"}},
			"overrides": []object{}},
		"options": object{"legend": object{"displayMode": "list", "placement": "bottom"}, "tooltip": object{"mode": "multi", "sort": "desc"}},
	}
}

// description is what the metrics are declared to be.
func (p Panel) description() string {
	var text []string
	named := map[string]bool{}
	for _, query := range p.Queries {
		for _, name := range names(query.Expr) {
			named[name] = true
		}
	}
	for _, metric := range telemetry.All() {
		if named[metric.Name] {
			text = append(text, metric.Help)
		}
	}
	return strings.Join(text, "\n\n")
}

// metricName finds metrics in PromQL. One with a colon before it is a rule's.
var metricName = regexp.MustCompile(`(?:^|[^:\w])(movienow_\w+)`)

// ofHistogram are the series that a histogram is exported as.
var ofHistogram = regexp.MustCompile(`_(bucket|sum|count)$`)

// names lists the metrics that an expression of PromQL asks for, a histogram by the name that it was declared with.
func names(expr string) []string {
	kinds := map[string]string{}
	for _, metric := range telemetry.All() {
		kinds[metric.Name] = metric.Kind
	}
	var found []string
	for _, match := range metricName.FindAllStringSubmatch(expr, -1) {
		name := match[1]
		if base := ofHistogram.ReplaceAllString(name, ""); kinds[base] == "histogram" {
			name = base
		}
		found = append(found, name)
	}
	return found
}
