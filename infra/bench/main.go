// Command bench measures MovieNow beside the bare stack that it stands on: what is compared runs in turn in the same rounds, so
// the ratios hold on a busy machine too, where single figures mean little. It brings its own servers, and shows on the screen
// and writes into a file how many operations a second there were, how long each took, and whose processor time that was.
//
//	ONLY    the parts to measure, with commas in between; all if empty
//	SIZE    seats that are booked in the large database of the part scale, which isn't one of all; 10 million if empty
//	ROUNDS  how often each is measured; 5 if empty
//	OUT     the file for the results; .local/bench.json if empty
//	PROFILE a folder: everything is run once more, and where the functions' processors were is written there
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"movienow/infra/bench/measure"
	"movienow/infra/bench/stage"
	"movienow/infra/command"
)

// callers are as many as want something at the same time.
const callers = 64

// roundTime is how long one subject is measured in one round; readTime if it reads, which is fast.
const (
	roundTime = 1500 * time.Millisecond
	readTime  = time.Second
)

// part is a group of subjects that are measured in turn.
type part struct {
	name string
	// open starts what the subjects need; the stage ends it.
	open func(ctx context.Context, s *stage.Stage) ([]measure.Subject, error)
}

var parts = []part{
	{"purchase", purchaseSubjects},
	{"database", databaseSubjects},
	{"reserve", reserveSubjects},
	{"choice", choiceSubjects},
	{"watch", watchSubjects},
	{"reads", readSubjects},
	{"mail", mailSubjects},
	{"overload", overloadSubjects},
	{"memory", memorySubjects},
}

// large is a part that is measured only if it is asked for: filling the database takes minutes and 8 GB of disk.
var large = part{"scale", scaleSubjects}

// roles are what this program can be, as a process of its own that others are measured against.
var roles = map[string]func(ctx context.Context, address string) error{
	"provider": provide, "static": static, "gateway": front, "inbox": takeMail, "viewers": view,
}

func main() { command.Main(perform) }

func perform(ctx context.Context, arguments []string) error {
	if len(arguments) == 1 && roles[arguments[0]] != nil {
		return roles[arguments[0]](ctx, os.Getenv("ADDRESS"))
	}
	return run(ctx, os.Stdout, os.Stderr)
}

func run(ctx context.Context, table, progress io.Writer) (err error) {
	chosen, err := choose(os.Getenv("ONLY"))
	if err != nil {
		return err
	}
	rounds, err := strconv.Atoi(cmp.Or(os.Getenv("ROUNDS"), "5"))
	if err != nil || rounds < 1 {
		return fmt.Errorf("ROUNDS is %q; give a number from 1", os.Getenv("ROUNDS"))
	}
	out := cmp.Or(os.Getenv("OUT"), filepath.Join(".local", "bench.json"))
	s, err := stage.Open(ctx, filepath.Join(".local", "bench"), progress)
	defer func() { err = errors.Join(err, s.Close()) }()
	if err != nil {
		return err
	}
	var results []measure.Result
	for _, p := range chosen {
		found, err := p.measure(ctx, s, rounds, progress)
		if err != nil {
			return err
		}
		results = append(results, found...)
		if err := measure.Write(out, rounds, results); err != nil { // what there is, should the next part fail
			return err
		}
	}
	measure.Print(table, rounds, results)
	return nil
}

// measure measures the part, and ends what that needed.
func (p part) measure(ctx context.Context, s *stage.Stage, rounds int, progress io.Writer) ([]measure.Result, error) {
	fmt.Fprintf(progress, "%s: starting what it needs\n", p.name)
	subjects, err := p.open(ctx, s)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", p.name, err), s.EndAll())
	}
	for i := range subjects {
		subjects[i].Part = p.name
	}
	results, err := measure.Rounds(ctx, rounds, subjects, s.CPU, progress)
	if err == nil && s.Profiles != "" {
		err = profile(ctx, s, subjects, rounds)
	}
	return results, errors.Join(err, s.EndAll())
}

// profile runs each subject once more, after the rounds: being watched takes time.
func profile(ctx context.Context, s *stage.Stage, subjects []measure.Subject, round int) error {
	for _, subject := range subjects {
		fmt.Fprintf(s.Progress, "profile: %s, %s\n", subject.Part, subject.Name)
		err := s.Profile(ctx, subject.Part+"-"+subject.Name, func() error {
			_, err := subject.Run(ctx, round)
			return err
		})
		if err != nil {
			return fmt.Errorf("profile %s, %s: %w", subject.Part, subject.Name, err)
		}
	}
	return nil
}

// choose are the parts that were asked for, in their own order.
func choose(only string) ([]part, error) {
	if only == "" {
		return parts, nil
	}
	names := strings.Split(only, ",")
	var chosen []part
	var known []string
	for _, p := range append(parts, large) {
		known = append(known, p.name)
		if slices.Contains(names, p.name) {
			chosen = append(chosen, p)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("ONLY names %q; the parts are %s", name, strings.Join(known, ","))
		}
	}
	return chosen, nil
}
