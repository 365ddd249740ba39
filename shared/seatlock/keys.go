package seatlock

// See the package comment for what the keys hold.

func lockKey(showID, seat string) string { return "seat:{" + showID + "}:" + seat + ":lock" }

func userKey(showID, userID string) string {
	return "user:{" + showID + "}:" + userID + ":reservations"
}

func soldKey(showID string) string { return "seats:{" + showID + "}:sold" }

func loadingKey(showID string) string { return "seats:{" + showID + "}:loading" }

// withLocks appends the lock keys of the seats.
func withLocks(keys []string, showID string, seats []string) []string {
	for _, seat := range seats {
		keys = append(keys, lockKey(showID, seat))
	}
	return keys
}

// withSeats appends the seats to a script's arguments.
func withSeats(args []any, seats []string) []any {
	for _, seat := range seats {
		args = append(args, seat)
	}
	return args
}

// holder is the value of a lock: it names the reservation, so that only this reservation can release it, and the user,
// so that they are given the same reservation again.
func holder(reservationID, userID string) string { return reservationID + ":" + userID }
