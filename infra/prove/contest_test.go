package prove

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"movienow/shared/cinema"
)

// contest is some seats of a show that customers fight for, and all that happened.
type contest struct {
	*world
	name    string
	showID  string
	numbers [crowd]string
	rough   bool // customers give up, and send things twice

	mu        sync.Mutex
	history   []porcupine.Operation
	orders    []*order
	cancelled map[string]*cancellation // by booking
	silent    bool                     // a request had no answer of its own, though nobody was impatient
}

// order is a checkout: all requests with its key.
type order struct {
	customer
	key         string
	reservation cinema.Reservation
	method      string
	last        answer // of all requests together
	booking     string // as soon as it is known
	waiting     int64  // when it was said that the payment awaits its customer; 0 if it wasn't
}

// cancellation is of a booking that its customer wanted to cancel.
type cancellation struct {
	customer
	seats seats
	last  answer
}

// customer is one client. Each has a user of its own in a contest.
type customer struct {
	*contest
	id     int
	user   string
	token  string
	random *rand.Rand
}

var users = []string{"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"}

// run lets all customers do what they like until a time has passed.
func (c *contest) run(seed uint64, d time.Duration) {
	until := c.now() + d.Nanoseconds()
	var all sync.WaitGroup
	for i, user := range users {
		token, err := c.system.Token(user)
		if err != nil {
			c.Fatal(err)
		}
		one := customer{c, i, user, token, rand.New(rand.NewPCG(seed, uint64(i)))}
		all.Go(func() {
			for c.now() < until {
				one.visit()
				time.Sleep(time.Duration(one.random.IntN(80)) * time.Millisecond)
			}
		})
	}
	all.Wait()
}

// record adds an act to the history.
func (c *contest) record(client int, a act, call, back int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.history = append(c.history, porcupine.Operation{ClientId: client, Input: a, Call: call, Return: back})
}

// heard notes a request without an answer of the system's own.
func (c *contest) heard(a answer) answer {
	if a.status == 0 || a.status >= 500 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.silent = true
	}
	return a
}

// set is which of the crowd's seats these are.
func (c *contest) set(numbers []string) (s seats) {
	for i, number := range c.numbers {
		for _, wanted := range numbers {
			if wanted == number {
				s |= 1 << i
			}
		}
	}
	return s
}

// choose takes one to three seats at random.
func (c customer) choose() []string {
	var wanted []string
	for _, i := range c.random.Perm(crowd)[:1+c.random.IntN(3)] {
		wanted = append(wanted, c.numbers[i])
	}
	return wanted
}
