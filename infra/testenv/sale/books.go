package sale

import (
	"encoding/json"
	"net/http"
)

// Books says how often the payment provider has taken and given back the money for a booking.
func (s *Sale) Books(bookingID string) (charges, refunds int) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.ProviderURL+"/payments/"+bookingID, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+apiKey)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	var books struct{ Charges, Refunds []json.RawMessage }
	if err := json.NewDecoder(answer.Body).Decode(&books); err != nil {
		s.t.Fatal(err)
	}
	return len(books.Charges), len(books.Refunds)
}
