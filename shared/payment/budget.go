package payment

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// The limits on retries. A provider that is down gets about a tenth more requests than there are calls, not three times
// as many, just when it tries to come back.
const (
	maxRetries   = 3                      // of one call
	firstBackoff = 100 * time.Millisecond // then twice as long each time, each shortened at random by up to half
	budgetSize   = 10                     // retries that may be made in a row
	budgetEarned = 0.1                    // retries that one call adds
)

// budget shares out retries among all calls of a client.
type budget struct {
	mu   sync.Mutex
	left float64
}

func newBudget() *budget { return &budget{left: budgetSize} }

// earn counts a call.
func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.left+budgetEarned, budgetSize)
}

// wait pauses before the retry after the given attempt (0 is the first), or reports that there shall be none.
func (b *budget) wait(ctx context.Context, attempt int) bool {
	if attempt >= maxRetries || !b.spend() {
		return false
	}
	backoff := firstBackoff << attempt
	backoff -= rand.N(backoff / 2)
	select {
	case <-time.After(backoff):
		return true
	case <-ctx.Done():
		return false
	}
}

func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
