package rounds

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

// Router takes what rounds find. Safe for concurrent use. Its errors are outages:
// nothing was taken, and all of it is offered again later.
type Router interface {
	// Looks judges looks at people who are tracked, positionally, and takes up those
	// that tell a change. The same look is taken once, however often it is offered.
	Looks(ctx context.Context, looks []Look) ([]Verdict, error)
	// Hires takes up people at watched accounts, positionally. An error about one of them
	// means that they can never be taken.
	Hires(ctx context.Context, hires []Hire) ([]error, error)
}

// Look is somebody who is tracked, as they were seen last and as a provider sees them.
type Look struct {
	// Person has the company and title of the last time, at SeenAt; zero if unknown.
	Person tracking.Person
	SeenAt time.Time
	// Relationship is the winning one's name, Told what Seen.Told holds.
	Relationship string
	Told         []string
	Provider     string
	Profile      tracking.Profile
}

// Verdict is what became of a look.
type Verdict struct {
	// Taken tells that a change was taken up, Kind which. Fresh tells that the profile is
	// as new as what was known: it counts from now on as when the person was seen.
	Taken bool
	Fresh bool
	Kind  tracking.Kind
	// Stays tells that the person is still where they were, such as with a seat on a
	// board elsewhere; Mark is then what to remember, so that it is told once.
	Stays bool
	Mark  string
	// Reason says why nothing was taken up.
	Reason string
}

// Hire is somebody at a watched account; Was is who they were when they were told
// before, nil for somebody new.
type Hire struct {
	target.Prospect
	Was *target.Prospect
}

// Source opens a report of watched accounts. The error, and one among the rows, says what
// to do about it.
type Source func(ctx context.Context, r target.Report) (Sheet, error)

// Sheet is a report as it is read: its columns, its rows, and those rows that could not
// be read.
type Sheet struct {
	Header   []string
	Rows     iter.Seq2[[]string, error]
	Problems []target.Problem
}

// Deps are what Rounds works with. Store and Router are needed.
type Deps struct {
	Store  Store
	Router Router
	// Providers are asked in this order: the first that knows somebody counts.
	Providers []tracking.Provider
	// People gives everybody who is tracked under a relationship, by its ID, once.
	People func(ctx context.Context, relationship string) iter.Seq2[tracking.Person, error]
	// Open opens reports; Match finds the accounts of rows that name none, positionally.
	Open  Source
	Match func(ctx context.Context, cs []matching.Company) ([]matching.AccountMatch, error)
	// Erased tells who must not be kept, positionally; nil means nobody.
	Erased func(ctx context.Context, people []tracking.Person) ([]bool, error)
}

// Plan says which accounts are watched, and how people are looked for there.
type Plan struct {
	Reports  []target.Report
	Personas []tracking.Persona
	// PerAccount and Total are the caps of a run; 0 means none (see target.Round).
	PerAccount int
	Total      int
	// Limit is how many people a provider is asked for, for each persona at an account
	// (DefaultLimit).
	Limit int
	// NewDays is for how many days somebody is new at a company, where the first day is
	// known; 0 means for ever.
	NewDays int
	// Every is the time between two searches by a provider, by its name; those that are
	// not named search in every run, those with less than 0 in none.
	Every map[string]time.Duration
}

// The defaults of Plan and Options.
const (
	DefaultLimit = 100
	DefaultBatch = 200
	DefaultLease = 10 * time.Minute
	// DefaultRest is how long a provider is left alone that limits the rate and does not
	// say for how long.
	DefaultRest = 15 * time.Minute
)

// Options tune Rounds; nil and zero fields mean the defaults.
type Options struct {
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Logger gets a line with counts for each round; default: none.
	Logger *slog.Logger
	// Batch is how many people are asked for at a time (DefaultBatch). What a process
	// learned and did not keep when it died is at most that.
	Batch int
	// Lease is how long a round is held without a sign of life (DefaultLease).
	Lease time.Duration
}

// Rounds asks and hands on. Safe for concurrent use, also by several processes on one
// store. It starts no goroutines.
type Rounds struct {
	deps Deps
	plan Plan
	opt  Options
	book atomic.Pointer[target.Book]
}

// New makes Rounds. The error names the part that is missing or wrong.
func New(p Plan, d Deps, o *Options) (*Rounds, error) {
	if d.Store == nil || d.Router == nil {
		return nil, errors.New("rounds: want a store and a router")
	}
	r := &Rounds{deps: d, plan: p}
	if o != nil {
		r.opt = *o
	}
	r.opt.fill()
	if r.plan.Limit <= 0 {
		r.plan.Limit = DefaultLimit
	}
	r.plan.Reports = slices.Clone(p.Reports)
	var names []string
	for _, persona := range p.Personas {
		names = append(names, persona.Name)
	}
	for i, report := range r.plan.Reports {
		var err error
		if r.plan.Reports[i], err = report.Normalize(names); err != nil {
			return nil, fmt.Errorf("rounds: reports[%d]: %w", i, err)
		}
	}
	r.book.Store(target.Merge())
	return r, nil
}

func (o *Options) fill() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Batch <= 0 {
		o.Batch = DefaultBatch
	}
	if o.Lease <= 0 {
		o.Lease = DefaultLease
	}
}

// tick is the time of an act, as it is stored.
func (r *Rounds) tick() time.Time { return r.opt.Now().UTC().Truncate(time.Microsecond) }

// Watched returns a watched account by its id on 18 characters, from memory: as of the
// last LoadBook or Reread of this process.
func (r *Rounds) Watched(id string) (target.Watched, bool) { return r.book.Load().Watched(id) }

// Book is what Watched answers from.
func (r *Rounds) Book() *target.Book { return r.book.Load() }
