package rounds

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// chunk is how many people of a relationship are held in memory at a time: they are
// read from the lists, which must have been read before anything is written.
const chunk = 50_000

// maxTries is after how many failures about one person alone a pass goes on without
// them.
const maxTries = 3

// Refreshed says what came of looking after the people of a relationship.
type Refreshed struct {
	Relationship string `json:"relationship"`
	// Asked are the people who were asked for, Known those of whom a provider knew.
	Asked int `json:"asked"`
	Known int `json:"known"`
	// Changed are those of whom something was taken up, Kinds what, by kind.
	Changed int                   `json:"changed"`
	Kinds   map[tracking.Kind]int `json:"kinds,omitempty"`
	// Strangers are profiles that proved to be another person's; Failed are people about
	// whom a provider failed; Waiting those who could not be asked for and are next time.
	Strangers int `json:"strangers,omitempty"`
	Failed    int `json:"failed,omitempty"`
	Waiting   int `json:"waiting,omitempty"`
}

// Scan looks after the people of a relationship: it is Refresh for
// contacts.Service.RunDue, with a line in the log. A pass that providers cut short, or
// that another process is at, is no error here: the lists need not be read again for it,
// and ContinueRefresh goes on with it.
func (r *Rounds) Scan(ctx context.Context, rel tracking.Relationship, renew func() error) error {
	done, err := r.Refresh(ctx, rel, renew)
	if done.Asked > 0 || done.Waiting > 0 {
		r.opt.Logger.InfoContext(ctx, "rounds: people looked after", slog.String("relationship", rel.ID), slog.Int("asked", done.Asked),
			slog.Int("known", done.Known), slog.Int("changed", done.Changed), slog.Int("failed", done.Failed), slog.Int("waiting", done.Waiting))
	}
	switch {
	case errors.Is(err, ErrCut):
		r.opt.Logger.WarnContext(ctx, "rounds: people wait for a provider", slog.String("relationship", rel.ID), slog.Any("error", err))
		return nil
	case errors.Is(err, ErrHeld):
		return nil
	}
	return err
}

