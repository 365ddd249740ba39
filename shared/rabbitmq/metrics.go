package rabbitmq

import "movienow/shared/telemetry"

var parkedMessages = telemetry.NewGauge(telemetry.Metric{Name: "movienow_emails_parked",
	Help: "E-mails that waited for a person when the queue was last looked at (once a minute)."})
