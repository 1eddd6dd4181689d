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
	refreshes := &refreshing{desk: d, report: &r}
	for _, step := range []struct {
		n        int
		statuses []Status
		do       func(context.Context, []Sponsor, *WorkReport) error
	}{
		{d.opt.Batch, []Status{InProgress, TrackingInProgress}, d.takeUp},
		{min(d.opt.Batch, searchBatch), []Status{Pending}, d.searchAll},
		{d.opt.Batch, []Status{Tracked}, refreshes.refresh},
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
	return r, refreshes.flush(ctx)
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
	if found, err = d.allowed(ctx, found); err != nil {
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

// allowed leaves out profiles of people who asked to be forgotten.
func (d *Desk) allowed(ctx context.Context, found []Profile) ([]Profile, error) {
	if d.deps.Erased == nil || len(found) == 0 {
		return found, nil
	}
	people := make([]tracking.Person, len(found))
	for i, p := range found {
		people[i] = p.Person
	}
	gone, err := d.deps.Erased(ctx, people)
	if err != nil {
		return nil, err
	}
	var out []Profile
	for i, p := range found {
		if !gone[i] {
			out = append(out, p)
		}
	}
	return out, nil
}

// subject is the person as a provider is asked for them.
func (s Sponsor) subject() tracking.Person { return adopt(s.Person, s.Seen.Person) }

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
	keys := strong(cleanPerson(p.Person).Keys())
	known, err := d.deps.Store.Known(ctx, keys)
	if err != nil {
		return 0, err
	}
	updates := 0
	for _, s := range known {
		if s.Status != Tracked || !overlap(strong(s.self()), keys) {
			continue
		}
		var held map[string]*Record
		if news(s, p, d.rules, d.now()) {
			held = d.heldOrNot(ctx, []Sponsor{s})
		}
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

// classOf names the class of a provider's error, for the log.
func classOf(err error) string {
	for _, class := range []error{ErrGone, ErrLimited} {
		if errors.Is(err, class) {
			return class.Error()
		}
	}
	return ErrBroken.Error()
}
