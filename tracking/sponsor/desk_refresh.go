package sponsor

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// refreshing is the part of a pass that reads tracked profiles. Those with news wait
// until there are enough of them to ask the CRM in one call: one in a hundred has
// some, and a call for each batch of profiles would be a call for two people.
type refreshing struct {
	desk   *Desk
	report *WorkReport
	news   []reading
	// since is when the first of the news was claimed.
	since time.Time
}

// reading is what the provider said of a sponsor that is claimed.
type reading struct {
	s      Sponsor
	answer Refreshed
}

func (f *refreshing) refresh(ctx context.Context, due []Sponsor, _ *WorkReport) error {
	d := f.desk
	now := d.now()
	claimed, err := d.claim(ctx, due, Tracked)
	if err != nil || len(claimed) == 0 {
		return err
	}
	people := make([]tracking.Person, len(claimed))
	for i, s := range claimed {
		people[i] = s.subject()
	}
	answers := d.refresh(ctx, people)
	if err := ctx.Err(); err != nil {
		return err
	}
	var quiet []reading
	for i, s := range claimed {
		one := reading{s, answers[i]}
		if d.deps.Records == nil || one.answer.Err != nil || !news(s, one.answer.Profile, d.rules, now) {
			quiet = append(quiet, one)
			continue
		}
		if len(f.news) == 0 {
			f.since = now
		}
		f.news = append(f.news, one)
	}
	if err := f.apply(ctx, quiet, nil); err != nil {
		return err
	}
	if len(f.news) >= d.opt.Batch || d.now().Sub(f.since) > d.opt.Lease/2 {
		return f.flush(ctx)
	}
	return nil
}

// flush takes up the news that waited, after one call to the CRM. Without its answer
// the updates are made all the same.
func (f *refreshing) flush(ctx context.Context) error {
	all := f.news
	f.news = nil
	sponsors := make([]Sponsor, len(all))
	for i, one := range all {
		sponsors[i] = one.s
	}
	return f.apply(ctx, all, f.desk.heldOrNot(ctx, sponsors))
}

// apply stores what was read, of those whose claim still holds.
func (f *refreshing) apply(ctx context.Context, all []reading, held map[string]*Record) error {
	ids := make([]string, len(all))
	at := make(map[string]reading, len(all))
	for i, one := range all {
		ids[i] = one.s.ID
		at[one.s.ID] = one
	}
	out, err := f.desk.each(ctx, ids, "", func(e *edit) error {
		one := at[e.s.ID]
		return fenced(one.s, func(e *edit) error { return e.answered(one.answer, held[e.s.ID]) })(e)
	})
	if err != nil {
		return err
	}
	for i, o := range out {
		f.tell(ctx, all[i], o)
	}
	return failures(out)
}

// tell counts one refresh.
func (f *refreshing) tell(ctx context.Context, was reading, o outcome) {
	r := f.report
	if err := was.answer.Err; err != nil && !errors.Is(err, ErrGone) {
		r.Failed++
		r.Limited = r.Limited || errors.Is(err, ErrLimited)
		f.desk.opt.Logger.WarnContext(ctx, "sponsor: refresh failed", slog.String("sponsor", was.s.ID), slog.String("class", classOf(err)))
		return
	}
	r.Refreshed++
	if o.err != nil {
		return
	}
	r.Updates += o.s.Made - was.s.Made
	if o.s.Status == Disabled {
		r.Disabled++
	}
}

// answered takes up what the provider said of a tracked profile. Only being gone
// counts against it.
func (e *edit) answered(a Refreshed, held *Record) error {
	switch {
	case a.Err == nil:
		e.refreshed(a.Profile, held)
		return nil
	case errors.Is(a.Err, ErrGone):
		return e.missed()
	}
	e.s.Misses = 0 // the profile may be there: what was counted against it counts no more
	return e.putOff()
}

// refresh asks for all at once; a call that failed is everybody's failure.
func (d *Desk) refresh(ctx context.Context, people []tracking.Person) []Refreshed {
	out, err := d.deps.Provider.Refresh(ctx, people)
	if err == nil && len(out) != len(people) {
		err = ErrBroken
	}
	if err == nil {
		return out
	}
	if errors.Is(err, ErrGone) {
		err = ErrBroken // one profile can be gone, not a whole call
	}
	out = make([]Refreshed, len(people))
	for i := range out {
		out[i].Err = err
	}
	return out
}

// heldOrNot is held, but a CRM that does not answer holds nothing up.
func (d *Desk) heldOrNot(ctx context.Context, sponsors []Sponsor) map[string]*Record {
	held, err := d.held(ctx, sponsors)
	if err != nil {
		d.opt.Logger.WarnContext(ctx, "sponsor: records not read", slog.Int("sponsors", len(sponsors)))
		return nil
	}
	return held
}
