package rounds

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

// Chosen says what came of a run over those who were found.
type Chosen struct {
	// Told were handed on in this run, the best first; Carried are above a cap and wait for the next,
	// Refused are not wanted, by reason; Bad can never be handed on.
	Told    []target.Prospect       `json:"told"`
	Carried int                     `json:"carried"`
	Refused map[tracking.Reason]int `json:"refused,omitempty"`
	Bad     int                     `json:"bad,omitempty"`

	// rank is the place of those who were chosen, the best first.
	rank map[string]int
}

// Choose is one run: of those who were carried over and those who were found since, the
// best are handed on, within the caps of accounts and run; the others are carried over.
// After a run that was cut short this one only hands on whom that one chose: one run
// has one share. The error is ErrHeld, or that of store or router: whoever was not
// handed on is in the next run.
func (r *Rounds) Choose(ctx context.Context) (Chosen, error) {
	out := Chosen{Told: []target.Prospect{}, Refused: map[tracking.Reason]int{}, rank: map[string]int{}}
	h, err := r.take(ctx, targetWork)
	if err != nil {
		return out, err
	}
	err = h.choose(ctx, &out)
	if err == nil {
		r.opt.Logger.InfoContext(ctx, "rounds: people chosen", slog.Int("told", len(out.Told)), slog.Int("carried", out.Carried), slog.Int("bad", out.Bad))
	}
	return out, errors.Join(err, h.release(ctx, err == nil))
}

func (h *hold) choose(ctx context.Context, out *Chosen) error {
	if err := h.tell(ctx, out); err != nil || len(out.Told)+out.Bad > 0 { // a run that ended between choosing and handing on
		return err
	}
	changes, err := h.decide(ctx, out)
	if err != nil {
		return err
	}
	// One transaction: nobody is in two places, whatever happens.
	if err := h.deps.Store.Keep(ctx, changes); err != nil {
		return err
	}
	if err := h.tell(ctx, out); err != nil {
		return err
	}
	slices.SortStableFunc(out.Told, func(a, b target.Prospect) int { return cmp.Compare(out.rank[idOf(a)], out.rank[idOf(b)]) })
	return nil
}

func idOf(p target.Prospect) string { return KeptOf(p, "", time.Time{}).ID }

// decide is who changes the stage in this run.
func (h *hold) decide(ctx context.Context, out *Chosen) ([]Kept, error) {
	waiting := map[string]Kept{}
	var carried, found []target.Prospect
	for _, stage := range []Stage{StageCarried, StageFound} {
		all, err := h.everybody(ctx, stage)
		if err != nil {
			return nil, err
		}
		for _, k := range all {
			waiting[k.ID] = k
			if stage == StageCarried {
				carried = append(carried, k.Prospect)
			} else {
				found = append(found, k.Prospect)
			}
		}
	}
	c := h.round().Choose(carried, found)
	out.Carried = len(c.Carried)
	now := h.tick()
	var changes []Kept
	move := func(p target.Prospect, stage Stage) {
		k := KeptOf(p, stage, now)
		k.Was = waiting[k.ID].Was
		delete(waiting, k.ID)
		changes = append(changes, k)
	}
	for i, p := range c.Delivered {
		out.rank[idOf(p)] = i
		move(p, StageChosen)
	}
	for _, p := range c.Carried {
		move(p, StageCarried)
	}
	for _, refusal := range c.Refused {
		out.Refused[refusal.Reason]++
	}
	for _, k := range waiting { // any order: each is changed by itself. Refused, or one with somebody else
		changes = append(changes, k.dropped(now))
	}
	return changes, nil
}

// dropped is somebody who is not wanted: forgotten, or as they were told before.
func (k Kept) dropped(now time.Time) Kept {
	if k.Was == nil {
		k.Stage = StageDropped
		return k
	}
	k.Prospect, k.Stage, k.Was, k.At = *k.Was, StageTold, nil, now
	return k
}

func (h *hold) round() target.Round {
	r := target.Round{Book: h.Book(), Personas: h.plan.Personas, PerAccount: h.plan.PerAccount, Total: h.plan.Total}
	if h.plan.NewDays > 0 {
		r.Since = h.tick().AddDate(0, 0, -h.plan.NewDays)
	}
	return r
}

// everybody reads a stage page by page.
func (r *Rounds) everybody(ctx context.Context, stage Stage) ([]Kept, error) {
	var out []Kept
	after := ""
	for {
		page, err := r.deps.Store.Prospects(ctx, stage, after, r.opt.Batch)
		if err != nil || len(page) == 0 {
			return out, err
		}
		out, after = append(out, page...), page[len(page)-1].ID
	}
}

// tell hands on those who were chosen, and notes that they were: should it stop in
// between, they are handed on again, and known.
func (h *hold) tell(ctx context.Context, out *Chosen) error {
	for {
		page, err := h.deps.Store.Prospects(ctx, StageChosen, "", h.opt.Batch)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := h.renew(ctx); err != nil {
			return err
		}
		hires := make([]Hire, len(page))
		for i, k := range page {
			hires[i] = Hire{Prospect: k.Prospect, Was: k.Was}
		}
		errs, err := h.deps.Router.Hires(ctx, hires)
		if err != nil {
			return err
		}
		for i := range page {
			if errs[i] != nil {
				out.Bad++
				page[i].Stage = StageDropped
				continue
			}
			out.Told = append(out.Told, page[i].Prospect)
			page[i].Stage, page[i].Was, page[i].At = StageTold, nil, h.tick()
		}
		if err := h.deps.Store.Keep(context.WithoutCancel(ctx), page); err != nil {
			return err
		}
	}
}
