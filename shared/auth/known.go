package auth

import (
	"sync"
	"time"

	"movienow/shared/cinema"
)

// maxKnown is how many verified tokens are remembered per generation; about 2 MB in all.
const maxKnown = 4096

// knownTokens remembers tokens that were verified, by their SHA-256. A signature check costs as much processor time as
// the rest of a small request, and the same few tokens come again and again. What is remembered counts only as long as
// the token hasn't expired and the issuer's keys are still the ones it was verified with.
type knownTokens struct {
	mu         sync.Mutex
	young, old map[[32]byte]knownToken // when young is full it becomes old, and old is forgotten
}

type knownToken struct {
	user    cinema.User
	keys    *keySet
	expires time.Time
}

func newKnownTokens() *knownTokens {
	return &knownTokens{young: make(map[[32]byte]knownToken)}
}

func (k *knownTokens) user(digest [32]byte, keys *keySet, now time.Time) (cinema.User, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	token, ok := k.young[digest]
	if !ok {
		if token, ok = k.old[digest]; ok {
			k.put(digest, token)
		}
	}
	if !ok || token.keys != keys || !now.Before(token.expires) {
		return cinema.User{}, false
	}
	return token.user, true
}

func (k *knownTokens) remember(digest [32]byte, token knownToken) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.put(digest, token)
}

// put is remember with mu held.
func (k *knownTokens) put(digest [32]byte, token knownToken) {
	if len(k.young) >= maxKnown {
		k.old, k.young = k.young, make(map[[32]byte]knownToken)
	}
	k.young[digest] = token
}
