package prove

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// checkTime is how long porcupine may think about a history.
const checkTime = 20 * time.Second

// check holds the history against the model.
func (c *contest) check(trust trust) {
	if c.silent {
		trust.marks = false // what nobody heard of may have had an effect
	}
	c.report.history(len(c.history))
	switch porcupine.CheckOperationsTimeout(trust.model(), c.history, checkTime) {
	case porcupine.Unknown:
		c.report.unknown.Add(1)
	case porcupine.Illegal:
		shortest := shorten(trust.model(), c.history)
		picture := c.draw(trust.model(), shortest)
		c.violation("model", "show %s can't have been so (%d acts of %d; picture: %s):\n%s", c.showID, len(shortest), len(c.history), picture, tell(shortest))
	}
}

// shorten returns an earlier end of a history that isn't legal, of as few seats as can be.
func shorten(model porcupine.Model, history []porcupine.Operation) []porcupine.Operation {
	begun := time.Now()
	illegal := func(h []porcupine.Operation) bool {
		return porcupine.CheckOperationsTimeout(model, h, time.Second) == porcupine.Illegal
	}
	var moments []int64
	for _, o := range history {
		moments = append(moments, o.Return)
	}
	slices.Sort(moments)
	i := sort.Search(len(moments), func(i int) bool { return illegal(until(history, moments[i])) })
	if i < len(moments) {
		history = until(history, moments[i])
	}
	for some := range seats(1 << crowd) { // few come before many only by chance, but all come
		if fewer := only(history, some); len(fewer) < len(history) && illegal(fewer) {
			history = fewer
		}
	}
	if changes := drop(history, func(int) bool { return true }); illegal(changes) {
		return changes
	}
	for i := len(history) - 1; i >= 0 && time.Since(begun) < checkTime; i-- {
		if fewer := drop(history, func(j int) bool { return i == j }); len(fewer) < len(history) && illegal(fewer) {
			history = fewer
		}
	}
	return history
}

// drop leaves out some acts of those that only look: what is possible with them is so without.
func drop(history []porcupine.Operation, some func(i int) bool) (rest []porcupine.Operation) {
	for i, o := range history {
		if o.Input.(act).effective() || !some(i) {
			rest = append(rest, o)
		}
	}
	return rest
}

// until is a history as it is known at a moment: what has begun and not ended may take effect or not.
func until(history []porcupine.Operation, moment int64) (known []porcupine.Operation) {
	for _, o := range history {
		if a := o.Input.(act); o.Return > moment {
			if o.Call > moment || !a.effective() {
				continue
			}
			a.maybe = true
			o.Input, o.Return = a, never
		}
		known = append(known, o)
	}
	return known
}

// only is what a history says about some seats.
func only(history []porcupine.Operation, some seats) (part []porcupine.Operation) {
	for _, o := range history {
		a := o.Input.(act)
		if a.seats &= some; a.seats == 0 {
			continue // looks and the end, too: they are about all seats
		}
		a.held &= some
		o.Input = a
		part = append(part, o)
	}
	return part
}

func tell(history []porcupine.Operation) string {
	var text strings.Builder
	slices.SortFunc(history, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	for _, o := range history {
		back := "never"
		if o.Return != never {
			back = fmt.Sprintf("%.3f", float64(o.Return)/1e9)
		}
		fmt.Fprintf(&text, "  %.3f - %s  %s\n", float64(o.Call)/1e9, back, o.Input)
	}
	return text.String()
}

// draw writes porcupine's picture of a history and returns where it is.
func (c *contest) draw(model porcupine.Model, history []porcupine.Operation) string {
	_, info := porcupine.CheckOperationsVerbose(model, history, checkTime)
	path, _ := filepath.Abs(filepath.Join(root, ".local/prove", c.name+".html"))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err.Error()
	}
	if err := porcupine.VisualizePath(model, info, path); err != nil {
		return err.Error()
	}
	return path
}
