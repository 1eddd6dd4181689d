package trackingtest_test

import (
	"context"
	"iter"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
	"github.com/onward-crm/onward/tracking/trackingtest"
)

// broken is a store with one fault built in: it changes what goes in or what comes out.
type broken struct {
	contacts.Store
	begin   func(ctx context.Context, imp string) (string, bool)
	stage   func([]tracking.Member) []tracking.Member
	at      func(time.Time) time.Time
	sweep   func(bool) bool
	member  func(tracking.Member) tracking.Member
	changes func([]tracking.Settlement) []tracking.Settlement
	tracked func(after string, t tracking.Tracked) bool
	credit  func(person string, c tracking.Credit) (tracking.Credit, bool)
	mark    func(tracking.Mark) tracking.Mark
	erase   func([]string) []string
	change  func(tracking.State) tracking.State
}

func (b *broken) Begin(ctx context.Context, imp string) (string, error) {
	if b.begin != nil {
		if run, ok := b.begin(ctx, imp); ok {
			return run, nil
		}
	}
	return b.Store.Begin(ctx, imp)
}

func (b *broken) Stage(ctx context.Context, run string, ms []tracking.Member) error {
	if b.stage != nil {
		ms = b.stage(ms)
	}
	return b.Store.Stage(ctx, run, ms)
}

func (b *broken) Commit(ctx context.Context, run string, at time.Time, sweep bool) (tracking.Synced, error) {
	if b.at != nil {
		at = b.at(at)
	}
	if b.sweep != nil {
		sweep = b.sweep(sweep)
	}
	return b.Store.Commit(ctx, run, at, sweep)
}

func (b *broken) Members(ctx context.Context) iter.Seq2[tracking.Member, error] {
	if b.member == nil {
		return b.Store.Members(ctx)
	}
	return func(yield func(tracking.Member, error) bool) {
		for m, err := range b.Store.Members(ctx) {
			if !yield(b.member(m), err) {
				return
			}
		}
	}
}

func (b *broken) Settle(ctx context.Context, changes []tracking.Settlement) (int, error) {
	if b.changes != nil {
		changes = b.changes(changes)
	}
	return b.Store.Settle(ctx, changes)
}

func (b *broken) Tracked(ctx context.Context, after string) iter.Seq2[tracking.Tracked, error] {
	if b.tracked == nil {
		return b.Store.Tracked(ctx, after)
	}
	return func(yield func(tracking.Tracked, error) bool) {
		for t, err := range b.Store.Tracked(ctx, "") {
			if b.tracked(after, t) && !yield(t, err) {
				return
			}
		}
	}
}

func (b *broken) Credits(ctx context.Context, person string) iter.Seq2[tracking.Credit, error] {
	if b.credit == nil {
		return b.Store.Credits(ctx, person)
	}
	return func(yield func(tracking.Credit, error) bool) {
		for c, err := range b.Store.Credits(ctx, "") {
			if c, ok := b.credit(person, c); ok && !yield(c, err) {
				return
			}
		}
	}
}

func (b *broken) Mark(ctx context.Context, ms []tracking.Mark) error {
	for _, m := range ms {
		if b.mark != nil {
			m = b.mark(m)
		}
		if err := b.Store.Mark(ctx, []tracking.Mark{m}); err != nil {
			return err
		}
	}
	return nil
}

func (b *broken) Erase(ctx context.Context, keys []string) (int, error) {
	if b.erase != nil {
		keys = b.erase(keys)
	}
	return b.Store.Erase(ctx, keys)
}

func (b *broken) Change(ctx context.Context, change func(tracking.State) (tracking.State, error)) error {
	return b.Store.Change(ctx, func(s tracking.State) (tracking.State, error) {
		s, err := change(s)
		if b.change != nil {
			s = b.change(s)
		}
		return s, err
	})
}

