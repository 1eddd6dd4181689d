package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/onward-crm/onward/routing"
)

// The variables by which this binary is told to be another process of a test.
const (
	childRole = "ONWARD_TEST_LEDGER_ROLE"
	childDSN  = "ONWARD_TEST_LEDGER_DSN"
)

// child is this binary as another process.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func spawn(t *testing.T, role, dsn string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOtherProcess$")
	cmd.Env = append(os.Environ(), childRole+"="+role, childDSN+"="+dsn)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &child{cmd, in, bufio.NewScanner(out)}
}

// line is the next line that the child says after its mark.
func (c *child) line(t *testing.T) string {
	t.Helper()
	for c.out.Scan() {
		if text, ok := strings.CutPrefix(c.out.Text(), "> "); ok {
			return text
		}
	}
	t.Fatal("the other process has ended")
	return ""
}

func (c *child) say(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(c.in, text+"\n"); err != nil {
		t.Fatal(err)
	}
}

// end waits for the child.
func (c *child) end(t *testing.T) {
	t.Helper()
	for c.out.Scan() {
	}
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("the other process: %v", err)
	}
}

// TestOtherProcess is what the other process runs; by itself it is nothing.
func TestOtherProcess(t *testing.T) {
	dsn := os.Getenv(childDSN)
	switch os.Getenv(childRole) {
	case "worker":
		l := openLedger(t, dsn)
		fmt.Println("> ready")
		bufio.NewScanner(os.Stdin).Scan()
		for _, key := range drain(t, l, 10) {
			fmt.Println("> " + key)
		}
		fmt.Println("> end")
	case "sleeper":
		l := openLedger(t, dsn)
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			cs, err := l.Claim(t.Context(), routing.ClaimOrder{Now: start, N: 1, Lease: time.Minute, Keys: []string{in.Text()}})
			if err != nil || len(cs) != 1 {
				t.Fatalf("claimed %d, %v", len(cs), err)
			}
			fmt.Println("> claimed")
			in.Scan() // it is stopped here
			fmt.Println("> " + verdict(lateWork(t, l, cs[0])))
		}
	default:
		t.Skip("this is the other process of a test")
	}
}

// lateWork is all that a process that has lost its claim may still try; it returns the
// error of the first that was allowed, or that of the last.
func lateWork(t *testing.T, l *Ledger, c routing.Claim) error {
	t.Helper()
	one := func(errs []error, err error) error {
		if err != nil {
			t.Fatal(err)
		}
		return errs[0]
	}
	plan := routing.Plan{Key: c.Fence.Key, Aliases: []routing.AliasClaim{{Alias: routing.Alias("late " + c.Fence.Key), Identity: routing.Identity{ID: "late"}}}}
	for _, err := range []error{
		one(l.Decided(t.Context(), []routing.Decision{{Fence: c.Fence, Plan: plan}})),
		one(l.Wrote(t.Context(), []routing.Writing{{Fence: c.Fence, Receipts: []routing.Receipt{{Key: "late"}}}})),
		one(l.Extend(t.Context(), []routing.Fence{c.Fence}, start.Add(time.Hour))),
		one(l.Release(t.Context(), []routing.Release{{Fence: c.Fence}})),
		one(l.Finish(t.Context(), []routing.Finish{{Fence: c.Fence, Result: routing.Outcome{Status: routing.StatusParked}}})),
	} {
		if !errors.Is(err, routing.ErrFenced) {
			return err
		}
	}
	return routing.ErrFenced
}

func verdict(err error) string {
	if errors.Is(err, routing.ErrFenced) {
		return "fenced"
	}
	return fmt.Sprintf("not fenced: %v", err)
}

