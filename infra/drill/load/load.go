// Package load buys tickets from a running MovieNow for as long as it is told to, as good clients do: they try again with
// the same key until there is an answer. It remembers every answer, so that it can be held against the system later.
package load

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Load is customers who buy.
type Load struct {
	// History is what they were answered.
	History *History

	base   string
	every  time.Duration
	token  func(user string) (string, error)
	users  []string
	anyone *caller
	shows  []string

	open   sync.RWMutex // held for reading by every purchase, for writing while sales are closed
	group  errgroup.Group
	mails  sync.WaitGroup
	stop   context.CancelFunc
	inbox  bool
	purses sync.Map // callers, by user
}

const (
	// patience is how long a customer repeats a request before giving up.
	patience = 3 * time.Minute
	// answerTime is how long one request may take: longer than any of the system's own limits.
	answerTime = 35 * time.Second
	// crowd is the most purchases at a time; while nothing works, no further customers come.
	crowd = 32
)

// New prepares a load of so many purchases a second on the system at base. There have to be tokens for two users at least.
func New(ctx context.Context, base string, perSecond float64, token func(user string) (string, error)) (*Load, error) {
	l := &Load{History: newHistory(), base: base, every: time.Duration(float64(time.Second) / perSecond), token: token}
	l.anyone = l.caller("")
	for _, user := range []string{"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"} {
		if _, err := token(user); err == nil {
			l.users = append(l.users, user)
		}
	}
	if len(l.users) < 2 {
		_, err := token("alice")
		return nil, errors.Join(errors.New("purchases need tokens of two customers at least: set TOKEN_ALICE and TOKEN_BOB"), err)
	}
	if err := l.findShows(ctx); err != nil {
		return nil, err
	}
	l.inbox = l.anyone.send(l.inboxRequest(ctx, "nothing", 0)).status == http.StatusOK
	return l, nil
}

func (l *Load) caller(token string) *caller {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = crowd
	return &caller{base: l.base, token: token, history: l.History, http: &http.Client{Timeout: answerTime, Transport: transport}}
}

// as is the caller of a customer, with a token that is still good.
func (l *Load) as(user string) *caller {
	if found, ok := l.purses.Load(user); ok && time.Since(found.(*purse).since) < time.Hour {
		return found.(*purse).caller
	}
	token, err := l.token(user)
	if err != nil {
		if found, ok := l.purses.Load(user); ok {
			return found.(*purse).caller
		}
		return l.caller("")
	}
	p := &purse{l.caller(token), time.Now()}
	l.purses.Store(user, p)
	return p.caller
}

// purse is where a customer keeps their token.
type purse struct {
	caller *caller
	since  time.Time
}

// Start begins to buy and to look around, until Stop.
func (l *Load) Start(ctx context.Context) {
	ctx, l.stop = context.WithCancel(ctx)
	l.group.SetLimit(crowd + 2)
	l.group.Go(func() error { l.browse(ctx); return nil })
	l.group.Go(func() error {
		clock := time.NewTicker(l.every)
		defer clock.Stop()
		for i := 0; ; i++ {
			select {
			case <-ctx.Done():
				return nil
			case <-clock.C:
			}
			l.group.TryGo(func() error { l.purchase(ctx, i); return nil })
		}
	})
}

// Stop lets nobody in any more and waits until everybody has their answer.
func (l *Load) Stop() {
	l.open.Lock() // purchases that have begun are finished, with their context as it is
	l.stop()
	l.open.Unlock()
	l.group.Wait()
}

// Close closes the sales: it waits for the purchases that have begun, and lets none begin until Open. Others go on looking around.
func (l *Load) Close() { l.open.Lock() }

// Open opens the sales again.
func (l *Load) Open() { l.open.Unlock() }

// AwaitMails waits for the e-mails of all purchases to reach the inbox, if the system has one.
func (l *Load) AwaitMails() { l.mails.Wait() }

// HasInbox says whether e-mails can be seen.
func (l *Load) HasInbox() bool { return l.inbox }
