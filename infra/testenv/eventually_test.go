package testenv_test

import (
	"fmt"
	"testing"
	"time"

	"movienow/infra/testenv"
)

// witness is a test that notes how it would have failed.
type witness struct {
	testing.TB
	said string
}

// failed ends Eventually as Fatalf does.
type failed struct{}

func (w *witness) Helper() {}

func (w *witness) Fatalf(format string, args ...any) {
	w.said = fmt.Sprintf(format, args...)
	panic(failed{})
}

func TestEventually(t *testing.T) {
	t.Parallel()
	asked := 0
	testenv.Eventually(t, time.Minute, func() bool { asked++; return asked == 3 }, "the third time")
	if asked != 3 {
		t.Errorf("asked %d times, want 3", asked)
	}
	w := &witness{TB: t}
	func() {
		defer func() {
			if _, ok := recover().(failed); !ok {
				t.Error("the test went on")
			}
		}()
		testenv.Eventually(w, 20*time.Millisecond, func() bool { return false }, "the impossible")
	}()
	if want := "waited 20ms in vain for the impossible"; w.said != want {
		t.Errorf("got %q, want %q", w.said, want)
	}
}
