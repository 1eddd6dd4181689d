package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

// plague says what goes wrong in a run. Nil parts do not fail.
type plague struct {
	crm    crmtest.Script
	ledger func(n int) ledgerKind
	roster func(n int) ledgerKind
	death  func(n int) (before, after bool)
}

// run is one simulated life of a world.
type run struct {
	*world
	ledger *memledger.Ledger
	shaky  *shakyLedger
	lists  *shakyRoster
	mortal *mortalDriver
	faulty *crmtest.FaultyDriver
	dice   *rand.Rand
	mirror *mirror.Mirror
	batch  int
	// accepted are the deliveries for which Accept returned nil.
	accepted map[string]bool
	trace    []string
	crashes  int
	// resumed counts the moves that had been parked after too many attempts, and
	// that an operator resumed once the CRM was well again.
	resumed int
	// stamped counts the credits that name somebody who is tracked.
	stamped int
}

func newRun(w *world, p plague, batch int) *run {
	r := &run{
		world: w, ledger: memledger.New(), dice: rand.New(rand.NewPCG(w.seed, 11)), batch: batch, accepted: map[string]bool{},
	}
	well := func(int) ledgerKind { return "" }
	if p.ledger == nil {
		p.ledger = well
	}
	if p.roster == nil {
		p.roster = well
	}
	if p.death == nil {
		p.death = func(int) (bool, bool) { return false, false }
	}
	r.shaky = &shakyLedger{Ledger: r.ledger, fate: fate{script: p.ledger}}
	r.lists = &shakyRoster{roster: w.roster, fate: fate{script: p.roster}}
	r.faulty = crmtest.Faulty(w.db, p.crm)
	r.mortal = &mortalDriver{Driver: r.faulty, script: p.death}
	policy, err := routing.NewPolicy(w.cfg)
	if err != nil {
		panic(err)
	}
	r.mirror, err = mirror.Load(context.Background(), crm.NewClient(w.db, nil), policy)
	if err != nil {
		panic(err)
	}
	return r
}

func (r *run) note(format string, args ...any) {
	r.trace = append(r.trace, fmt.Sprintf("%s ", r.now.Format("15:04:05"))+fmt.Sprintf(format, args...))
}

// engine is a fresh process over what lasts.
func (r *run) engine(healthy bool) *routing.Engine {
	var driver crm.Driver = r.mortal
	var ledger routing.Ledger = r.shaky
	var lists routing.Relationships = r.lists
	if healthy {
		driver, ledger, lists = r.db, r.ledger, r.roster
	}
	client := crm.NewClient(driver, &crm.ClientOptions{
		MaxAttempts: 3, Rand: rand.New(rand.NewPCG(r.seed, 13)),
		Sleep: func(_ context.Context, d time.Duration) error {
			r.now = r.now.Add(d)
			return nil
		},
	})
	e, err := routing.New(r.cfg, routing.Deps{CRM: client, Ledger: ledger, Accounts: r.mirror, Relationships: lists}, &routing.Options{
		Now: func() time.Time { return r.now }, Secret: []byte("simulated secret"), BatchSize: r.batch,
	})
	if err != nil {
		panic(err)
	}
	return e
}

// survive makes a step of the process, which may be its last.
func (r *run) survive(what string, step func() error) (err error, died bool) {
	defer func() {
		if x := recover(); x != nil {
			if _, ok := x.(crash); !ok {
				panic(x)
			}
			r.crashes++
			r.note("%s: process died", what)
			died = true
		}
	}()
	err = step()
	if err != nil {
		r.note("%s: %v", what, err)
	}
	return err, false
}

// live lets the reports come in and be worked on, with faults, and then heals
// everything and drains.
func (r *run) live() {
	ctx := context.Background()
	e := r.engine(false)
	next := 0
	for steps := 0; next < len(r.events) && steps < 50*len(r.events); steps++ {
		n := min(1+r.dice.IntN(5), len(r.events)-next)
		evs := r.events[next : next+n]
		err, died := r.survive("accept", func() error {
			_, err := e.Accept(ctx, evs)
			return err
		})
		if err == nil && !died {
			for _, ev := range evs {
				r.accepted[routing.DeliveryKey(ev)] = true
			}
			next += n // otherwise the sender repeats
		}
		if !died && r.dice.IntN(2) == 0 {
			_, died = r.survive("drain", func() error {
				_, err := e.Drain(ctx)
				return err
			})
		}
		if died {
			e = r.engine(false)
		}
		r.now = r.now.Add(time.Duration(r.dice.IntN(120)) * time.Second)
	}
	for range 60 {
		r.survive("drain", func() error {
			_, err := r.engine(false).Drain(ctx)
			return err
		})
		r.now = r.now.Add(5 * time.Minute)
	}
	r.heal(ctx)
}

// heal ends all faults and works off what is left, also what waits for a day to
// come.
func (r *run) heal(ctx context.Context) {
	e := r.engine(true)
	for _, ev := range r.events {
		if key := routing.DeliveryKey(ev); !r.accepted[key] {
			if _, err := e.Accept(ctx, []routing.Event{ev}); err != nil {
				panic(err)
			}
			r.accepted[key] = true
		}
	}
	for day := range 12 {
		if _, err := e.Drain(ctx); err != nil {
			panic(fmt.Sprintf("seed %d: healthy drain on day %d: %v", r.seed, day, err))
		}
		r.now = r.now.Add(24 * time.Hour)
	}
	r.resume(ctx, e)
}

// resume is the operator's part: what was parked because a fault would not end is
// taken up again with its plan.
func (r *run) resume(ctx context.Context, e *routing.Engine) {
	var keys []string
	for record := range r.ledger.Records(ctx, routing.Filter{Statuses: []routing.Status{routing.StatusParked}, Reason: routing.ReasonTooManyAttempts}) {
		keys = append(keys, record.Key)
	}
	if r.resumed = len(keys); r.resumed == 0 {
		return
	}
	if err := e.Resume(ctx, keys, true, "operator"); err != nil {
		panic(fmt.Sprintf("seed %d: resume: %v", r.seed, err))
	}
}