// drain finishes what is due, and returns the keys in order.
func drain(t *testing.T, l *Ledger, n int) []string {
	t.Helper()
	var keys []string
	for idle := 0; idle < 5; {
		cs, err := l.Claim(t.Context(), routing.ClaimOrder{Now: start, N: n, Lease: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		fs := make([]routing.Finish, len(cs))
		for i, c := range cs {
			fs[i] = routing.Finish{Fence: c.Fence, At: start, Result: routing.Outcome{Status: routing.StatusDone, Credits: 1}}
			keys = append(keys, c.Fence.Key)
		}
		errs, err := l.Finish(t.Context(), fs)
		for _, e := range append(errs, err) {
			if e != nil {
				t.Fatal(e)
			}
		}
		if idle++; len(cs) > 0 {
			idle = 0
		}
	}
	return keys
}

func TestP10ProcessesShareALedger(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		l := openLedger(t, dsn)
		const n = 600
		ds := make([]routing.Delivery, n)
		for i := range ds {
			ds[i] = sample(i, start)
			ds[i].Persons = []string{fmt.Sprint("p", i%200)}
		}
		if _, err := l.Accept(t.Context(), ds); err != nil {
			t.Fatal(err)
		}
		children := []*child{spawn(t, "worker", dsn), spawn(t, "worker", dsn)}
		for _, c := range children {
			c.line(t)
		}
		for _, c := range children {
			c.say(t, "go")
		}
		times := map[string]int{}
		for _, key := range drain(t, l, 10) {
			times[key]++
		}
		var mu sync.Mutex
		for _, c := range children {
			for key := c.line(t); key != "end"; key = c.line(t) {
				mu.Lock()
				times[key]++
				mu.Unlock()
			}
			c.end(t)
		}
		for _, key := range drain(t, l, 10) { // who holds the siblings of what is left may have ended
			times[key]++
		}
		for _, d := range ds {
			if times[d.Key] != 1 {
				t.Errorf("%s was finished %d times", d.Key, times[d.Key])
			}
		}
		if sum, err := l.Credits(t.Context(), time.Time{}, time.Time{}); err != nil || sum != n {
			t.Errorf("credits %d, %v", sum, err)
		}
	})
}

// TestP11StoppedProcessIsFenced: a worker sleeps past its lease, somebody else does its
// work, and then it wakes up.
func TestP11StoppedProcessIsFenced(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		l := openLedger(t, dsn)
		sleeper := spawn(t, "sleeper", dsn)
		for i := range 10 {
			d := sample(i, start)
			if _, err := l.Accept(t.Context(), []routing.Delivery{d}); err != nil {
				t.Fatal(err)
			}
			sleeper.say(t, d.Key)
			sleeper.line(t)
			if err := sleeper.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			if n := work(t, l, start.Add(2*time.Minute), 1); n != 1 {
				t.Fatalf("%d deliveries came back after the lease", n)
			}
			if err := sleeper.cmd.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			before := recordOf(t, l, d.Key)
			sleeper.say(t, "wake up")
			if got := sleeper.line(t); got != "fenced" {
				t.Fatalf("the process that woke up: %s", got)
			}
			same(t, recordOf(t, l, d.Key), before)
		}
		if err := sleeper.in.Close(); err != nil {
			t.Fatal(err)
		}
		sleeper.end(t)
		if known, err := l.Lookup(t.Context(), routing.Question{Aliases: []routing.Alias{"late " + routing.Alias(sample(0, start).Key)}}); err != nil || len(known.Known) != 0 {
			t.Errorf("known %v, %v", known.Known, err)
		}
	})
}

func TestProcessesMayMigrateAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				l, err := Open(t.Context(), dsn, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	})
}

func TestMigrationsThatWereNotMade(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		_, err := Open(t.Context(), dsn, &Options{NoMigrate: true})
		if err == nil || !strings.Contains(err.Error(), "onward migrate") {
			t.Fatalf("error %v", err)
		}
		todo, err := Pending(t.Context(), dsn)
		if err != nil || len(todo) == 0 {
			t.Fatalf("pending %v, %v", todo, err)
		}
		if err := Migrate(t.Context(), dsn); err != nil {
			t.Fatal(err)
		}
		if todo, err = Pending(t.Context(), dsn); err != nil || len(todo) != 0 {
			t.Fatalf("pending %v, %v", todo, err)
		}
		l, err := Open(t.Context(), dsn, &Options{NoMigrate: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
