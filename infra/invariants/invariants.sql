-- What must hold of the database whatever happened to the servers and functions. Each query returns a row per violation,
-- of one column that says which.

-- seats sold twice
SELECT show_id || ' ' || seat_number || ' is in ' || count(*) || ' bookings'
FROM booked_seats JOIN bookings USING (booking_id, show_id)
WHERE status IN ('PENDING_PAYMENT', 'CONFIRMED')
GROUP BY show_id, seat_number HAVING count(*) > 1

-- bookings without all of their seats
SELECT booking_id || ' is confirmed'
FROM bookings b
WHERE status = 'CONFIRMED' AND total_amount IS DISTINCT FROM
    (SELECT sum(price) FROM booked_seats s WHERE s.booking_id = b.booking_id AND s.active)

-- seats held by bookings that are over
SELECT booking_id || ' is ' || status
FROM bookings b
WHERE status IN ('CANCELLED', 'FAILED', 'EXPIRED')
    AND EXISTS (SELECT FROM booked_seats s WHERE s.booking_id = b.booking_id AND s.active)

-- bookings confirmed without money
SELECT b.booking_id || ' has the payment ' || coalesce(p.status, 'of nobody')
FROM bookings b LEFT JOIN payments p USING (booking_id)
WHERE b.status = 'CONFIRMED' AND p.status IS DISTINCT FROM 'SUCCEEDED'

-- cancelled bookings whose money isn't back
SELECT b.booking_id || ' has the payment ' || coalesce(p.status, 'of nobody')
FROM bookings b LEFT JOIN payments p USING (booking_id)
WHERE b.status = 'CANCELLED' AND p.status IS DISTINCT FROM 'REFUNDED'
    AND (p.status IS DISTINCT FROM 'REFUND_PENDING' OR p.changed_at < now() - interval '1 minute')

-- payments without a booking that nobody settled
SELECT booking_id || ' is due since ' || look_at
FROM unmatched_payments
WHERE outcome IS NULL AND look_at < now() - interval '1 minute'

-- bookings that nobody settled
SELECT booking_id || ' is due since ' || settle_at
FROM bookings
WHERE status = 'PENDING_PAYMENT' AND settle_at < now() - interval '1 minute'

-- messages that RabbitMQ has not been told
SELECT kind || ' of ' || booking_id
FROM outbox
WHERE published_at IS NULL

-- e-mails missing
SELECT wanted.kind || ' of ' || wanted.booking_id || ' is ' || coalesce(e.status, 'unknown')
FROM (SELECT booking_id, CASE status WHEN 'CONFIRMED' THEN 'CONFIRMATION' ELSE 'CANCELLATION' END AS kind
      FROM bookings WHERE status IN ('CONFIRMED', 'CANCELLED')
      UNION ALL
      SELECT booking_id, 'REFUND' FROM bookings JOIN payments USING (booking_id)
      WHERE bookings.status IN ('EXPIRED', 'FAILED') AND payments.status IN ('REFUND_PENDING', 'REFUNDED')) wanted
LEFT JOIN emails e ON e.booking_id = wanted.booking_id AND e.kind = wanted.kind
WHERE e.status IS DISTINCT FROM 'SENT'
