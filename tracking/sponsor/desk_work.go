package sponsor

import (
	"context"
	"errors"
	"log/slog"

	"github.com/onward-crm/onward/tracking"
)

// WorkReport says what a pass did.
type WorkReport struct {
	// Queued and Settled are sponsors whose bulk was taken up.
	Queued  int `json:"queued"`
	Settled int `json:"settled"`
	// Searched profiles: Found has somebody to suggest, NoneFound gave up.
	Searched  int `json:"searched"`
	Found     int `json:"found"`
	NoneFound int `json:"none_found"`
	// Refreshed profiles, with the updates that came of them, and those that are gone
	// for good.
	Refreshed int `json:"refreshed"`
	Updates   int `json:"updates"`
	Disabled  int `json:"disabled"`
	// Failed were put off; Limited tells that the provider wanted no more calls, and the
	// rest waits for the next pass.
	Failed  int  `json:"failed"`
	Limited bool `json:"limited,omitempty"`
}

// searchBatch is how many searches are held at once: each is a call of its own.
const searchBatch = 10

// Work does everything that is due: bulks first, for they need no provider, then
// searches, then refreshes. Several processes may work at once: what is due is held
// by one of them for a lease. The error means that the store failed, or ctx ended.
func (d *Desk) Work(ctx context.Context) (WorkReport, error) {
	var r WorkReport
	for _, step := range []struct {
		n        int
		statuses []Status
		do       func(context.Context, []Sponsor, *WorkReport) error
	}{
		{d.opt.Batch, []Status{InProgress, TrackingInProgress}, d.takeUp},
		{min(d.opt.Batch, searchBatch), []Status{Pending}, d.searchAll},
		{d.opt.Batch, []Status{Tracked}, d.refreshAll},
	} {
		for !r.Limited {
			due, err := d.deps.Store.Due(ctx, DueOrder{Now: d.now(), N: step.n, Statuses: step.statuses})
			if err != nil {
				return r, err
			}
			if len(due) == 0 {
				break
			}
			if err := step.do(ctx, due, &r); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

// takeUp moves on what was asked for many.
func (d *Desk) takeUp(ctx context.Context, due []Sponsor, r *WorkReport) error {
	out, err := d.each(ctx, idsOf(due), "", func(e *edit) error {
		switch e.s.Status {
		case InProgress:
			e.due(e.now)
			return e.move(EventQueued)
		case TrackingInProgress:
			return e.settle()
		}
		return nil
	})
	if err != nil {
		return err
	}
	was := map[string]Sponsor{}
	for _, s := range due {
		was[s.ID] = s
	}
	for _, o := range out {
		switch {
		case !o.changed || o.err != nil:
		case o.s.Status == Pending:
			r.Queued++
		default:
			r.Settled++
			r.Updates += o.s.Made - was[o.s.ID].Made
		}
	}
	return failures(out)
}

// claim holds due sponsors for the lease; Due, as it is then, is the fence: whoever
// comes back with another one was overtaken.
func (d *Desk) claim(ctx context.Context, due []Sponsor, status Status) ([]Sponsor, error) {
	held := map[string]bool{}
	out, err := d.each(ctx, idsOf(due), "", func(e *edit) error {
		held[e.s.ID] = e.s.Status == status && !e.s.Due.IsZero() && !e.s.Due.After(e.now)
		if held[e.s.ID] {
			e.due(e.now.Add(d.opt.Lease))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var mine []Sponsor
	for _, o := range out {
		if o.err == nil && held[o.s.ID] {
			mine = append(mine, o.s)
		}
	}
	return mine, failures(out)
}

// fenced decides only while the claim holds.
func fenced(claimed Sponsor, decide func(*edit) error) func(*edit) error {
	return func(e *edit) error {
		if e.s.Status != claimed.Status || !e.s.Due.Equal(claimed.Due) {
			return nil
		}
		return decide(e)
	}
}

func (d *Desk) searchAll(ctx context.Context, due []Sponsor, r *WorkReport) error {
	claimed, err := d.claim(ctx, due, Pending)
	if err != nil {
		return err
	}
	for _, s := range claimed {
		if r.Limited { // given back, to be due with the others
			if _, err := d.one(ctx, s.ID, "", fenced(s, (*edit).putOff)); err != nil && !errors.Is(err, ErrUnknown) {
				return err
			}
			continue
		}
		r.Searched++
		after, failure, err := d.search(ctx, s)
		switch {
		case errors.Is(err, ErrUnknown): // erased meanwhile
		case err != nil:
			return err
		case failure != nil:
			r.Failed++
			r.Limited = errors.Is(failure, ErrLimited)
		case after.Status == MatchFound:
			r.Found++
		case after.Status == NoMatchFound:
			r.NoneFound++
		}
	}
	return nil
}

// search asks the provider for a sponsor that is claimed. failure is the provider's;
// err means that its result could not be stored, or that ctx ended.
func (d *Desk) search(ctx context.Context, s Sponsor) (after Sponsor, failure, err error) {
	found, failure := d.deps.Provider.Find(ctx, s.subject())
	if err := ctx.Err(); err != nil {
		return s, nil, err
	}
	after, err = d.one(ctx, s.ID, "", fenced(s, func(e *edit) error {
		if failure != nil && !errors.Is(failure, ErrGone) {
			return e.putOff()
		}
		return e.searched(found)
	}))
	if errors.Is(failure, ErrGone) {
		failure = nil // nobody there is an answer
	}
	if failure != nil {
		d.opt.Logger.WarnContext(ctx, "sponsor: search failed", slog.String("sponsor", s.ID), slog.String("class", classOf(failure)))
	}
	return after, failure, err
}

// subject is the person as a provider is asked for them.
func (s Sponsor) subject() tracking.Person { return adopt(s.Person, s.Seen.Person) }

func (d *Desk) refreshAll(ctx context.Context, due []Sponsor, r *WorkReport) error {
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
	held := d.heldFor(ctx, claimed, answers)
	at := positions(claimed)
	out, err := d.each(ctx, idsOf(claimed), "", func(e *edit) error {
		i := at[e.s.ID]
		return fenced(claimed[i], func(e *edit) error { return e.answered(answers[i], held[e.s.ID]) })(e)
	})
	if err != nil {
		return err
	}
	for i, o := range out {
		d.reportRefresh(ctx, claimed[i], answers[i], o, r)
	}
	return failures(out)
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

func (d *Desk) reportRefresh(ctx context.Context, was Sponsor, a Refreshed, o outcome, r *WorkReport) {
	if a.Err != nil && !errors.Is(a.Err, ErrGone) {
		r.Failed++
		r.Limited = r.Limited || errors.Is(a.Err, ErrLimited)
		d.opt.Logger.WarnContext(ctx, "sponsor: refresh failed", slog.String("sponsor", was.ID), slog.String("class", classOf(a.Err)))
		return
	}
	r.Refreshed++
	if o.err != nil {
		return
	}
	r.Updates += o.s.Made - was.Made
	if o.s.Status == Disabled {
		r.Disabled++
	}
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

// heldFor asks the CRM what it holds of those for whom there are news, in one call.
// Without an answer the update is made all the same.
func (d *Desk) heldFor(ctx context.Context, sponsors []Sponsor, answers []Refreshed) map[string]*Record {
	var about []Sponsor
	for i, s := range sponsors {
		if answers[i].Err == nil && news(s, answers[i].Profile, d.rules, d.now()) {
			about = append(about, s)
		}
	}
	held, err := d.held(ctx, about)
	if err != nil {
		d.opt.Logger.WarnContext(ctx, "sponsor: records not read", slog.Int("sponsors", len(about)))
		return nil
	}
	return held
}

// held reads what the CRM holds, by sponsor; nil without Records.
func (d *Desk) held(ctx context.Context, sponsors []Sponsor) (map[string]*Record, error) {
	if d.deps.Records == nil || len(sponsors) == 0 {
		return nil, nil
	}
	people := make([]tracking.Person, len(sponsors))
	for i, s := range sponsors {
		people[i] = s.Person
	}
	records, err := d.deps.Records.Read(ctx, people)
	if err != nil {
		return nil, err
	}
	if len(records) != len(people) {
		return nil, &Error{Op: "records", Class: ErrBroken, Detail: "an answer of another length"}
	}
	out := map[string]*Record{}
	for i, s := range sponsors {
		out[s.ID] = &records[i]
	}
	return out, nil
}

// Observe takes up a profile that a provider reports by itself. It tells how many
// updates came of it; a profile of nobody who is tracked is none.
func (d *Desk) Observe(ctx context.Context, p Profile) (int, error) {
	keys := strong(p.Person.Keys())
	known, err := d.deps.Store.Known(ctx, keys)
	if err != nil {
		return 0, err
	}
	updates := 0
	for _, s := range known {
		if s.Status != Tracked || !overlap(strong(s.self()), keys) {
			continue
		}
		held := d.heldFor(ctx, []Sponsor{s}, []Refreshed{{Profile: p}})
		made := 0
		_, err := d.one(ctx, s.ID, "", func(e *edit) error {
			if made = 0; e.s.Status == Tracked {
				was := e.s.Made
				e.observe(p, held[e.s.ID])
				made = e.s.Made - was
			}
			return nil
		})
		if err != nil && !errors.Is(err, ErrUnknown) {
			return updates, err
		}
		updates += made
	}
	return updates, nil
}

func idsOf(sponsors []Sponsor) []string {
	out := make([]string, len(sponsors))
	for i, s := range sponsors {
		out[i] = s.ID
	}
	return out
}

func positions(sponsors []Sponsor) map[string]int {
	out := make(map[string]int, len(sponsors))
	for i, s := range sponsors {
		out[s.ID] = i
	}
	return out
}

// classOf names the class of a provider's error, for the log.
func classOf(err error) string {
	for _, class := range []error{ErrGone, ErrLimited} {
		if errors.Is(err, class) {
			return class.Error()
		}
	}
	return ErrBroken.Error()
}
