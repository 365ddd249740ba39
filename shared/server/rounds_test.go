package server

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A round that was full is followed by the next at once, and one that wasn't waits until it is woken.
func TestRoundsWaitOnlyWhenThereIsNoMore(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	woken := make(chan struct{}, 1)
	rounds := make(chan int)
	made := 0
	work := Rounds{Name: "test", Every: time.Hour, Woken: woken, Round: func(context.Context) (bool, error) {
		made++
		rounds <- made
		return made < 3, nil
	}}
	ended := make(chan error, 1)
	go func() { ended <- work.Run(ctx, new(Progress)) }()
	for range 3 {
		<-rounds
	}
	woken <- struct{}{}
	<-rounds
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRoundsGoOnAfterAFailure(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	made := 0
	work := Rounds{Name: "test", Every: time.Millisecond, Round: func(context.Context) (bool, error) {
		if made++; made == 4 {
			stop()
		}
		return true, errors.New("no")
	}}
	if err := work.Run(ctx, new(Progress)); err != nil || made != 4 {
		t.Errorf("got %v after %d rounds, want 4", err, made)
	}
}

func TestAnEventEndsBeforeItsTimeIsUp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		full  int
		fails error
		left  time.Duration
		want  int
	}{
		{"no more", 2, nil, time.Hour, 3},
		{"a failure", 9, errors.New("no"), time.Hour, 1},
		{"too little time for another", 9, nil, time.Second, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), test.left)
			defer cancel()
			made := 0
			work := Rounds{Takes: time.Minute, Round: func(context.Context) (bool, error) {
				made++
				return made <= test.full, test.fails
			}}
			if err := work.Event(ctx, nil); !errors.Is(err, test.fails) || made != test.want {
				t.Errorf("got %v after %d rounds, want %v after %d", err, made, test.fails, test.want)
			}
		})
	}
}
