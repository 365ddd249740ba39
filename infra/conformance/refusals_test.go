package conformance

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"movienow/infra/contract"
	"movienow/shared/cinema"
)

func (s *suite) refusals(t *testing.T) {
	each(t, []scenario{
		{"ids that can't exist are not found", s.strangeIDs},
		{"operations for customers need a token that can be trusted", s.tokens401},
		{"what belongs to one customer is nobody else's", s.possessions},
		{"bodies that aren't one good JSON object are refused", s.bodies},
		{"impossible wishes for seats are refused", s.wishes},
		{"a checkout needs a key", s.keys},
		{"unsigned messages about payments are refused", s.webhooks},
		{"paths and methods that aren't in the contract are refused", s.elsewhere},
	})
}

// paths fills every operation's path with the value.
func paths(t *testing.T, value string) map[contract.Operation]string {
	t.Helper()
	operations, err := contract.Operations()
	if err != nil {
		t.Fatal(err)
	}
	filled := map[contract.Operation]string{}
	for _, operation := range operations {
		parts := strings.Split(operation.Path, "/")
		for i, part := range parts {
			if strings.HasPrefix(part, "{") {
				parts[i] = value
			}
		}
		filled[operation] = strings.Join(parts, "/")
	}
	return filled
}

func (s *suite) strangeIDs(t *testing.T) {
	c := s.as(t, "alice")
	for _, id := range []string{"%00", "%FF", "%2e%2e", "a%2Fb", "'%20OR%20'1'='1", "%F0%9F%8E%AC", "%3Cscript%3E",
		strings.Repeat("x", 65), "00000000-0000-0000-0000-000000000000", "none"} {
		for operation, path := range paths(t, id) {
			if path == operation.Path {
				continue // has no parameter
			}
			var body any
			if operation.Method == http.MethodPost {
				body = order{[]string{"A1"}}
			}
			c.do(operation.Method, path, body).refused(cinema.NotFound)
		}
	}
}

func (s *suite) tokens401(t *testing.T) {
	c := s.anonymous(t)
	good, err := s.token("alice")
	if err != nil {
		t.Fatal(err)
	}
	for _, authorization := range []string{"", "Bearer", "Bearer ", "Basic YWxpY2U6YWxpY2U=", good, "Bearer x.y.z", "Bearer " + good + "x",
		"Bearer " + good[:len(good)-5], "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.", "Bearer " + strings.Repeat("x", 8_500)} {
		for operation, path := range paths(t, newKey()) {
			if operation.Public {
				continue
			}
			a := c.do(operation.Method, path, nil, "Authorization", authorization)
			a.refused(cinema.Unauthenticated)
			if len(authorization) > 20 && strings.Contains(string(a.body), authorization[8:20]) {
				t.Errorf("the answer shows the token: %s", a.body)
			}
		}
	}
}

func (s *suite) bodies(t *testing.T) {
	c := s.as(t, "alice")
	for path, member := range map[string]string{ // with a member that there is, so that nothing else is wrong
		"/shows/" + s.shows.take().ShowID + "/reserve": `"seats":["A1"]`,
		"/bookings/checkout":                           `"showId":"x"`,
	} {
		post := func(body string, header ...string) answer {
			return c.do("POST", path, body, append([]string{"Idempotency-Key", newKey()}, header...)...)
		}
		for _, body := range []string{"", "null", "[]", `"x"`, "{", "{" + member, "{" + member + ",}", "{" + member + "} {}", "{" + member + "}x",
			"\xff", "{\"\x00\":1}", `{"\u0000":1}`, `{"\ud800":1}`, "{" + member + "," + member + "}", strings.Repeat("[", 10_000)} {
			post(body).refused(cinema.Malformed)
		}
		for _, body := range []string{"{}", `{"price":1}`, `{"userId":"bob"}`, "{" + member + `,"total":{"amount":1,"currency":"EUR"}}`,
			"{" + strings.ToUpper(member) + "}", strings.Replace("{"+member+"}", ":", `:{"x":`, 1) + "}", `{"expiresAt":"2030-01-01T00:00:00Z"}`} {
			post(body).refused(cinema.Invalid)
		}
		post(`{"seats":["` + strings.Repeat("x", 16<<10) + `"]}`).refused(cinema.TooLarge)
		post(strings.Repeat(" ", 1<<20)).refused(cinema.TooLarge)
		for _, contentType := range []string{"text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "x"} {
			post("{"+member+"}", "Content-Type", contentType).refused(cinema.UnsupportedMedia)
		}
	}
}