// ContinueRefresh goes on with the passes over relationships that were cut short. One that
// fails does not stop the others.
func (r *Rounds) ContinueRefresh(ctx context.Context, rels []tracking.Relationship) error {
	works, err := r.deps.Store.Works(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, rel := range rels {
		if slices.ContainsFunc(works, func(w Work) bool { return w.Name == refreshWork(rel.ID) && !w.Began.IsZero() }) {
			failed = append(failed, r.Scan(ctx, rel, nil))
		}
	}
	return errors.Join(failed...)
}

// Refresh asks for everybody who is tracked under a relationship, and hands on what has
// changed. A pass that was cut short goes on with those who were not asked for yet,
// whoever goes on; it is over when everybody was asked for. renew is called from time
// to time, and its error ends the work; it may be nil. The error is ErrHeld when another
// process is at it, and ErrCut beside a class of package tracking when providers could
// not be asked for all.
func (r *Rounds) Refresh(ctx context.Context, rel tracking.Relationship, renew func() error) (Refreshed, error) {
	out := Refreshed{Relationship: rel.ID, Kinds: map[tracking.Kind]int{}}
	if r.deps.People == nil || len(r.deps.Providers) == 0 {
		return out, nil
	}
	h, err := r.take(ctx, refreshWork(rel.ID))
	if err != nil {
		return out, err
	}
	p := pass{hold: h, rel: rel, out: &out, sign: func(ctx context.Context) error {
		if renew == nil {
			return h.renew(ctx)
		}
		return errors.Join(renew(), h.renew(ctx))
	}}
	err = p.run(ctx)
	return out, errors.Join(err, h.release(ctx, false))
}

// refreshWork is the name of the work on the people of a relationship.
func refreshWork(relationship string) string { return "refresh/" + relationship }

// pass is one pass over the people of a relationship.
type pass struct {
	*hold
	ask   *asking
	rel   tracking.Relationship
	began time.Time
	// sign is a sign of life; its error ends the work.
	sign func(ctx context.Context) error
	out  *Refreshed
	// cut is the first reason why somebody could not be asked for; put are those, by
	// their first key, who are not asked for in this run again.
	cut error
	put map[string]bool
}

func (p *pass) run(ctx context.Context) (err error) {
	if p.ask, err = p.asking(ctx); err != nil {
		return err
	}
	if err := p.begin(ctx); err != nil {
		return err
	}
	p.put = map[string]bool{}
	for {
		due, more, err := p.due(ctx)
		if err != nil {
			return err
		}
		if err := p.all(ctx, due); err != nil {
			return err
		}
		if !more || p.ask.over() {
			break
		}
	}
	if p.cut != nil {
		return fmt.Errorf("%w: relationship %s: %d people wait: %w", ErrCut, p.rel.ID, p.out.Waiting+p.out.Failed, p.cut)
	}
	return p.end(ctx)
}

func (p *pass) waits(why error) {
	if p.cut == nil {
		p.cut = why
	}
}

// begin goes on with the pass that is not over, or begins one.
func (p *pass) begin(ctx context.Context) error {
	return p.deps.Store.Change(ctx, p.name, func(w Work) (Work, error) {
		if w.Began.IsZero() {
			w.Began = p.tick()
		}
		p.began = w.Began
		return w, nil
	})
}

func (p *pass) end(ctx context.Context) error {
	return p.deps.Store.Change(ctx, p.name, func(w Work) (Work, error) {
		if w.Began.Equal(p.began) {
			w.Began, w.Scan.Last = time.Time{}, p.began
		}
		return w, nil
	})
}

// subject is somebody to ask for.
type subject struct {
	person tracking.Person
	seen   Seen
}

// due are those who were not asked for in this pass, at most a chunk of them; more
// tells that there are others.
func (p *pass) due(ctx context.Context) (due []subject, more bool, err error) {
	var batch []tracking.Person
	flush := func() error {
		subjects, err := p.subjects(ctx, batch)
		due = append(due, subjects...)
		batch = batch[:0]
		return err
	}
	for person, err := range p.deps.People(ctx, p.rel.ID) {
		if err != nil {
			return nil, false, err
		}
		if batch = append(batch, person); len(batch) < p.opt.Batch {
			continue
		}
		if err := flush(); err != nil {
			return nil, false, err
		}
		if len(due) >= chunk {
			return due, true, nil
		}
	}
	return due, false, flush()
}

// subjects are those of a batch who were not asked for in this pass.
func (p *pass) subjects(ctx context.Context, people []tracking.Person) ([]subject, error) {
	keys := make([][]string, len(people))
	for i, person := range people {
		keys[i] = person.Keys()
	}
	seen, err := p.deps.Store.SeenOf(ctx, keys)
	if err != nil {
		return nil, err
	}
	var out []subject
	for i, person := range people {
		if len(keys[i]) == 0 || p.put[keys[i][0]] || p.asked(seen[i].AskedAt) {
			continue
		}
		s := subject{person: person, seen: seen[i]}
		s.seen.Keys = keys[i]
		if s.seen.Moved {
			s.person.Company, s.person.Title, s.person.AccountID = s.seen.Company, s.seen.Title, ""
		}
		out = append(out, s)
	}
	return out, nil
}

// asked tells that somebody was asked for in this pass, and is not due again: a pass that
// a provider cuts short for weeks does not keep the others from theirs.
func (p *pass) asked(at time.Time) bool {
	return !at.Before(p.began) && p.tick().Before(p.rel.Cycle.NextDue(at))
}

// all asks for people, batch by batch, as long as there is somebody to ask.
func (p *pass) all(ctx context.Context, due []subject) error {
	for len(due) > 0 {
		if p.ask.over() {
			p.out.Waiting += len(due)
			for _, why := range p.ask.tired {
				p.waits(why) // any order: each is a reason
			}
			return nil
		}
		if err := errors.Join(ctx.Err(), p.sign(ctx)); err != nil {
			return err
		}
		n := min(len(due), p.opt.Batch)
		if err := p.batch(ctx, due[:n]); err != nil {
			return err
		}
		due = due[n:]
	}
	return nil
}

// batch asks for some people, hands on what has changed, and then keeps where they
// are: should it stop in between, the same change is handed on again, and known.
func (p *pass) batch(ctx context.Context, batch []subject) error {
	batch, err := p.allowed(ctx, batch)
	if err != nil || len(batch) == 0 {
		return err
	}
	people := make([]tracking.Person, len(batch))
	for i, s := range batch {
		people[i] = s.person
	}
	answers, err := p.ask.people(ctx, people)
	if err != nil {
		return err
	}
	// What was learned is kept, whatever ends meanwhile.
	ctx = context.WithoutCancel(ctx)
	verdicts, err := p.tell(ctx, batch, answers)
	if err != nil {
		return err
	}
	var keep []Seen
	for i, a := range answers {
		seen := batch[i].seen
		switch {
		case a.profile == nil && a.cut != nil:
			p.waits(a.cut)
			p.out.Waiting++
			p.put[seen.Keys[0]] = true
		case a.profile == nil && a.failed != nil && seen.Tries+1 < maxTries:
			p.waits(a.failed)
			p.out.Failed++
			p.put[seen.Keys[0]] = true
			seen.Tries++
			keep = append(keep, seen)
		default:
			keep = append(keep, p.saw(batch[i], a, verdicts[i]))
		}
	}
	return p.deps.Store.See(ctx, keep)
}

// allowed leaves out those who were erased since the pass read its list.
func (p *pass) allowed(ctx context.Context, batch []subject) ([]subject, error) {
	if p.deps.Erased == nil {
		return batch, nil
	}
	people := make([]tracking.Person, len(batch))
	for i, s := range batch {
		people[i] = s.person
	}
	gone, err := p.deps.Erased(ctx, people)
	if err != nil {
		return nil, err
	}
	var out []subject
	for i, s := range batch {
		if gone[i] {
			p.put[s.seen.Keys[0]] = true // or the list would bring them again at once
			continue
		}
		out = append(out, s)
	}
	return out, nil
}

// tell hands on the profiles, positionally.
func (p *pass) tell(ctx context.Context, batch []subject, answers []answer) ([]Verdict, error) {
	out := make([]Verdict, len(batch))
	var looks []Look
	var at []int
	name := p.rel.Name
	if name == "" {
		name = p.rel.ID
	}
	for i, a := range answers {
		if a.profile == nil {
			continue
		}
		looks = append(looks, Look{
			Person: batch[i].person, SeenAt: batch[i].seen.SeenAt, Relationship: name, Told: batch[i].seen.Told, Provider: a.provider, Profile: *a.profile,
		})
		at = append(at, i)
	}
	if len(looks) == 0 {
		return out, nil
	}
	verdicts, err := p.deps.Router.Looks(ctx, looks)
	if err != nil {
		return nil, err
	}
	for i, v := range verdicts {
		out[at[i]] = v
	}
	return out, nil
}

// saw is what is kept of somebody who was asked for.
func (p *pass) saw(s subject, a answer, v Verdict) Seen {
	seen := s.seen
	seen.AskedAt, seen.Tries = p.tick(), 0
	p.out.Asked++
	if a.profile == nil {
		return seen
	}
	p.out.Known++
	if v.Fresh && a.profile.SeenAt.After(seen.SeenAt) {
		seen.SeenAt = a.profile.SeenAt.UTC().Truncate(time.Microsecond)
	}
	if !v.Taken {
		if v.Reason == ReasonStranger {
			p.out.Strangers++
		}
		return seen
	}
	p.out.Changed++
	p.out.Kinds[v.Kind]++
	switch main := a.profile.Main(); {
	case v.Mark != "":
		seen.Told = remember(seen.Told, v.Mark)
	case v.Stays || main == nil:
	default:
		seen.Moved, seen.Company, seen.Title, seen.Told = true, main.Company, main.Title, nil
	}
	return seen
}

// ReasonStranger: the profile is another person's.
const ReasonStranger = "stranger"

// maxTold bounds what is remembered of one person.
const maxTold = 16

func remember(told []string, mark string) []string {
	told = append(slices.Clone(told), mark)
	return told[max(0, len(told)-maxTold):]
}
