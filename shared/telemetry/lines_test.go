package telemetry

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// file takes lines, and may be read meanwhile.
type file struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (f *file) Write(lines []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.Write(lines)
}

func (f *file) lines() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Count(f.text.String(), "\n")
}

func TestLinesAreHeldForATenthOfASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var written file
		log := New(NewLines(&written, 100*time.Millisecond), "test", Config{})
		for round := range 2 { // the second time the timer is there already
			log.Info("one")
			time.Sleep(50 * time.Millisecond)
			log.Info("two")
			time.Sleep(50*time.Millisecond - time.Nanosecond)
			synctest.Wait()
			if got := written.lines(); got != 2*round {
				t.Errorf("round %d: got %d lines before their time", round, got)
			}
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if got := written.lines(); got != 2*round+2 {
				t.Errorf("round %d: got %d lines after 100 ms", round, got)
			}
		}
	})
}

// What led to an error stands before it.
func TestErrorsAreWrittenAtOnceInTheirOrder(t *testing.T) {
	t.Parallel()
	for _, level := range []slog.Level{slog.LevelWarn, slog.LevelError} {
		for name, attr := range map[string]slog.Attr{"plain": slog.Int("n", 1), "slog's": slog.Any("error", errors.New("no"))} {
			var written bytes.Buffer
			log := New(NewLines(&written, time.Hour), "test", Config{})
			log.Info("first")
			log.Info("second", "error", errors.New("quoted \"words\""))
			if written.Len() > 0 {
				t.Errorf("%s: written at once: %s", name, &written)
			}
			log.LogAttrs(t.Context(), level, "third", attr)
			lines := strings.Split(written.String(), "\n")
			if len(lines) != 4 || !strings.Contains(lines[0], "first") || !strings.Contains(lines[1], "second") || !strings.Contains(lines[2], "third") {
				t.Errorf("%s %s: got %q", level, name, lines)
			}
		}
	}
}

func TestManyLinesAreWrittenEarlier(t *testing.T) {
	t.Parallel()
	var written bytes.Buffer
	log := New(NewLines(&written, time.Hour), "test", Config{})
	for range mostHeld / 10 {
		log.Info("line")
	}
	if lines := strings.SplitAfter(written.String(), "\n"); len(lines) < 2 || lines[len(lines)-1] != "" {
		t.Errorf("got %d lines, the last one %q", len(lines), lines[len(lines)-1])
	}
}

// Whoever writes a line, us or slog, it is the same to the letter.
func TestLinesAreThoseOfSlog(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 20, 15, 0, 123456000, time.FixedZone("", 3600))
	for _, given := range [][]slog.Attr{nil, {slog.String("a", "b")}, {slog.Any("a", []int{1})}, {slog.Group("a", "b", 1)}} {
		for _, attr := range []slog.Attr{
			slog.String("text", "plain"), slog.String("text", `"\`), slog.String("text", "é\n\x00\x7f<&>\u2028"), slog.String("text", "\xff"),
			slog.String("", "no name"), slog.String(`a"b`, "name"), slog.String("apiKey", "secret"), slog.Int("n", -3), slog.Uint64("n", math.MaxUint64),
			slog.Float64("f", 0), slog.Float64("f", 12.345), slog.Float64("f", -1e21), slog.Float64("f", 1e-7), slog.Float64("f", math.NaN()),
			slog.Bool("b", true), slog.Duration("d", time.Second), slog.Time("t", at), slog.Any("error", errors.New("no")), slog.Any("nil", nil),
			slog.Group("group", "token", "x"), {},
		} {
			trace := ParseTrace("")
			trace.RequestID = "this-one"
			ctx := WithTrace(t.Context(), trace)
			var got, want bytes.Buffer
			record := slog.NewRecord(at, slog.LevelInfo, "sold", 0)
			record.AddAttrs(attr)
			if err := New(NewLines(&got, 0), "test", Config{}).Handler().WithAttrs(given).Handle(ctx, record); err != nil {
				t.Fatal(err)
			}
			own := slog.NewJSONHandler(&want, &slog.HandlerOptions{ReplaceAttr: redact})
			record.AddAttrs(slog.String("requestId", trace.RequestID), slog.String("traceId", trace.ID))
			if err := own.WithAttrs([]slog.Attr{slog.String("function", "test")}).WithAttrs(given).Handle(ctx, record); err != nil {
				t.Fatal(err)
			}
			if got.String() != want.String() {
				t.Errorf("got  %swant %s", &got, &want)
			}
		}
	}
}

func TestGroupsAreSlogs(t *testing.T) {
	t.Parallel()
	var line bytes.Buffer
	New(NewLines(&line, 0), "test", Config{}).WithGroup("group").With("a", 1).Info("message", "b", 2)
	if !strings.Contains(line.String(), `"group":{"a":1,"b":2}`) {
		t.Errorf("got %s", &line)
	}
}
