package prove

// guard is one of the things that keep a promise, and how it is taken away.
type guard struct {
	name  string
	edits []edit
	sql   string   // is run after the migrations
	under []string // the faults, by name, that show what it is for; customers alone are enough if there are none
}

// guards are tried one by one: each missing one has to be found out.
var guards = []guard{
	{name: "unique index of seats", sql: `DROP INDEX one_owner_per_seat`, under: []string{"SIGSTOP before claim"}},
	{name: "unique index of reservations", sql: `DROP INDEX one_booking_per_reservation`},
	{name: "unique index of keys", sql: `ALTER TABLE bookings DROP CONSTRAINT bookings_user_id_idempotency_key_key`,
		edits: []edit{
			{"shared/postgres/claim.go", "ON CONFLICT (user_id, idempotency_key) DO NOTHING", ""},
			{"shared/postgres/claimgroup.go", "ON CONFLICT (user_id, idempotency_key) DO NOTHING", ""},
			{"shared/postgres/checkout.go", "ON CONFLICT (user_id, idempotency_key) DO NOTHING", ""}}},
	{name: "request hash", edits: []edit{
		{"shared/boxoffice/checkout.go", "!bytes.Equal(attempt.RequestHash, checkout.RequestHash)", "!bytes.Equal(nil, nil)"}}},
	{name: "all seats or none", edits: []edit{{"shared/seatlock/consider.lua", "if #taken > 0 or wanted == 0 then", "if #taken == wanted then"}}},
	{name: "a held seat is taken", edits: []edit{{"shared/seatlock/consider.lua", "if held or owners ~= '' then", "if owners ~= '' then"}}},
	{name: "owner check in release", under: []string{"SIGSTOP before release"}, edits: []edit{
		{"shared/seatlock/release.lua", "if holder == mine then", "if true then"}}},
	{name: "re-entry", edits: []edit{{"shared/seatlock/consider.lua", "if together == id .. user then", "if false then"}}},
	{name: "claim before charge", edits: []edit{
		{"shared/boxoffice/checkout.go", "	checkout.Reservation = reservation", `	checkout.Reservation = reservation
			c.Provider.Charge(ctx, payment.Charge{BookingID: checkout.BookingID, Method: checkout.PaymentMethod, Amount: reservation.Total,
				Metadata: payment.Metadata{Installation: c.Installation}})`}}},
	{name: "conditional update of a confirmation", edits: []edit{
		{"shared/postgres/confirmgroup.go", "wanted.booking_id AND status = $5", "wanted.booking_id AND (status = $5 OR true)"}}},
	{name: "conditional update of a cancellation", under: []string{"kill -9 after cancel"}, edits: []edit{
		{"shared/postgres/cancel.go", "AND user_id = $2 AND status = 'CONFIRMED'", "AND user_id = $2"}}},
	{name: "provider key", edits: []edit{
		{"shared/payment/client.go", `charge.BookingID, "charge", charge)`, `fmt.Sprint(time.Now().UnixNano()), "charge", charge)`}}},
	{name: "lookup after a lost answer", under: []string{"webhooks lost", "provider's answers lost"}, edits: []edit{
		{"shared/boxoffice/charge.go", "	if result, err = c.Provider.Lookup(", "	if err != nil {\n\t\treturn result, fmt.Errorf(\"%w: %w\", errNotCharged, err)\n\t}\n	if result, err = c.Provider.Lookup("}}},
	{name: "outbox in the commit", edits: []edit{
		{"shared/postgres/confirmgroup.go", "INSERT INTO outbox (kind, booking_id, traceparent) SELECT 'CONFIRMATION', booking_id, nullif(trace, '') FROM booking)", "SELECT)"}}},
	{name: "broker's confirm", under: []string{"RabbitMQ frozen, then cut"}, edits: []edit{
		{"shared/rabbitmq/publisher.go", "confirmed[i] = confirm.Wait()", "confirmed[i] = confirm != nil"}}},
	{name: "mandatory flag", under: []string{"RabbitMQ's binding gone"}, edits: []edit{
		{"shared/rabbitmq/publisher.go", "letter.key, true, false, letter.message", "letter.key, false, false, letter.message"}}},
	{name: "ledger", under: []string{"kill -9 after publish"}, edits: []edit{
		{"shared/postgres/emailgroup.go", "AND (status IN ('QUEUED', 'FAILED') OR", "AND (true OR"}}},
	{name: "ack after the ledger", under: []string{"SMTP hangs", "kill -9 of send-email"}, edits: []edit{
		{"shared/rabbitmq/consumer.go", "			if err := c.publisher.Process(", "			acks.add(delivery.DeliveryTag)\n			if err := c.publisher.Process("},
		{"shared/rabbitmq/consumer.go", "	point.Reached(\"before ack\")\n			acks.add(delivery.DeliveryTag)", ""}}},
	{name: "marks rebuilt from PostgreSQL", under: []string{"Redis flushed"}, edits: []edit{
		{"shared/seatlock/marks.go", "	bookings, err := l.booked.BookedSeats(ctx, showID)", "	bookings := map[string]string{}"}}},
	// Customers here hardly ever meet in one group: without its conflict handling nothing was missed in 18 histories. Its control is
	// beside TestAGroupAnswersEachAsIfAlone in shared/postgres.
	{name: "sweeper's cancel before seats are freed", under: []string{"webhooks lost", "kill -9 after charge"}, edits: []edit{
		{"shared/settle/settle.go", "	result, err := s.provider.Cancel(ctx, bookingID)", "	result, err := payment.Result{Status: cinema.PaymentCancelled}, ctx.Err()"}}},
}
