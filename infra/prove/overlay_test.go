package prove

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the repository.
const root = "../.."

// edit is a change of a file of the repository: text that is in it exactly once, and what stands there instead.
type edit struct{ file, old, new string }

// short makes the times short for which customers and machines wait.
var short = []edit{
	{"shared/cinema/reservation.go", "const HoldTime = 6 * time.Minute", "const HoldTime = 2 * time.Second"},
	{"shared/cinema/reservation.go", "const ActionTime = 10 * time.Minute", "const ActionTime = 4 * time.Second"},
	{"shared/cinema/reservation.go", "MaxTimeOffSale = HoldTime + ActionTime", "MaxTimeOffSale = 30 * time.Minute"},
	{"shared/boxoffice/checkout.go", "settleIn = 30 * time.Second", "settleIn = 3 * time.Second"},
	{"shared/postgres/sweep.go", "sweepAgain = 15 * time.Second", "sweepAgain = 2 * time.Second"},
	{"shared/postgres/outbox.go", "const claimTime = 30 * time.Second", "const claimTime = 3 * time.Second"},
	{"shared/postgres/unmatched.go", "now() + interval '1 minute'", "now() + interval '4 seconds'"},
	{"shared/seatlock/marks.go", "marksAge = time.Minute", "marksAge = 3 * time.Second"},
	{"shared/seatlock/marks.go", "renewPause = 5 * time.Second", "renewPause = time.Second"},
	{"shared/rabbitmq/topology.go", "settings := settings{speed: 1}", "settings := settings{speed: 60}"},
	{"functions/send-email/handler.go", "composeTime = 5 * time.Second", "composeTime = time.Second"},
	{"shared/mail/mail.go", "probeTimeout = 2 * time.Second", "probeTimeout = time.Second"},
	{"shared/mail/mail.go", "dialTimeout  = 4 * time.Second", "dialTimeout  = time.Second"},
	{"shared/mail/mail.go", "sendTimeout  = 15 * time.Second", "sendTimeout  = 3 * time.Second"},
}

// apply makes the edits and returns the new texts of the files they change.
func apply(edits []edit) (map[string]string, error) {
	texts := map[string]string{}
	for _, e := range edits {
		text, known := texts[e.file]
		if !known {
			content, err := os.ReadFile(filepath.Join(root, e.file))
			if err != nil {
				return nil, err
			}
			text = string(content)
		}
		if n := strings.Count(text, e.old); n != 1 {
			return nil, fmt.Errorf("%s has this text %d times, not once; mend the table in infra/prove:\n%s", e.file, n, e.old)
		}
		texts[e.file] = strings.Replace(text, e.old, e.new, 1)
	}
	for file, text := range texts {
		if strings.Contains(text, "point.Reached(") {
			texts[file] = strings.Replace(text, "import (", "import (\n\t\"movienow/infra/prove/point\"", 1)
		}
	}
	return texts, nil
}

// overlay writes the edited files into a folder of the variant, and returns the file that go build wants.
func overlay(t testing.TB, variant string, edits []edit) string {
	t.Helper()
	texts, err := apply(edits)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.Abs(filepath.Join(root, ".local/test/prove/overlay", variant))
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for file, text := range texts {
		original, _ := filepath.Abs(filepath.Join(root, file)) // it worked a moment ago
		replace[original] = filepath.Join(folder, strings.ReplaceAll(file, "/", "+"))
		write(t, replace[original], text)
	}
	list, _ := json.Marshal(map[string]any{"Replace": replace}) // of texts, which can always be encoded
	write(t, filepath.Join(folder, "overlay.json"), string(list))
	return filepath.Join(folder, "overlay.json")
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// An edit that doesn't fit any more would leave a control without its guard removed, or a point without its place.
func TestEveryEditFits(t *testing.T) {
	t.Parallel()
	edits := append(slices.Clone(short), pointed()...)
	if _, err := apply(edits); err != nil {
		t.Error(err)
	}
	for _, g := range guards {
		if _, err := apply(append(slices.Clone(edits), g.edits...)); err != nil {
			t.Errorf("%s: %v", g.name, err)
		}
	}
	if _, err := apply([]edit{{"shared/seatlock/marks.go", "no such text", ""}}); err == nil {
		t.Error("an edit fits that doesn't")
	}
}
