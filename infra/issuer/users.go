package issuer

import "movienow/shared/cinema"

// Users are the demo users. Their addresses are in a domain that is reserved for tests (RFC 2606), so no mail for them can
// ever reach anybody.
func Users() []cinema.User {
	return []cinema.User{
		{ID: "alice", Name: "Alice Almeida", Email: "alice@example.test"},
		{ID: "bob", Name: "Bob Bergström", Email: "bob@example.test"},
		{ID: "carol", Name: "Carol Chukwu", Email: "carol@example.test"},
		{ID: "dave", Name: "Dave D'Souza", Email: "dave@example.test"},
		{ID: "erin", Name: "Erin Eriksen", Email: "erin@example.test"},
		{ID: "frank", Name: "Frank Fujita", Email: "frank@example.test"},
		{ID: "grace", Name: "Grace García", Email: "grace@example.test"},
		{ID: "heidi", Name: "Heidi Huber", Email: "heidi@example.test"},
	}
}

func find(name string) (cinema.User, bool) {
	for _, user := range Users() {
		if user.ID == name {
			return user, true
		}
	}
	return cinema.User{}, false
}

func names() []string {
	var out []string
	for _, user := range Users() {
		out = append(out, user.ID)
	}
	return out
}
