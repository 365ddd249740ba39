package load

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

const (
	// mailTime is how long an e-mail may take: in a drill its sender is down for a while.
	mailTime = 15 * time.Minute
	// looks is how long one look at the inbox waits there.
	looks = 20 * time.Second
)

func (l *Load) inboxRequest(ctx context.Context, about string, wait time.Duration) *http.Request {
	path := fmt.Sprintf("%s/dev/inbox?q=%s&wait=%.0f", l.base, url.QueryEscape(about), wait.Seconds())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		panic(err) // the same address has been asked before
	}
	request.Header.Set("Accept", "application/json")
	return request
}

// look waits beside everything else for the booking's e-mail. The inbox keeps the newest messages only, so it has to be
// looked for while they are new. The inbox is no part of the system: how it answers isn't counted.
func (l *Load) look(bookingID string) {
	if !l.inbox {
		return
	}
	l.mails.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), mailTime)
		defer cancel()
		for ctx.Err() == nil {
			r := l.anyone.send(l.inboxRequest(ctx, bookingID, looks))
			var messages []json.RawMessage
			if r.status == http.StatusOK && json.Unmarshal(r.body, &messages) == nil && len(messages) > 0 {
				l.History.change(bookingID, func(p *Purchase) { p.Mails = len(messages) })
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	})
}