func (s *suite) wishes(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	many := free(c, show, 11)
	for pointer, seats := range map[string][]string{
		"/seats":   many,
		"/seats/1": {many[0], many[0]},
		"/seats/0": {"ZZ99"},
		"/seats/2": {many[0], many[1], ""},
		"/seats/3": {many[0], many[1], many[2], "A1; DROP TABLE seats"},
	} {
		problem := c.do("POST", "/shows/"+show.ShowID+"/reserve", order{seats}).refused(cinema.Invalid)
		if len(problem.Errors) != 1 || problem.Errors[0].Pointer != pointer {
			t.Errorf("got %+v, want the pointer %s", problem.Errors, pointer)
		}
	}
	c.do("POST", "/shows/"+newKey()+"/reserve", order{many[:1]}).refused(cinema.NotFound)
	becomes(c, show, many, cinema.Available)
}

func (s *suite) keys(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	good := pay(reserve(c, show, free(c, show, 1)...), "sandbox_ok")
	c.do("POST", "/bookings/checkout", good).refused(cinema.Invalid)
	for _, key := range []string{"", strings.Repeat("k", 65), "a b", "ä"} {
		if problem := c.checkout(key, good).refused(cinema.Invalid); problem.Errors[0].Pointer != "#Idempotency-Key" {
			t.Errorf("key %q: got the pointer %s", key, problem.Errors[0].Pointer)
		}
	}
	for pointer, change := range map[string]func(*purchase){
		"/showId":        func(p *purchase) { p.ShowID = "x" },
		"/reservationId": func(p *purchase) { p.ReservationID = "" },
		"/paymentMethod": func(p *purchase) { p.PaymentMethod = "4111 1111 1111 1111" },
		"/email":         func(p *purchase) { p.Email = "a@b\r\nBcc: everybody@example.test" },
	} {
		changed := good
		change(&changed)
		if problem := c.checkout(newKey(), changed).refused(cinema.Invalid); problem.Errors[0].Pointer != pointer {
			t.Errorf("got the pointer %s, want %s", problem.Errors[0].Pointer, pointer)
		}
	}
}

func (s *suite) webhooks(t *testing.T) {
	c := s.anonymous(t)
	event := `{"id":"evt_1","type":"payment.succeeded","bookingId":"` + newKey() + `"}`
	post := func(body string, header ...string) answer { return c.do("POST", "/payments/webhook", body, header...) }
	post(event).refused(cinema.Unauthenticated)
	for _, signature := range []string{"", "t=1,v1=00", "t=99999999999,v1=" + strings.Repeat("0", 64), "v1=", "x", "t=,v1=zz"} {
		post(event, "Payment-Signature", signature).refused(cinema.Unauthenticated)
	}
	post("", "Payment-Signature", "t=1,v1=00").refused(cinema.Unauthenticated)
	post(strings.Repeat("x", 17<<10)).refused(cinema.TooLarge)
}

func (s *suite) elsewhere(t *testing.T) {
	c := s.as(t, "alice")
	for _, path := range []string{"/nowhere", "/cities/", "/Cities", "/cities/x", "/shows", "/bookings/x/y", "/.env"} {
		for _, method := range []string{"GET", "POST"} {
			c.do(method, path, nil).refused(cinema.NotFound)
		}
	}
	s.unclean(c)
	for operation, path := range paths(t, newKey()) {
		for _, method := range []string{"PATCH", "PUT", "TRACE"} {
			a := c.do(method, path, nil)
			a.refused(cinema.MethodNotAllowed)
			if want := methods(t, operation.Path); !a.foreign && a.header.Get("Allow") != want {
				t.Errorf("%s %s: got Allow %q, want %q", method, path, a.header.Get("Allow"), want)
			}
		}
	}
}

// methods are what Allow has to say about a path of the contract.
func methods(t *testing.T, path string) string {
	t.Helper()
	operations, err := contract.Operations()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, operation := range operations {
		if operation.Path == path {
			all = append(all, operation.Method)
		}
	}
	slices.Sort(all)
	return strings.Join(append(all, http.MethodOptions), ", ")
}

// unclean asks for paths that aren't in the contract as they are written. Gateways may merge the slashes and resolve the dots
// before the system sees them (Traefik and Envoy do); what it answers then is right for the path that it was given.
func (s *suite) unclean(c *client) {
	for _, path := range []string{"//cities", "/docs/../cities"} {
		a := c.unchecked(http.MethodGet, path, nil)
		if a.status != http.StatusOK || s.target.OwnGateway {
			a.refused(cinema.NotFound)
		}
	}
}
