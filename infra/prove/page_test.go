package prove

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// page is what a run of "make prove" leaves behind.
type page struct {
	Seed     uint64
	Began    time.Time
	Took     string
	Sales    *sum      `json:",omitempty"`
	Controls []control `json:",omitempty"`
}

// control is how the absence of a guard was found out; by nobody, if By is empty.
type control struct {
	Guard, By, What string
	Histories       int64
}

// thePage is the one of this run. Its tests run one after the other.
var thePage = page{Began: time.Now()}

// folder is where it goes.
const folder = ".local/prove"

// write writes it for people and for programs.
func (p page) write() error {
	p.Took = time.Since(p.Began).Round(time.Second).String()
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	for name, content := range map[string]string{"report.json": string(text) + "\n", "report.md": p.markdown()} {
		path := filepath.Join(root, folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("The report is in %s/report.md.\n", folder)
	return nil
}

func (p page) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Proof of %s\n\n`make prove SEED=%d`, %s.\n", p.Began.UTC().Format(time.DateTime), p.Seed, p.Took)
	if s := p.Sales; s != nil {
		b.WriteString("\n| sold under faults | |\n| --- | --- |\n")
		for _, line := range []struct {
			what  string
			value any
		}{
			{"histories checked", s.Histories}, {"of so many acts", s.Acts}, {"undecided", s.Undecided}, {"requests", s.Requests},
			{"rounds", s.Rounds}, {"kill -9", s.Kills}, {"until every promise was kept again, median", s.CalmMedian},
			{"at most", s.CalmLongest}, {"e-mails that came twice, as they may", s.EmailsTwice}, {"**violations**", len(s.Violations)},
		} {
			fmt.Fprintf(&b, "| %s | %v |\n", line.what, line.value)
		}
		for _, v := range s.Violations {
			fmt.Fprintf(&b, "\n%s:\n\n```\n%s\n```\n", v.By, v.What)
		}
		b.WriteString("\n| fault | times |\n| --- | --- |\n")
		for _, name := range slices.Sorted(maps.Keys(s.Faults)) {
			fmt.Fprintf(&b, "| %s | %d |\n", name, s.Faults[name])
		}
	}
	if len(p.Controls) > 0 {
		b.WriteString("\n| guard taken away | found out by | after histories |\n| --- | --- | --- |\n")
	}
	for _, c := range p.Controls {
		fmt.Fprintf(&b, "| %s | %s | %d |\n", c.Guard, cmp.Or(c.By, "**nobody**"), c.Histories)
	}
	return b.String()
}
