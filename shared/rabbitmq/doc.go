// Package rabbitmq carries events from the outbox to the e-mail function. RabbitMQ may lose a connection, a confirm or
// a whole node at any moment, so everything here is sent at least once; the e-mail ledger in PostgreSQL makes it once.
//
//	relay-outbox -> exchange movienow.events -> emails -> send-email
//	                                            ^    |
//	                 emails.delay.* (wait) -----+    +--> emails.delay.* (failed for now)
//	                                                 +--> emails.parked  (needs a person)
//
// A message that can't be dealt with is never put back at the head of the queue, where it would come straight back: it
// waits in a delay queue that hands it over when its time is up, or it is parked.
package rabbitmq
