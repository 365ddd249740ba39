package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// report writes the table, to the screen and to a file, and says whether the drill has shown what it should. There is no
// audit when nobody could buy.
func (d *drill) report(a *audit) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Drill on %s\n\n", d.folder())
	b.WriteString("| step | took | requests | failed | longest outage | confirmed | |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	good := a != nil && a.good()
	for _, r := range d.results {
		good = d.row(&b, r) && good
	}
	if a != nil {
		a.write(&b)
	}
	fmt.Print("\n" + b.String())
	path := filepath.Join(d.dir, "drill-"+filepath.Base(d.overlay)+".md")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("keep the table: %w", err)
	}
	fmt.Printf("\nThe table is in %s, the commands and their output in %s.\n", path, d.cluster.log.Name())
	if !good {
		return errors.New("the drill has found something: see the table")
	}
	return nil
}

// row writes a step's line and says whether it went as it should.
func (d *drill) row(b *strings.Builder, r result) bool {
	remark, good := "", r.err == nil || !r.shown()
	if r.err != nil {
		remark = strings.ReplaceAll(r.err.Error(), "\n", " ")
	}
	if d.load == nil || r.until.Before(d.opened) {
		fmt.Fprintf(b, "| %s | %s | | | | | %s |\n", r.name, seconds(r.until.Sub(r.from)), remark)
		return good
	}
	s := d.load.History.Between(r.from, r.until)
	if r.calm && s.Failed > 0 {
		good = false
		remark = strings.TrimSpace(remark + " no request should have failed: " + strings.Join(s.Worst(3), ", "))
	}
	fmt.Fprintf(b, "| %s | %s | %d | %d | %s | %d | %s |\n", r.name, seconds(r.until.Sub(r.from)), s.Requests, s.Failed,
		seconds(s.Outage), s.Confirmed, remark)
	return good
}

func (a *audit) write(b *strings.Builder) {
	b.WriteString("\n| afterwards | | example |\n| --- | --- | --- |\n")
	line := func(what string, count int, example string) {
		fmt.Fprintf(b, "| %s | %d | %s |\n", what, count, example)
	}
	line("bookings confirmed to a client", a.confirmed, "")
	line("of these found", a.confirmed-len(a.lost), strings.Join(a.lost[:min(3, len(a.lost))], ", "))
	line("purchases whose client never learned the end", a.unknown, "")
	for _, f := range a.rules {
		line(f.rule, f.count, f.example)
	}
	if a.mailed >= 0 {
		line("of the confirmed bookings' e-mails, in the inbox", a.mailed, "")
		line("e-mails that arrived twice", a.twice, "")
	}
}
