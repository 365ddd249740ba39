// Package observe is what an operator sees MovieNow by: Prometheus' rules (rules.yaml), Grafana's dashboards, and the list of all
// metrics. Dashboards are described here in Go, which is a tenth of their JSON; that and the list are written by "make
// generate". The tests hold everything together: what rules and dashboards name is exported, and what is exported is in one
// of them.
package observe

import (
	"fmt"
	"strings"

	"movienow/shared/telemetry"

	// Whatever declares metrics, so that they are known here. A test looks for packages that are missing.
	_ "movienow/shared/api"
	_ "movienow/shared/boxoffice"
	_ "movienow/shared/cache"
	_ "movienow/shared/mail"
	_ "movienow/shared/rabbitmq"
	_ "movienow/shared/seatfeed"
	_ "movienow/shared/server"
)

// Files are those that are made of what is declared in Go, by their paths below the repository's root.
func Files() (map[string][]byte, error) {
	files := map[string][]byte{"infra/observe/METRICS.md": reference()}
	for _, d := range Dashboards {
		content, err := d.encode()
		if err != nil {
			return nil, err
		}
		files["infra/observe/grafana/"+d.Name+".json"] = content
	}
	return files, nil
}

// reference lists all metrics for people.
func reference() []byte {
	var page strings.Builder
	page.WriteString("<!-- Written by \"make generate\" from the metrics' declarations in shared/; don't edit. -->\n\n# Metrics\n\n" +
		"What a function's container tells at `GET /metrics` on `METRICS_PORT`. A function tells what it has to do with only.\n" +
		"Metrics with a cloud are also sent to CloudWatch by Lambda functions, as the sum of each invocation.\n\n" +
		"| metric | kind | labels | what it is |\n| --- | --- | --- | --- |\n")
	for _, metric := range telemetry.All() {
		cloud := ""
		if metric.Business {
			cloud = " ☁"
		}
		fmt.Fprintf(&page, "| `%s`%s | %s | %s | %s |\n", metric.Name, cloud, metric.Kind, labels(metric.Metric), metric.Help)
	}
	return []byte(page.String())
}

func labels(metric telemetry.Metric) string {
	var all []string
	for _, label := range metric.Labels {
		text := "`" + label.Name + "`"
		if len(label.Values) > 0 {
			text += ": " + strings.Join(label.Values, ", ")
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// Alarms are the names of the rules that tell that a dependency is down.
var Alarms = map[telemetry.Dependency]string{
	telemetry.Postgres: "PostgresDown", telemetry.LockRedis: "LockRedisDown", telemetry.CacheRedis: "CacheRedisDown",
	telemetry.RabbitMQ: "RabbitMQDown", telemetry.SMTP: "MailServerDown", telemetry.PaymentProvider: "PaymentProviderDown",
}
