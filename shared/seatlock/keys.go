package seatlock

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/google/uuid"
)

// digestLength is how many hexadecimal digits of an address's digest tell addresses apart.
const digestLength = 8

// digest names a client address among those of a show.
func digest(showID, address string) string {
	sum := sha256.Sum256([]byte(showID + " " + address))
	return hex.EncodeToString(sum[:digestLength/2])
}

// newID makes a reservation's id. Version 7 sorts by time, which helps whoever reads logs or keys. It ends with the digest of
// the address that it was made from, and 42 random bits are left for each millisecond: so whoever has the reservation knows
// the key of the address's record, although nobody stores the address.
func newID(showID, address string) string {
	id := uuid.Must(uuid.NewV7()).String() // fails only without a source of randomness
	if address == "" {
		return id
	}
	return id[:len(id)-digestLength] + digest(showID, address)
}

// madeFrom is the digest in a reservation's id.
func madeFrom(reservationID string) string {
	return reservationID[max(len(reservationID)-digestLength, 0):]
}

// See the package comment for what the keys hold.

func lockKey(showID, seat string) string { return "seat:{" + showID + "}:" + seat + ":lock" }

func userKey(showID, userID string) string { return "user:{" + showID + "}:" + userID + ":unpaid" }

// addressKey is the record of the client address that has this digest.
func addressKey(showID, digest string) string {
	return "address:{" + showID + "}:" + digest + ":unpaid"
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
