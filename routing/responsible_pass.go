package routing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onward-crm/onward/crm"
)

// night reads the time and the zone. Zones come from the machine, or from the
// program itself where it embeds them (time/tzdata).
func (d DRI) night() (night, error) {
	at, err := time.Parse("15:04", d.Nightly)
	if err != nil {
		return night{}, fmt.Errorf("nightly: want a time of day such as 02:00, not %q", d.Nightly)
	}
	zone, err := time.LoadLocation(d.TimeZone)
	if err != nil || d.TimeZone == "" || d.TimeZone == "Local" {
		return night{}, fmt.Errorf("time_zone: want the name of a zone such as Europe/Berlin, not %q", d.TimeZone)
	}
	return night{hour: at.Hour(), minute: at.Minute(), zone: zone}, nil
}

// AssignDRI finds out who is responsible for every finished move that is due, for
// the first time or again, and writes what changed into the event records (DR10,
// DR11, DR18). It tells nobody: who is responsible was told when the move was
// decided. It returns the number of moves that were looked at. Two may run at
// once; what one was interrupted in is done again by the next.
//
// The error is the CRM's or the ledger's trouble; everything that it hit is due
// again after a pause. What the CRM refuses of one record is no error: that one
// is tried again the next night, or never when its event record was deleted.
func (e *Engine) AssignDRI(ctx context.Context) (int, error) {
	done := 0
	if e.policy.cfg.Mode == ModeDry {
		return done, nil
	}
	for ctx.Err() == nil {
		now := e.opt.Now().UTC().Truncate(time.Microsecond)
		claims, err := e.deps.Ledger.ClaimDRI(ctx, ClaimOrder{Now: now, N: e.opt.BatchSize, Lease: e.opt.Lease})
		if err != nil || len(claims) == 0 {
			return done, err
		}
		n, err := e.round(ctx, claims, now)
		if done += n; err != nil {
			return done, err
		}
	}
	return done, ctx.Err()
}

// watched is one claim on its way through the pass.
type watched struct {
	rec      Record
	facts    Facts
	decision DRIDecision
	update   DRIUpdate
	// failed tells that nothing was found out or written this time.
	failed bool
}

// watch is the work on one claim of many moves.
type watch struct {
	*Engine
	now   time.Time
	items []*watched
	// read counts the moves whose facts could be read, unread those that were tried
	// alone in vain.
	read, unread int
}

// round carries claims through gather, decide, write, record.
func (e *Engine) round(ctx context.Context, claims []DRIClaim, now time.Time) (int, error) {
	w := &watch{Engine: e, now: now, items: make([]*watched, len(claims))}
	for i, c := range claims {
		w.items[i] = &watched{rec: c.Record, update: DRIUpdate{Fence: c.Fence}}
	}
	trouble := w.gatherEach(ctx, w.items)
	if trouble == nil {
		w.decide()
		trouble = w.write(ctx)
	} else {
		for _, it := range w.items {
			w.giveUp(ctx, it, trouble)
		}
	}
	n, err := w.record(ctx)
	return n, errors.Join(trouble, err)
}

// giveUp leaves a move to a later pass: soon, or at once when it is we who go.
func (w *watch) giveUp(ctx context.Context, it *watched, err error) {
	it.failed = true
	it.update.State, it.update.Next = nil, w.now.Add(w.pause(err))
	if ctx.Err() != nil {
		it.update.Next = it.rec.DRIDue
	}
}

// putOff leaves a move to the next night: this time it cannot be done.
func (w *watch) putOff(it *watched, err error) {
	it.failed = true
	it.update.State, it.update.Next = nil, w.policy.nextNight(it.rec, w.now)
	args := []any{"delivery", it.rec.Key, "error", words(err)}
	if broken, ok := errors.AsType[*brokenError](err); ok {
		args = append(args, "stack", string(broken.stack))
	}
	w.opt.Logger.Warn("responsible people not found out", args...)
}

