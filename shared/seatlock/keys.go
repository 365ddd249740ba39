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
// the field of the address's record, although nobody stores the address.
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

func showKey(showID string) string { return "show:{" + showID + "}:seats" }

func logKey(showID string) string { return "show:{" + showID + "}:log" }

func endsKey(showID string) string { return "show:{" + showID + "}:ends" }

func loadingKey(showID string) string { return "show:{" + showID + "}:loading" }

// userField is that of the user's record. The scripts know the length of its prefix.
func userField(userID string) string { return "user:" + userID }

// addressField is that of the record of the client address that has this digest.
func addressField(digest string) string { return "address:" + digest }

// withSeats appends the seats to a script's arguments.
func withSeats(args []any, seats []string) []any {
	for _, seat := range seats {
		args = append(args, seat)
	}
	return args
}
