package process

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// colours are the ANSI colours that names are told apart by; red is left to what is wrong.
var colours = []string{"36", "32", "33", "35", "34", "96", "92", "93", "95", "94"}

// Logs brings the lines of many programs together on one console, each behind its program's name, and keeps them in a
// file per program.
type Logs struct {
	dir     string
	colour  bool
	mu      sync.Mutex // of console
	console io.Writer
	names   int
	files   []*os.File
}

// NewLogs keeps files in dir, which it creates. The console shows nothing until Show; then names are coloured if asked.
func NewLogs(dir string, colour bool) (*Logs, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create the folder for logs: %w", err)
	}
	return &Logs{dir: dir, console: io.Discard, colour: colour}, nil
}

// Show lets all lines from now on appear on console.
func (l *Logs) Show(console io.Writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.console = console
}

// Open returns the log of the named program, whose file begins anew.
func (l *Logs) Open(name string) (io.Writer, error) {
	file, err := os.Create(filepath.Join(l.dir, name+".log"))
	if err != nil {
		return nil, fmt.Errorf("create the log of %s: %w", name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	prefix := fmt.Sprintf("%-15s │ ", name)
	if l.colour {
		prefix = "\x1b[" + colours[l.names%len(colours)] + "m" + prefix + "\x1b[0m"
	}
	l.names++
	l.files = append(l.files, file)
	return &log{logs: l, file: file, prefix: prefix}, nil
}

// Close closes the files.
func (l *Logs) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, file := range l.files {
		file.Close() // nothing more could be done about it
	}
}

// log is one program's.
type log struct {
	logs   *Logs
	file   io.Writer
	prefix string

	mu   sync.Mutex
	rest []byte // the beginning of a line whose end hasn't come yet
}

// maxLine is where a line is broken, so that a program that never ends one can't fill the memory.
const maxLine = 64 << 10

// Write implements io.Writer. It never fails: a full disk or a closed terminal mustn't stop the program that logs.
func (l *log) Write(text []byte) (int, error) {
	l.file.Write(text)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, text...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		if end < 0 && len(l.rest) < maxLine {
			return len(text), nil
		}
		if end < 0 {
			end = maxLine - 1
		}
		l.logs.show(l.prefix, l.rest[:end])
		l.rest = l.rest[end+1:]
	}
}

func (l *Logs) show(prefix string, line []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.console, "%s%s\n", prefix, line)
}