// gatherEach gathers facts. What is refused for all together is asked again for
// either half, until those are alone whose asks are refused. The error is one
// that hits everybody.
func (w *watch) gatherEach(ctx context.Context, items []*watched) error {
	err := w.gatherAll(ctx, items)
	switch {
	case err == nil:
		w.read += len(items)
		return nil
	case !separable(err):
		return err
	case len(items) == 1:
		if w.unread++; w.read == 0 && w.unread >= maxUnread {
			return err
		}
		w.putOff(items[0], err)
		return nil
	}
	half := len(items) / 2
	if err := w.gatherEach(ctx, items[:half]); err != nil {
		return err
	}
	return w.gatherEach(ctx, items[half:])
}

// gatherAll asks for everybody at once what ResponsibleNeeds wants, round after
// round, until nobody wants anything.
func (w *watch) gatherAll(ctx context.Context, items []*watched) error {
	facts := make([]Facts, len(items))
	for i := range facts {
		facts[i] = Facts{Now: w.now, Asked: map[Ask]bool{}}
	}
	for range maxRounds {
		r := newRound()
		for i, it := range items {
			var asks []Ask
			if err := guarded(func() { asks = ResponsibleNeeds(w.policy, it.rec, facts[i]) }); err != nil {
				return err
			}
			for _, ask := range asks {
				facts[i].Asked[ask] = true
				r.want[ask] = append(r.want[ask], i)
			}
		}
		if len(r.want) == 0 {
			break
		}
		if err := w.answer(ctx, nil, facts, r); err != nil {
			return err
		}
	}
	for i, it := range items {
		it.facts = facts[i]
	}
	return nil
}

func (w *watch) decide() {
	for _, it := range w.items {
		if it.failed {
			continue
		}
		if err := guarded(func() { it.decision = DecideResponsible(w.policy, it.rec, it.facts) }); err != nil {
			w.putOff(it, err)
			continue
		}
		it.update.State, it.update.Next = it.decision.State, it.decision.Next
	}
}

// write sets the fields of all event records in one batch. The error is trouble
// that hits everybody: an allowance that is used up, a login that is refused, or
// not a single record that could be written.
func (w *watch) write(ctx context.Context) error {
	var batch []crm.Write
	var owners []*watched
	for _, it := range w.items {
		if !it.failed && it.decision.Write != nil {
			batch, owners = append(batch, *it.decision.Write), append(owners, it)
		}
	}
	if len(batch) == 0 {
		return nil
	}
	results, trouble := w.deps.CRM.Apply(ctx, batch)
	landed, doubt := 0, error(nil)
	for i, it := range owners {
		err := results[i].Err
		switch {
		case err == nil:
			landed++
		case outage(err):
			w.giveUp(ctx, it, err)
			switch {
			case trouble != nil || errors.Is(err, crm.ErrLocked):
			case errors.Is(err, crm.ErrQuota), errors.Is(err, crm.ErrAuth):
				trouble = err
			default:
				doubt = err
			}
		case errors.Is(err, crm.ErrStale): // only a deleted record is: no version was asked for
			it.update.State, it.update.Next = &DRIState{At: w.now, Reason: ReasonEventRecordGone}, time.Time{}
		default:
			w.putOff(it, err)
		}
	}
	if trouble == nil && landed == 0 {
		trouble = doubt
	}
	return trouble
}

// record stores what was found out, also when the caller is about to go, and
// returns how many moves were looked at. Who has lost the claim in the meantime
// leaves the word to whoever has it now.
func (w *watch) record(ctx context.Context) (int, error) {
	updates := make([]DRIUpdate, len(w.items))
	for i, it := range w.items {
		updates[i] = it.update
	}
	errs, err := w.deps.Ledger.Assigned(context.WithoutCancel(ctx), updates)
	if err != nil {
		return 0, err
	}
	done := 0
	for i, it := range w.items {
		if errs[i] == nil && !it.failed {
			done++
		}
	}
	return done, nil
}