// faults are stores that the suite must refuse.
func faults() map[string]broken {
	return map[string]broken{
		"a run that survives a later one": {begin: func(_ context.Context, imp string) (string, bool) { return imp + "#1", imp == "crm" }},
		"a row that is lost":              {stage: func(ms []tracking.Member) []tracking.Member { return ms[:len(ms)/2] }},
		"relationships that are mixed up": {stage: func(ms []tracking.Member) []tracking.Member {
			for i := range ms {
				ms[i].Relationship = "user"
			}
			return ms
		}},
		"times in whole seconds":           {at: func(t time.Time) time.Time { return t.Truncate(time.Second) }},
		"files that take people out":       {sweep: func(bool) bool { return true }},
		"nobody is ever taken out":         {sweep: func(bool) bool { return false }},
		"members without who left":         {member: func(m tracking.Member) tracking.Member { m.Left = time.Time{}; return m }},
		"members without their company":    {member: func(m tracking.Member) tracking.Member { m.Person.Company.Domain = ""; return m }},
		"whoever comes last wins":          {changes: func(cs []tracking.Settlement) []tracking.Settlement { return anyRevision(cs) }},
		"settlements without events":       {changes: func(cs []tracking.Settlement) []tracking.Settlement { return withoutEvents(cs) }},
		"a page that begins with its mark": {tracked: func(after string, t tracking.Tracked) bool { return t.ID >= after }},
		"people without those who ended":   {tracked: func(after string, t tracking.Tracked) bool { return t.ID > after && t.Until.IsZero() }},
		"events of everybody":              {credit: func(_ string, c tracking.Credit) (tracking.Credit, bool) { return c, true }},
		"events without where from": {credit: func(p string, c tracking.Credit) (tracking.Credit, bool) {
			c.From = ""
			return c, p == "" || c.Person == p
		}},
		"marks without a reason":        {mark: func(m tracking.Mark) tracking.Mark { m.Reason = ""; return m }},
		"marks that are never replaced": {mark: func(m tracking.Mark) tracking.Mark { m.ID += m.By; return m }},
		"an erasure that does nothing":  {erase: func([]string) []string { return nil }},
		"an erasure of lists alone":     {erase: func(keys []string) []string { return keys[:min(1, len(keys))] }},
		"a state without its rules": {change: func(s tracking.State) tracking.State {
			s = s.Clone()
			for i := range s.Imports {
				s.Imports[i].Rules = nil
			}
			return s
		}},
	}
}

func anyRevision(cs []tracking.Settlement) []tracking.Settlement {
	for i := range cs {
		cs[i].Tracked.Revision = 1
	}
	return cs
}

func withoutEvents(cs []tracking.Settlement) []tracking.Settlement {
	for i := range cs {
		cs[i].Credits = nil
	}
	return cs
}

const faultVariable = "ONWARD_TRACKINGTEST_FAULT"

// TestSuiteOnAFault runs in a process of its own, where it is expected to fail.
func TestSuiteOnAFault(t *testing.T) {
	fault, ok := faults()[os.Getenv(faultVariable)]
	if !ok {
		t.Skip("no fault is asked for")
	}
	trackingtest.Run(t, func(*testing.T) contacts.Store {
		b := fault
		b.Store = new(memstore.Store)
		return &b
	})
}

// TestSuiteRefuses: a suite that passes whatever it is given is worth nothing.
func TestSuiteRefuses(t *testing.T) {
	if os.Getenv(faultVariable) != "" {
		t.Skip("one process is enough")
	}
	for name := range faults() {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSuiteOnAFault$", "-test.failfast")
			cmd.Env = append(os.Environ(), faultVariable+"="+name)
			if out, err := cmd.CombinedOutput(); err == nil {
				t.Errorf("the suite passed a store with a fault:\n%s", out)
			}
		})
	}
}

// TestSuitePassesWhatIsWhole: the wrapper itself is no fault.
func TestSuitePassesWhatIsWhole(t *testing.T) {
	trackingtest.Run(t, func(*testing.T) contacts.Store { return &broken{Store: new(memstore.Store)} })
}
