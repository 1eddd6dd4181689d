package sponsor

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/onward-crm/onward/crm"
)

// Store keeps sponsors, their history and what they have to do outside. Safe for
// concurrent use, also by several processes where the implementation says so. Every
// method is one transaction, or one consistent read; the suite in sponsortest is the
// definition. Times are kept in UTC, to the microsecond.
type Store interface {
	// Save stores sponsors, each with its history and effects, wholly or not at all,
	// positionally. Version 0 is a new sponsor, any other the version that was read; it
	// is stored as one more. An item's error is ErrStale when the version is another one
	// or the new sponsor exists, ErrUnknown when an old one does not, ErrTaken (an *Error
	// that names the sponsor) when one of Identity belongs to another sponsor, of the
	// same call too. An effect whose Key is known is not stored again.
	Save(ctx context.Context, saves []Saving) ([]error, error)

	// Load gives the sponsors with these ids that exist.
	Load(ctx context.Context, ids []string) (map[string]Sponsor, error)

	// Known gives the sponsors with one of these among their Keys, in order of ID.
	Known(ctx context.Context, keys []string) ([]Sponsor, error)

	// Due gives at most N sponsors of these statuses whose Due has come, in order of
	// (Due, ID).
	Due(ctx context.Context, o DueOrder) ([]Sponsor, error)

	// List gives sponsors in order of ID. The error is yielded once, last.
	List(ctx context.Context, f Filter) iter.Seq2[Sponsor, error]

	// Count counts what List would give.
	Count(ctx context.Context, f Filter) (Counts, error)

	// History gives the lines in order of (At, order of saving). The error is yielded
	// once, last.
	History(ctx context.Context, f HistoryFilter) iter.Seq2[Entry, error]

	// Owed takes at most n effects that have not ended, are due and not held, in order of
	// (Due, Key), and holds them until the lease ends.
	Owed(ctx context.Context, now time.Time, n int, lease time.Duration) ([]Effect, error)

	// Settle records attempts and gives holds back. An unknown key, or an effect that has
	// ended, is passed over: it was erased, or sent by somebody else.
	Settle(ctx context.Context, ss []Settlement) error

	// Effects lists those of one sponsor, ended ones too, in order of (At, Key).
	Effects(ctx context.Context, sponsor string) ([]Effect, error)

	// Erase removes sponsors with their history and effects. Unknown ids are passed over.
	Erase(ctx context.Context, ids []string) error
}

// Saving is a sponsor to be stored, with what is new of its history and effects.
type Saving struct {
	Sponsor Sponsor
	Log     []Entry
	Effects []Effect
}

// DueOrder says how much of the due work is wanted.
type DueOrder struct {
	Now      time.Time
	N        int
	Statuses []Status
}

// Filter chooses sponsors; a zero field asks for nothing.
type Filter struct {
	// IDs and Statuses are any of these.
	IDs      []string
	Statuses []Status
	// Kind, Entity (an id) and Role ask for one membership that has all of them.
	Kind, Entity, Role string
	// Open asks for at least one open update.
	Open bool
}

// Matches tells whether a sponsor is chosen. Stores may use it, or ask their database.
func (f Filter) Matches(s Sponsor) bool {
	if len(f.IDs) > 0 && !slices.Contains(f.IDs, s.ID) || len(f.Statuses) > 0 && !slices.Contains(f.Statuses, s.Status) {
		return false
	}
	if f.Open && s.Open() == 0 {
		return false
	}
	if f.Kind == "" && f.Entity == "" && f.Role == "" {
		return true
	}
	for _, e := range s.Entities {
		if (f.Kind == "" || e.Kind == f.Kind) && (f.Entity == "" || e.ID == f.Entity) && (f.Role == "" || e.Role == f.Role) {
			return true
		}
	}
	return false
}

// Counts are numbers of sponsors by status, and of their open updates.
type Counts struct {
	Sponsors map[Status]int `json:"sponsors"`
	Open     int            `json:"open"`
}

// HistoryFilter chooses lines of the history; a zero field asks for nothing.
type HistoryFilter struct {
	Sponsor string
	Entity  EntityRef
	// Since is the earliest time.
	Since time.Time
}

// Matches tells whether a line is chosen.
func (f HistoryFilter) Matches(e Entry) bool {
	return (f.Sponsor == "" || e.Sponsor == f.Sponsor) && (f.Entity == EntityRef{} || e.Entity == f.Entity) && !e.At.Before(f.Since)
}

// Settlement is what became of an attempt to send an effect: sent, given up, or to
// be tried again at Due. An attempt that only found out that the other side is away has
// Waited, and is not counted.
type Settlement struct {
	Key           crm.Key
	Sent, GivenUp bool
	Waited        bool
	Due           time.Time
	Error         string
	At            time.Time
}
