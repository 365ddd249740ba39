package seatlock

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/redis"
	"movienow/shared/seating"
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

const (
	rivalSeats   = 6
	rivalClients = 12
	rivalRounds  = 25
)

func number(seat string) int { return int(seat[1] - '1') }

// rivals has clients reserve seats, and release or buy and cancel what they got, and returns what each saw and when.
func rivals(t *testing.T, ruled bool, change func(*Locks)) []porcupine.Operation {
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
				h.round(i, ruled, random, record)
			}
		})
	}
	clients.Wait()
	return history
}

// round is what one client does, over and over. Now and then they want other seats beside those that they hold.
func (h *hall) round(client int, ruled bool, random *rand.Rand, record func(int, action, func() outcome) outcome) {
	ctx, user := context.Background(), cinema.User{ID: "user-" + strconv.Itoa(client)}
	acquire := func() (seats []string, reservation string) {
		for _, seat := range random.Perm(rivalSeats)[:1+random.IntN(3)] {
			seats = append(seats, "S"+strconv.Itoa(seat+1))
		}
		return seats, record(client, action{"acquire", user.ID, seats, ruled}, func() outcome {
			wish := wish(show, seats...)
			if ruled {
				wish.Rule = &Rule{Ends: wish.StartsAt, Sold: 1000, Line: rivalRow.Line}
			}
			reservation, _, err := h.Acquire(ctx, Client{UserID: user.ID}, wish)
			return result(h.t, reservation.ReservationID, err)
		}).reservation
	}
	release := func(seats []string, reservation string) {
		record(client, action{"release", user.ID, seats, ruled}, func() outcome {
			return result(h.t, "", h.Release(ctx, show, reservation, user.ID))
		})
	}
	seats, reservation := acquire()
	if reservation == "" {
		return
	}
	if random.IntN(4) == 0 {
		if others, second := acquire(); second != "" && second != reservation {
			release(others, second)
		}
	}
	if random.IntN(2) == 0 {
		release(seats, reservation)
		return
	}
	booking := bought(user, cinema.Reservation{ReservationID: reservation, Seats: priced(seats)})
	record(client, action{"sell", user.ID, seats, ruled}, func() outcome {
		return result(h.t, "", h.MarkSold(ctx, booking))
	})
	record(client, action{"unsell", user.ID, seats, ruled}, func() outcome {
		return result(h.t, "", h.UnmarkSold(ctx, booking))
	})
}

// rivalRow is where the seats are: side by side.
var rivalRow = func() *seating.Plan {
	var seats []cinema.Seat
	for column := 1; column <= rivalSeats; column++ {
		seats = append(seats, cinema.Seat{SeatNumber: "S" + strconv.Itoa(column), Row: "S", Column: column, Type: cinema.Standard})
	}
	return seating.NewPlan(seats, cinema.MiddleSpot(seats))
}()

func result(t testing.TB, reservation string, err error) outcome {
	refusal, refused := err.(*cinema.Error)
	if refused && (refusal.Kind == cinema.SeatsTaken || refusal.Kind == cinema.LeavesSingleSeat) {
		return outcome{kind: refusal.Kind, taken: refusal.Seats}
	}
	if err != nil {
		t.Error(err)
	}
	return outcome{reservation: reservation, kind: cinema.KindOf(err)}
}

func TestSeatHistoryIsLinearizable(t *testing.T) {
	t.Parallel()
	for _, ruled := range []bool{false, true} {
		history := rivals(t, ruled, func(*Locks) {})
		if got := porcupine.CheckOperationsTimeout(seatModel, history, time.Minute); got != porcupine.Ok {
			t.Errorf("history of %d operations, single seats refused %t: %s", len(history), ruled, got)
		}
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
		ruled              bool
	}{
		{"held seats are given away", acquireFiles, "if held or owners ~= '' then", "if owners ~= '' then",
			func(s *scripts, weak *redis.Script) { s.acquire = weak }, false},
		{"sold seats are given away", acquireFiles, "if held or owners ~= '' then", "if held then",
			func(s *scripts, weak *redis.Script) { s.acquire = weak }, false},
		{"some seats are enough", acquireFiles, "if #taken > 0 or wanted == 0 then", "if #taken == wanted then",
			func(s *scripts, weak *redis.Script) { s.acquire = weak }, false},
		{"a release forgets the holds", releaseFiles, "if holder == mine then", "if false then",
			func(s *scripts, weak *redis.Script) { s.release = weak }, false},
		{"a sale leaves no mark", sellFiles, "if marked then", "if false then",
			func(s *scripts, weak *redis.Script) { s.sell = weak }, false},
		{"single seats are left beside others' seats", acquireFiles, "if ruled and leavesSingle(line) then", "if false then",
			func(s *scripts, weak *redis.Script) { s.acquire = weak }, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			weak := weakened(t, test.guard, test.replacement, test.files...)
			history := rivals(t, test.ruled, func(l *Locks) { test.install(&l.scripts, weak) })
			if got := porcupine.CheckOperationsTimeout(seatModel, history, time.Minute); got != porcupine.Illegal {
				t.Errorf("history of %d operations: %s, want the missing guard to be noticed", len(history), got)
			}
		})
	}
}
