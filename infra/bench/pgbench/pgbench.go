package pgbench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"movienow/infra/bench/measure"
	"movienow/infra/services"
)

// Bench is pgbench on one database.
type Bench struct {
	program, dir string
	environment  []string
}

// New finds pgbench, for the database at a libpq URL. It keeps scripts and logs in dir.
func New(ctx context.Context, dir, databaseURL string, progress io.Writer) (*Bench, error) {
	program, err := services.Find(ctx, progress, "pgbench")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create pgbench's folder: %w", err)
	}
	address, err := url.Parse(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("read the database's URL: %w", err)
	}
	password, _ := address.User.Password()
	return &Bench{program: program, dir: dir, environment: []string{
		"PGHOST=" + address.Hostname(), "PGPORT=" + address.Port(), "PGUSER=" + address.User.Username(), "PGPASSWORD=" + password,
		"PGDATABASE=" + strings.TrimPrefix(address.Path, "/"), "PGSSLMODE=" + address.Query().Get("sslmode")}}, nil
}

// Fill makes the tables of the plain benchmark, a million accounts.
func (b *Bench) Fill(ctx context.Context) error {
	_, err := b.run(ctx, "-i", "-s", "10", "-q")
	return err
}

// Plain is the benchmark that pgbench brings along, by so many clients for as long, with prepared statements.
func (b *Bench) Plain(ctx context.Context, clients int, length time.Duration) (measure.Work, error) {
	return b.measure(ctx, clients, length, "-b", "tpcb-like")
}

// Purchase claims and confirms bookings of two seats among the first so many shows, with prepared statements.
func (b *Bench) Purchase(ctx context.Context, root string, shows, clients int, length time.Duration) (measure.Work, error) {
	script, err := purchase(root, shows)
	if err != nil {
		return measure.Work{}, err
	}
	path := filepath.Join(b.dir, "purchase.sql")
	if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
		return measure.Work{}, fmt.Errorf("write the script: %w", err)
	}
	return b.measure(ctx, clients, length, "-f", path, "-D", fmt.Sprintf("t=%d", time.Now().UnixMilli()))
}

func (b *Bench) measure(ctx context.Context, clients int, length time.Duration, what ...string) (measure.Work, error) {
	prefix := filepath.Join(b.dir, "log")
	arguments := append([]string{"-n", "-M", "prepared", "-c", strconv.Itoa(clients), "-j", "2",
		"-T", strconv.Itoa(int(length.Seconds())), "-l", "--log-prefix", prefix}, what...)
	output, err := b.run(ctx, arguments...)
	if err != nil {
		return measure.Work{}, err
	}
	work, err := read(output)
	if err != nil {
		return work, err
	}
	work.Latencies, err = latencies(prefix)
	return work, err
}

func (b *Bench) run(ctx context.Context, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, b.program, arguments...)
	command.Env = b.environment
	output, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("pgbench: %w\n%s", err, output)
	}
	return string(output), nil
}

var (
	processed = regexp.MustCompile(`number of transactions actually processed: (\d+)`)
	failed    = regexp.MustCompile(`number of failed transactions: (\d+)`)
	perSecond = regexp.MustCompile(`tps = ([0-9.]+) \(without initial connection time\)`)
)

// read takes the figures from what pgbench prints.
func read(output string) (measure.Work, error) {
	count, rate := processed.FindStringSubmatch(output), perSecond.FindStringSubmatch(output)
	if count == nil || rate == nil {
		return measure.Work{}, fmt.Errorf("pgbench says nothing of transactions:\n%s", output)
	}
	if found := failed.FindStringSubmatch(output); found != nil && found[1] != "0" {
		return measure.Work{}, fmt.Errorf("%s transactions of pgbench have failed:\n%s", found[1], output)
	}
	operations, _ := strconv.Atoi(count[1]) // digits
	tps, err := strconv.ParseFloat(rate[1], 64)
	if err != nil || tps == 0 {
		return measure.Work{}, fmt.Errorf("pgbench made no transactions:\n%s", output)
	}
	return measure.Work{Operations: operations, Took: time.Duration(float64(operations) / tps * float64(time.Second))}, nil
}

// latencies reads, and deletes, what pgbench has logged: a line for each transaction, whose third field is in microseconds.
func latencies(prefix string) ([]time.Duration, error) {
	files, err := filepath.Glob(prefix + ".*")
	if err != nil {
		return nil, err
	}
	var all []time.Duration
	for _, path := range files {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("open pgbench's log: %w", err)
		}
		for lines := bufio.NewScanner(file); lines.Scan(); {
			if fields := strings.Fields(lines.Text()); len(fields) > 2 {
				took, err := strconv.Atoi(fields[2])
				if err == nil {
					all = append(all, time.Duration(took)*time.Microsecond)
				}
			}
		}
		file.Close()
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("delete pgbench's log: %w", err)
		}
	}
	return all, nil
}
