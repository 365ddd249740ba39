package seatlock

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/redis"
)

func TestOneWinnerPerSeat(t *testing.T) {
	t.Parallel()
	url, office := testenv.Redis(t), new(boxOffice)
	processes := []*hall{openHall(t, url, office), openHall(t, url, office), openHall(t, url, office)}
	seats := []string{"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"}
	var mu sync.Mutex
	winners := map[string]string{}
	var clients sync.WaitGroup
	start := make(chan struct{})
	for i := range 64 {
		clients.Go(func() {
			h, user := processes[i%len(processes)], cinema.User{ID: "user-" + strconv.Itoa(i)}
			first, count := rand.IntN(len(seats)), 1+rand.IntN(4)
			var wanted []string
			for k := range count {
				wanted = append(wanted, seats[(first+k)%len(seats)])
			}
			<-start
			reservation, err := h.try(user, wanted...)
			if err != nil {
				if cinema.KindOf(err) != cinema.SeatsTaken {
					t.Error(err)
				}
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for _, seat := range reservation.SeatNumbers() {
				if rival, lost := winners[seat]; lost {
					t.Errorf("seat %s was given to %s and %s", seat, rival, user.ID)
				}
				winners[seat] = user.ID
			}
		})
	}
	close(start)
	clients.Wait()
	for _, seat := range seats {
		want := "A"
		if winners[seat] != "" {
			want = "H"
		}
		processes[0].wantStatus(want, seat)
	}
	if len(winners) == 0 {
		t.Error("nobody won anything")
	}
}

// What the clients did, as porcupine sees it.
type (
	action struct {
		verb  string // acquire, release, sell, unsell
		user  string
		seats []string
	}
	outcome struct {
		kind        cinema.Kind // of the error
		reservation string
		taken       []string
	}
)

// seatModel is a show with few seats: the state says for each who has it, by reservation, "sold" or "" for nobody.
var seatModel = porcupine.Model{
	Init: func() any { return [rivalSeats]string{} },
	Step: func(state, input, output any) (bool, any) {
		seats, do, got := state.([rivalSeats]string), input.(action), output.(outcome)
		var taken []string
		for _, seat := range do.seats {
			if seats[number(seat)] != "" {
				taken = append(taken, seat)
			}
		}
		owner := ""
		switch do.verb {
		case "acquire":
			if got.kind == cinema.SeatsTaken {
				return slices.Equal(taken, got.taken), state
			}
			if len(taken) > 0 {
				return false, state
			}
			owner = got.reservation
		case "sell":
			owner = "sold"
		}
		for _, seat := range do.seats {
			seats[number(seat)] = owner
		}
		return true, seats
	},
	Equal: func(a, b any) bool { return a == b },
	DescribeOperation: func(input, output any) string {
		return fmt.Sprintf("%v -> %v", input, output)
	},
}

const (
	rivalSeats   = 6
	rivalClients = 12
	rivalRounds  = 25
)

func number(seat string) int { return int(seat[1] - '1') }

// rivals has clients reserve seats, and release or buy and cancel what they got, and returns what each saw and when.
func rivals(t *testing.T, change func(*Locks)) []porcupine.Operation {
	url, office := testenv.Redis(t), new(boxOffice)
	var mu sync.Mutex
	var history []porcupine.Operation
	epoch := time.Now()
	record := func(client int, do action, call func() outcome) outcome {
		from := time.Since(epoch).Nanoseconds()
		got := call()
		to := time.Since(epoch).Nanoseconds()
		mu.Lock()
		defer mu.Unlock()
		history = append(history, porcupine.Operation{ClientId: client, Input: do, Call: from, Output: got, Return: to})
		return got
	}
	openHall(t, url, office).letters("S1") // the marks are there: this office doesn't hear of sales, so it mustn't be asked again
	var clients sync.WaitGroup
	for i := range rivalClients {
		h := openHall(t, url, office)
		change(h.Locks)
		clients.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 7))
			for range rivalRounds {
				h.round(i, random, record)
			}
		})
	}
	clients.Wait()
	return history
}

// round is what one client does, over and over.
func (h *hall) round(client int, random *rand.Rand, record func(int, action, func() outcome) outcome) {
	ctx, user := context.Background(), cinema.User{ID: "user-" + strconv.Itoa(client)}
	var seats []string
	for _, seat := range random.Perm(rivalSeats)[:1+random.IntN(3)] {
		seats = append(seats, "S"+strconv.Itoa(seat+1))
	}
	got := record(client, action{"acquire", user.ID, seats}, func() outcome {
		reservation, err := h.try(user, seats...)
		return result(h.t, reservation.ReservationID, err)
	})
	if got.kind != "" {
		return
	}
	if random.IntN(2) == 0 {
		record(client, action{"release", user.ID, seats}, func() outcome {
			return result(h.t, "", h.Release(ctx, show, got.reservation, user.ID))
		})
		return
	}
	booking := bought(user, cinema.Reservation{ReservationID: got.reservation, Seats: priced(seats)})
	record(client, action{"sell", user.ID, seats}, func() outcome {
		return result(h.t, "", h.MarkSold(ctx, booking))
	})
	record(client, action{"unsell", user.ID, seats}, func() outcome {
		return result(h.t, "", h.UnmarkSold(ctx, booking))
	})
}

func result(t testing.TB, reservation string, err error) outcome {
	if refusal, ok := err.(*cinema.Error); ok && refusal.Kind == cinema.SeatsTaken {
		return outcome{kind: refusal.Kind, taken: refusal.Seats}
	}
	if err != nil {
		t.Error(err)
	}
	return outcome{reservation: reservation, kind: cinema.KindOf(err)}
}

func TestSeatHistoryIsLinearizable(t *testing.T) {
	t.Parallel()
	history := rivals(t, func(*Locks) {})
	if got := porcupine.CheckOperationsTimeout(seatModel, history, time.Minute); got != porcupine.Ok {
		t.Errorf("history of %d operations: %s", len(history), got)
	}
}

// Each guard of the scripts is taken away in turn, and the check above must notice.
func TestSeatHistoryControls(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name               string
		files              []string
		guard, replacement string
		install            func(*scripts, *redis.Script)
	}{
		{"held seats are given away", acquireFiles, "if held or owners ~= '' then", "if owners ~= '' then",
			func(s *scripts, weak *redis.Script) { s.acquire = weak }},
		{"sold seats are given away", acquireFiles, "if held or owners ~= '' then", "if held then",
			func(s *scripts, weak *redis.Script) { s.acquire = weak }},
		{"some seats are enough", acquireFiles, "if #taken > 0 or wanted == 0 then", "if #taken == wanted then",
			func(s *scripts, weak *redis.Script) { s.acquire = weak }},
		{"a release forgets the holds", releaseFiles, "if holder == mine then", "if false then",
			func(s *scripts, weak *redis.Script) { s.release = weak }},
		{"a sale leaves no mark", sellFiles, "if marked then", "if false then",
			func(s *scripts, weak *redis.Script) { s.sell = weak }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			weak := weakened(t, test.guard, test.replacement, test.files...)
			history := rivals(t, func(l *Locks) { test.install(&l.scripts, weak) })
			if got := porcupine.CheckOperationsTimeout(seatModel, history, time.Minute); got != porcupine.Illegal {
				t.Errorf("history of %d operations: %s, want the missing guard to be noticed", len(history), got)
			}
		})
	}
}
