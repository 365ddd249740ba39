// Command reserve measures how many reservations of two seats a second one function makes, beside what Redis alone can do with
// the cheapest script that takes two locks. Each is measured in turn, several times, on a Redis server of its own; on a busy
// machine the figures mean little, their ratio still does.
package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"movienow/infra/bench"
	"movienow/infra/services"

	goredis "github.com/redis/go-redis/v9"
)

const (
	rounds       = 5
	reservations = 40_000 // in a round; more of them wouldn't fit into the server's memory
	callers      = 64
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	installed, err := services.NewForTests(filepath.Join(".local", "test"))
	if err != nil {
		return err
	}
	if err := installed.Install(ctx, os.Stderr); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return fmt.Errorf("make a folder for Redis: %w", err)
	}
	defer os.RemoveAll(dir)
	server := services.NewRedis(filepath.Join(dir, "redis"), services.RedisOptions{})
	if err := server.Start(ctx); err != nil {
		return err
	}
	defer server.Discard()
	return compare(ctx, server.URL())
}

// measure makes reservations on the server, whose address is url, and says how many a second it could.
type measure func(ctx context.Context, server *goredis.Client, url string) (perSecond float64, err error)

// subject is one thing that is measured.
type subject struct {
	name    string
	measure measure
	found   []sample
}

// sample is what a round has shown.
type sample struct{ perSecond, serverCPU, ownCPU float64 } // CPU in microseconds per reservation

func compare(ctx context.Context, url string) error {
	subjects := []*subject{
		{name: "script alone", measure: raw(1)},
		{name: "script alone, pipelines of 16", measure: raw(16)},
		{name: "reserve, one caller", measure: reserve(1)},
		{name: fmt.Sprintf("reserve, %d callers", callers), measure: reserve(callers)},
	}
	options, err := goredis.ParseURL(url)
	if err != nil {
		return fmt.Errorf("read the server's address: %w", err)
	}
	client := goredis.NewClient(options)
	defer client.Close()
	for range rounds {
		for _, s := range subjects {
			if err := s.round(ctx, client, url); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		fmt.Fprint(os.Stderr, ".")
	}
	fmt.Fprintln(os.Stderr)
	report(subjects)
	return nil
}

func (s *subject) round(ctx context.Context, client *goredis.Client, url string) error {
	if err := client.FlushAll(ctx).Err(); err != nil {
		return fmt.Errorf("empty the server: %w", err)
	}
	server, own, err := cpuTimes(ctx, client)
	if err != nil {
		return err
	}
	perSecond, err := s.measure(ctx, client, url)
	if err != nil {
		return err
	}
	serverAfter, ownAfter, err := cpuTimes(ctx, client)
	s.found = append(s.found, sample{perSecond, (serverAfter - server) / reservations, (ownAfter - own) / reservations})
	return err
}

func report(subjects []*subject) {
	fmt.Println(bench.Heading(rounds, "rounds"))
	fmt.Printf("%-30s %9s %8s %15s %12s\n", "", "a second", "ratio", "Redis us each", "own us each")
	var base float64
	for _, s := range subjects {
		middle := slices.SortedFunc(slices.Values(s.found), func(a, b sample) int { return cmp.Compare(a.perSecond, b.perSecond) })[rounds/2]
		base = cmp.Or(base, middle.perSecond)
		fmt.Printf("%-30s %9.0f %7.2fx %15.1f %12.1f\n", s.name, middle.perSecond, middle.perSecond/base, middle.serverCPU, middle.ownCPU)
	}
}
