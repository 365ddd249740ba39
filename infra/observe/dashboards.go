package observe

import "fmt"

// Dashboards are all of them: what the business looks at, and what its operators do.
var Dashboards = []Dashboard{
	{Name: "box-office", Title: "MovieNow: box office", Rows: []Row{
		{"Sales", []Panel{
			{"Bookings", "opm", []Query{perMinute("movienow_bookings_total", "outcome")}},
			{"Seats held", "opm", []Query{allPerMinute("movienow_holds_seats_total", "seats")}},
			{"From reserving to confirmed", "s", quantiles("movienow_reserve_to_confirmed_seconds")},
		}},
		{"Holds and conflicts", []Panel{
			{"Holds", "opm", []Query{allPerMinute("movienow_holds_taken_total", "taken"), allPerMinute("movienow_holds_released_total", "released")}},
			{"Holds refused", "opm", []Query{perMinute("movienow_holds_refused_total", "reason")}},
			{"Checkouts whose held seats were sold to others", "opm", []Query{allPerMinute("movienow_claim_conflicts_total", "conflicts")}},
		}},
		{"Money", []Panel{
			{"Charges", "opm", []Query{perMinute("movienow_charges_total", "outcome")}},
			{"Refunds", "opm", []Query{perMinute("movienow_refunds_total", "outcome")}},
			{"Payments without a booking", "short", []Query{{"max(movienow_unmatched_payments)", "payments"}}},
		}},
		{"Mail", []Panel{
			{"E-mails", "opm", []Query{perMinute("movienow_emails_total", "outcome")}},
			{"E-mails that wait for a person", "short", []Query{{"max(movienow_emails_parked)", "parked"}}},
			{"Age of the oldest event in the outbox", "s", []Query{{"max(movienow_outbox_age_seconds)", "age"}}},
			{"Events in the outbox", "short", []Query{{"max(movienow_outbox_events)", "events"}}},
			{"Events handed to RabbitMQ", "opm", []Query{allPerMinute("movienow_outbox_published_total", "events")}},
		}},
	}},
	{Name: "machinery", Title: "MovieNow: machinery", Rows: []Row{
		{"Requests", []Panel{
			{"Requests", "reqps", []Query{perSecond("movienow_requests_total", "operation")}},
			{"Requests answered with 5xx", "percentunit", []Query{share("movienow_requests_total", `status="5xx"`, "operation")}},
			{"Time to answer, 95 in 100", "s", []Query{slowest("movienow_request_seconds", "operation")}},
		}},
		{"Overload", []Panel{
			{"Requests refused", "reqps", []Query{perSecond("movienow_requests_refused_total", "reason")}},
			{"Requests shed", "reqps", []Query{perSecond("movienow_requests_shed_total", "function")}},
			{"Requests worked on and waiting, fullest copy", "short", []Query{
				largest("movienow_requests_working"), {"max by (function) (movienow_requests_waiting)", "{{function}} waiting"}}},
		}},
		{"Streams", []Panel{
			{"Clients that seats are streamed to", "short", []Query{{"sum(movienow_seat_watchers)", "all"}, largest("movienow_seat_watchers")}},
		}},
		{"Dependencies", []Panel{
			{"Calls that fail", "percentunit", []Query{{"dependency:movienow_dependency_failures:ratio_rate2m", "{{dependency}}"}}},
			{"Calls", "ops", []Query{perSecond("movienow_dependency_calls_total", "dependency")}},
			{"Time since a worker's last step", "s", []Query{largest("movienow_worker_idle_seconds")}},
		}},
		{"Pools, groups and caches", []Panel{
			{"Connections to PostgreSQL", "short", []Query{
				{"sum(movienow_postgres_connections)", "open"}, {"sum(movienow_postgres_connections_busy)", "busy"}}},
			{"Waits for a connection", "ops", []Query{perSecond("movienow_postgres_waits_total", "function")}},
			{"Time spent waiting for connections, a second", "s", []Query{perSecond("movienow_postgres_wait_seconds_total", "function")}},
			{"Callers that share a commit", "short", []Query{mean("movienow_group_size", "statement")}},
			{"Callers that share a pipeline to Redis", "short", []Query{mean("movienow_redis_batch_size", "server")}},
			{"Found in the cache", "percentunit", []Query{share("movienow_cache_lookups_total", `outcome="hit"`, "cache")}},
		}},
		{"Processes", []Panel{
			{"Memory of the largest copy", "bytes", []Query{largest("movienow_memory_bytes")}},
			{"Heap of the largest copy", "bytes", []Query{largest("movienow_heap_bytes")}},
			{"Goroutines of the busiest copy", "short", []Query{largest("movienow_goroutines")}},
			{"Garbage collections", "ops", []Query{perSecond("movienow_gc_cycles_total", "function")}},
			{"Work of the sweeper", "opm", []Query{perMinute("movienow_swept_total", "work")}},
		}},
	}},
}

// perSecond is how fast a counter grows, by a label.
func perSecond(counter, label string) Query {
	return Query{fmt.Sprintf("sum by (%s) (rate(%s[$__rate_interval]))", label, counter), "{{" + label + "}}"}
}

func perMinute(counter, label string) Query {
	return Query{fmt.Sprintf("60 * sum by (%s) (rate(%s[$__rate_interval]))", label, counter), "{{" + label + "}}"}
}

// allPerMinute is how fast a counter grows in all, under a name.
func allPerMinute(counter, legend string) Query {
	return Query{fmt.Sprintf("60 * sum(rate(%s[$__rate_interval]))", counter), legend}
}

// share is the part of what a counter counts that has a label's value, by another label.
func share(counter, selector, label string) Query {
	return Query{fmt.Sprintf("sum by (%[3]s) (rate(%[1]s{%[2]s}[$__rate_interval])) / sum by (%[3]s) (rate(%[1]s[$__rate_interval]))",
		counter, selector, label), "{{" + label + "}}"}
}

// mean is a histogram's average, by a label.
func mean(histogram, label string) Query {
	return Query{fmt.Sprintf("sum by (%[2]s) (rate(%[1]s_sum[$__rate_interval])) / sum by (%[2]s) (rate(%[1]s_count[$__rate_interval]))",
		histogram, label), "{{" + label + "}}"}
}

// largest is a gauge's value of the copy where it is largest, by function.
func largest(gauge string) Query {
	return Query{fmt.Sprintf("max by (function) (%s)", gauge), "{{function}}"}
}

// quantiles are what the median and the slowest stay below.
func quantiles(histogram string) []Query {
	var all []Query
	for _, q := range []float64{0.5, 0.95, 0.99} {
		all = append(all, Query{fmt.Sprintf("histogram_quantile(%g, sum by (le) (rate(%s_bucket[$__rate_interval])))", q, histogram),
			fmt.Sprintf("%g in 100", 100*q)})
	}
	return all
}

// slowest is what 95 in 100 observations stay below, by a label.
func slowest(histogram, label string) Query {
	return Query{fmt.Sprintf("histogram_quantile(0.95, sum by (%s, le) (rate(%s_bucket[$__rate_interval])))", label, histogram),
		"{{" + label + "}}"}
}
