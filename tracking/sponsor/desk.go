package sponsor

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// Desk is where sponsors are worked on: what people ask for, and what falls due by
// itself. It decides by the rules of this package, saves through the store, and
// decides again when somebody else was faster. Safe for concurrent use, also by
// several processes on one store. It starts no goroutines.
type Desk struct {
	rules Rules
	deps  Deps
	opt   Options
}

// Deps are what a Desk works with.
type Deps struct {
	Store    Store
	Provider Provider
	// Sender may be nil: effects then wait in the store, and Send is refused.
	Sender Sender
	// Records may be nil: the Desk's own record is then what an update is compared with.
	Records Records
	// Erased tells who asked to be forgotten, positionally; nil asks nobody. Such people
	// are not enrolled.
	Erased func(ctx context.Context, people []tracking.Person) ([]bool, error)
}

// Options are the optional parts of a Desk. Zero values mean defaults.
type Options struct {
	// Logger gets what could not be done; default: none. Lines hold ids, never values.
	Logger *slog.Logger
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Lease is how long a due sponsor, or an effect, is held by the process that works on
	// it (DefaultLease). Batch is how many are taken at once (DefaultBatch).
	Lease time.Duration
	Batch int
}

// The defaults of Options.
const (
	DefaultLease = 10 * time.Minute
	DefaultBatch = 100
)

// NewDesk returns a Desk. The error is ErrInvalid and names the part that is missing
// or cannot be used. A nil o means all defaults.
func NewDesk(rules Rules, deps Deps, o *Options) (*Desk, error) {
	if err := rules.Validate(); err != nil {
		return nil, err
	}
	if deps.Store == nil {
		return nil, invalid("desk", "deps.store", "missing")
	}
	if deps.Provider == nil {
		return nil, invalid("desk", "deps.provider", "missing")
	}
	d := &Desk{rules: rules, deps: deps}
	if o != nil {
		d.opt = *o
	}
	if d.opt.Logger == nil {
		d.opt.Logger = slog.New(slog.DiscardHandler)
	}
	if d.opt.Now == nil {
		d.opt.Now = time.Now
	}
	if d.opt.Lease <= 0 {
		d.opt.Lease = DefaultLease
	}
	if d.opt.Batch <= 0 {
		d.opt.Batch = DefaultBatch
	}
	return d, nil
}

// now is the time, as a store keeps it.
func (d *Desk) now() time.Time { return d.opt.Now().UTC().Truncate(time.Microsecond) }

// rounds is how often a change is decided again because others were faster. Each
// round that is lost is a change of somebody else's.
const rounds = 64

// outcome is what became of one sponsor of several.
type outcome struct {
	// s is the sponsor as it is now; with an error, as it was and stays.
	s       Sponsor
	changed bool
	err     error
}

// each changes sponsors, each by its own decision, positionally. decide may be called
// several times for one sponsor and must then forget what it did before; its error
// leaves the sponsor as it was. The second value means that the store failed.
func (d *Desk) each(ctx context.Context, ids []string, by string, decide func(*edit) error) ([]outcome, error) {
	out := make([]outcome, len(ids))
	var first int
	for part := range slices.Chunk(ids, d.opt.Batch) {
		if err := d.chunk(ctx, part, out[first:first+len(part)], change{by, decide}); err != nil {
			return nil, err
		}
		first += len(part)
	}
	return out, nil
}

// change is one decision about any sponsor.
type change struct {
	by     string
	decide func(*edit) error
}

func (d *Desk) chunk(ctx context.Context, ids []string, out []outcome, c change) error {
	left := make([]int, len(ids))
	for i := range ids {
		left[i] = i
		out[i].err = &Error{Op: "save", Sponsor: ids[i], Class: ErrStale, Detail: "others change it all the time"}
	}
	for round := 0; len(left) > 0 && round < rounds; round++ {
		loaded, err := d.deps.Store.Load(ctx, pick(ids, left))
		if err != nil {
			return err
		}
		var saves []Saving
		var saved []int
		for _, i := range left {
			s, ok := loaded[ids[i]]
			if !ok {
				out[i] = outcome{err: &Error{Op: "load", Sponsor: clip(ids[i], 40), Class: ErrUnknown}}
				continue
			}
			e := newEdit(s, d.rules, d.now(), c.by)
			if err := c.decide(e); err != nil {
				out[i] = outcome{s: s, err: about(err, s.ID)}
				continue
			}
			out[i] = outcome{s: e.s, changed: e.changed}
			if e.changed {
				saves, saved = append(saves, e.saving()), append(saved, i)
			}
		}
		if left, err = d.save(ctx, saves, saved, out); err != nil {
			return err
		}
		for _, i := range saved {
			if out[i].err != nil {
				out[i].s = loaded[ids[i]]
			}
		}
	}
	return nil
}

// save stores changes and tells which have to be decided again.
func (d *Desk) save(ctx context.Context, saves []Saving, saved []int, out []outcome) (again []int, err error) {
	if len(saves) == 0 {
		return nil, nil
	}
	errs, err := d.deps.Store.Save(ctx, saves)
	if err != nil {
		return nil, err
	}
	for j, i := range saved {
		if errs[j] == nil {
			out[i].s.Version++
			continue
		}
		out[i] = outcome{err: errs[j]}
		if errors.Is(errs[j], ErrStale) {
			again = append(again, i)
		}
	}
	return again, nil
}

// one changes one sponsor.
func (d *Desk) one(ctx context.Context, id, by string, decide func(*edit) error) (Sponsor, error) {
	out, err := d.each(ctx, []string{id}, by, decide)
	if err != nil {
		return Sponsor{}, err
	}
	return out[0].s, out[0].err
}

func pick(ids []string, at []int) []string {
	out := make([]string, len(at))
	for j, i := range at {
		out[j] = ids[i]
	}
	return out
}
