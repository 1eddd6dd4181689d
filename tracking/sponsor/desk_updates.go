package sponsor

import (
	"context"
	"iter"
)

// Updates lists sponsors that have open updates; Sponsor.Open is the badge of each.
func (d *Desk) Updates(ctx context.Context, f Filter) iter.Seq2[Sponsor, error] {
	f.Open = true
	return d.List(ctx, f)
}

// Verdict is what somebody says of one update.
type Verdict struct {
	Sponsor string
	Update  string
	By      string
	// Overwrite accepts although somebody changed the record since.
	Overwrite bool
}

// Accept puts the values of an update into the record. When the record was changed
// since, the conflicts are given and nothing is done, unless the verdict says so.
// Accepting again is no error; an update that was closed otherwise is ErrRefused.
func (d *Desk) Accept(ctx context.Context, v Verdict) (Sponsor, []Conflict, error) {
	held, err := d.heldOf(ctx, v.Sponsor)
	if err != nil {
		return Sponsor{}, nil, err
	}
	var conflicts []Conflict
	s, err := d.one(ctx, v.Sponsor, v.By, func(e *edit) (err error) {
		conflicts, err = e.accept(v.Update, held, v.Overwrite)
		return err
	})
	return s, conflicts, err
}

func (d *Desk) heldOf(ctx context.Context, id string) (*Record, error) {
	if d.deps.Records == nil {
		return nil, nil
	}
	loaded, err := d.deps.Store.Load(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	s, ok := loaded[id]
	if !ok {
		return nil, &Error{Op: "load", Sponsor: clip(id, 40), Class: ErrUnknown}
	}
	held, err := d.held(ctx, []Sponsor{s})
	return held[id], err
}

// UpdateRef names an update.
type UpdateRef struct {
	Sponsor string `json:"sponsor"`
	Update  string `json:"update"`
}

// Acceptance says what became of many updates.
type Acceptance struct {
	Accepted  []UpdateRef `json:"accepted"`
	Conflicts []Conflict  `json:"conflicts,omitempty"`
	// Skipped are sponsors whose updates could not be accepted at all.
	Skipped []Skip `json:"skipped,omitempty"`
}

// AcceptAll accepts the open updates of the chosen sponsors but those in conflict,
// which stay open and are listed.
func (d *Desk) AcceptAll(ctx context.Context, f Filter, by string) (Acceptance, error) {
	var out Acceptance
	var batch []Sponsor
	for s, err := range d.Updates(ctx, f) {
		if err != nil {
			return out, err
		}
		if batch = append(batch, s); len(batch) == d.opt.Batch {
			if err := d.acceptBatch(ctx, batch, by, &out); err != nil {
				return out, err
			}
			batch = nil
		}
	}
	return out, d.acceptBatch(ctx, batch, by, &out)
}

func (d *Desk) acceptBatch(ctx context.Context, batch []Sponsor, by string, all *Acceptance) error {
	held, err := d.held(ctx, batch)
	if err != nil {
		return err
	}
	got := make(map[string]Acceptance, len(batch))
	ids := idsOf(batch)
	out, err := d.each(ctx, ids, by, func(e *edit) error {
		one := Acceptance{}
		for _, u := range e.s.Clone().Updates {
			if u.State != UpdateOpen {
				continue
			}
			conflicts, err := e.accept(u.ID, held[e.s.ID], false)
			if err != nil {
				return err
			}
			one.Conflicts = append(one.Conflicts, conflicts...)
			if len(conflicts) == 0 {
				one.Accepted = append(one.Accepted, UpdateRef{e.s.ID, u.ID})
			}
		}
		got[e.s.ID] = one
		return nil
	})
	if err != nil {
		return err
	}
	for i, id := range ids {
		if out[i].err != nil {
			all.Skipped = append(all.Skipped, Skip{Sponsor: id, Status: out[i].s.Status, Reason: skipReason(out[i])})
			continue
		}
		all.Accepted = append(all.Accepted, got[id].Accepted...)
		all.Conflicts = append(all.Conflicts, got[id].Conflicts...)
	}
	return nil
}

// Reject closes an update, and its values are not proposed again. Rejecting again is
// no error; an update that was closed otherwise is ErrRefused.
func (d *Desk) Reject(ctx context.Context, v Verdict) (Sponsor, error) {
	return d.one(ctx, v.Sponsor, v.By, func(e *edit) error { return e.reject(v.Update) })
}

// Details are everything that is known of one update.
type Details struct {
	Sponsor Sponsor `json:"sponsor"`
	Update  Update  `json:"update"`
	// History and Effects are those of the update alone.
	History []Entry  `json:"history"`
	Effects []Effect `json:"effects"`
}

// Details gives one update with what was written down of it and what it raised. The
// error is ErrUnknown when there is none.
func (d *Desk) Details(ctx context.Context, ref UpdateRef) (Details, error) {
	loaded, err := d.deps.Store.Load(ctx, []string{ref.Sponsor})
	if err != nil {
		return Details{}, err
	}
	s, ok := loaded[ref.Sponsor]
	i := -1
	if ok {
		i = s.update(ref.Update)
	}
	if i < 0 {
		return Details{}, &Error{Op: "details", Sponsor: clip(ref.Sponsor, 40), Class: ErrUnknown}
	}
	out := Details{Sponsor: s, Update: s.Updates[i]}
	for line, err := range d.deps.Store.History(ctx, HistoryFilter{Sponsor: s.ID}) {
		if err != nil {
			return Details{}, err
		}
		if line.Update == ref.Update {
			out.History = append(out.History, line)
		}
	}
	effects, err := d.deps.Store.Effects(ctx, s.ID)
	for _, f := range effects {
		if f.Update == ref.Update {
			out.Effects = append(out.Effects, f)
		}
	}
	return out, err
}

// History gives what happened, in order of time: to one sponsor, at one entity, or
// everywhere.
func (d *Desk) History(ctx context.Context, f HistoryFilter) iter.Seq2[Entry, error] {
	f.Entity = f.Entity.normal()
	return d.deps.Store.History(ctx, f)
}
