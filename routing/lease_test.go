package routing_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

func textLogger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

// locked is a driver that answers writes for one person with an error of theirs.
type locked struct {
	crm.Driver
	name  string
	class error
}

func (l *locked) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	out := make([]crm.Result, len(batch))
	for i, w := range batch {
		if w.Set["LastName"] == l.name {
			out[i].Err = &crm.Error{Op: "write", Class: l.class, Code: "X"}
			continue
		}
		one, err := l.Driver.Write(ctx, batch[i:i+1])
		if err != nil {
			return nil, err
		}
		out[i] = one[0]
	}
	return out, nil
}

// TestLockedForeverIsParked: one write that never ends well is tried a bounded
// number of times, however much its error looks like an outage, and keeps nobody.
func TestLockedForeverIsParked(t *testing.T) {
	for _, class := range []error{crm.ErrLocked, crm.ErrUnknownOutcome, crm.ErrUnavailable} {
		for _, company := range []int{1, 2} {
			w := scenario(t, "config.json", `{"strategy": "contact-and-account"}`, "events.jsonl",
				`{"person": {"full_name": "Jane Doe"}, "to": {"company": "Beta", "domain": "beta.io"}}
{"person": {"full_name": "Bob Roe"}, "to": {"company": "Gamma", "domain": "gamma.io"}}
`)
			w.events = w.events[:company]
			w.driven(&locked{Driver: w.db, name: "Doe", class: class})
			w.accept()
			errs := w.drainFor(20, time.Hour)
			if company == 2 {
				w.demand("2.status = done")
				if len(errs) > routing.DefaultMaxAttempts {
					t.Errorf("%v: drain ended %d times", class, len(errs))
				}
			}
			w.demand("1.status = parked\n1.reason = too_many_attempts\n1.what = partial\n1.credits = 0\n1.account.Name = Beta")
			if r := w.record(w.keys[0]); r.Attempt != routing.DefaultMaxAttempts {
				t.Errorf("%v: %d attempts, want %d", class, r.Attempt, routing.DefaultMaxAttempts)
			}
		}
	}
}

// TestLockedDoesNotEndTheDrain: the others of the first claim, and of later ones,
// are done in the same drain.
func TestLockedDoesNotEndTheDrain(t *testing.T) {
	w := scenario(t)
	for n := range 12 {
		w.events = append(w.events, mover(n))
	}
	d := &locked{Driver: w.db, name: w.events[1].Person.LastName, class: crm.ErrUnavailable}
	w.over("config.json", func(deps *routing.Deps, opt *routing.Options) {
		deps.CRM, opt.BatchSize = crm.NewClient(d, noPauses()), 4
	})
	w.accept()
	done, err := w.engine.Drain(t.Context())
	if done != 11 || err != nil {
		t.Errorf("%d done, error %v; want 11 and none", done, err)
	}
}

// slow is a driver under which time passes.
type slow struct {
	crm.Driver
	passes func(call string)
}

func (s *slow) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	s.passes("find")
	return s.Driver.Find(ctx, qs)
}

func (s *slow) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	s.passes("write")
	return s.Driver.Write(ctx, batch)
}

// TestLeaseIsProlonged: while a slow batch is written nobody else can claim it.
func TestLeaseIsProlonged(t *testing.T) {
	w := moving(t)
	stolen := 0
	w.driven(&slow{Driver: w.db, passes: func(call string) {
		if call == "write" {
			w.now = w.now.Add(routing.DefaultLease * 3 / 10)
		}
		w.now = w.now.Add(routing.DefaultLease / 25)
		claims, err := w.ledger.Claim(t.Context(), routing.ClaimOrder{Now: w.now, N: 1, Lease: time.Minute})
		if err != nil {
			t.Error(err)
		}
		stolen += len(claims)
	}})
	w.run()
	if stolen > 0 {
		t.Errorf("the delivery was claimed %d times meanwhile", stolen)
	}
	w.demand(moveDone)
}

// TestLostClaimIsNotWritten: whoever was too slow writes nothing.
func TestLostClaimIsNotWritten(t *testing.T) {
	w := moving(t)
	w.driven(&slow{Driver: w.db, passes: func(call string) {
		if call == "write" {
			t.Error("written without a claim")
		}
		w.now = w.now.Add(2 * routing.DefaultLease)
		if _, err := w.ledger.Claim(t.Context(), routing.ClaimOrder{Now: w.now, N: 1, Lease: time.Hour}); err != nil {
			t.Error(err)
		}
	}})
	if _, err := w.engine.HandleBatch(t.Context(), w.events); err != nil {
		t.Fatal(err)
	}
	w.demand("1.state = accepted\ncrm.created.Contact = 0")
}

// TestCancelGivesClaimsBack: a process that is told to go gives back what it
// holds, at once and without an attempt used up, wherever it is.
func TestCancelGivesClaimsBack(t *testing.T) {
	for _, at := range []string{"find", "write"} {
		w := moving(t)
		ctx, cancel := context.WithCancel(t.Context())
		w.driven(&slow{Driver: w.db, passes: func(call string) {
			if call == at {
				cancel()
			}
		}})
		if _, err := w.engine.HandleBatch(ctx, w.events); err == nil {
			t.Errorf("%s: no word of the end", at)
		}
		claims, err := w.ledger.Claim(t.Context(), routing.ClaimOrder{Now: w.now, N: 5, Lease: time.Minute})
		if err != nil || len(claims) != 1 || claims[0].Failures != 0 {
			t.Fatalf("%s: claims %v, error %v", at, claims, err)
		}
		if _, err := w.ledger.Release(t.Context(), []routing.Release{{Fence: claims[0].Fence, Due: w.now, Refund: true}}); err != nil {
			t.Fatal(err)
		}
		w.driven(w.db)
		w.finishAll()
		w.demand(moveDone)
	}
}

// down is a driver that cannot write.
type down struct{ crm.Driver }

func (down) Write(context.Context, []crm.Write) ([]crm.Result, error) {
	return nil, &crm.Error{Op: "write", Class: crm.ErrQuota}
}

// TestSilentPlanEndsDuringAnOutage: a repeated report has nothing to write, and
// needs no CRM to end; what has is given back, and never finished without an
// outcome.
func TestSilentPlanEndsDuringAnOutage(t *testing.T) {
	w := scenario(t, "events.jsonl", `{"person": {"full_name": "Jane Doe", "linkedin_url": "https://www.linkedin.com/in/jd"}, "to": {"company": "Beta", "domain": "beta.io"}}
{"person": {"full_name": "Bob Roe"}, "to": {"company": "Gamma", "domain": "gamma.io"}}
{"person": {"full_name": "Jane Doe", "linkedin_url": "https://www.linkedin.com/in/jd"}, "to": {"company": "Beta", "domain": "beta.io"}}
`)
	if err := w.handle("1"); err != nil {
		t.Fatal(err)
	}
	w.driven(down{w.db})
	if err := w.handle("2-3"); !errors.Is(err, crm.ErrQuota) {
		t.Fatalf("error %v", err)
	}
	w.demand("2.state = accepted\n2.note = waiting_for_crm\n3.status = done\n3.what = duplicate_move")
}
