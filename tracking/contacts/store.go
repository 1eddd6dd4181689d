package contacts

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// ErrSuperseded: the run was discarded, is over, or gave way to a later one of the
// same import. What it read is not kept.
var ErrSuperseded = errors.New("contacts: superseded by a later import")

// Store keeps the tracked contacts. Every method is one transaction; those that return
// an iterator read, and nothing is written by the same caller while they run. Safe for
// concurrent use, also by several processes where the implementation says so. Times
// are kept to the microsecond, in UTC. The suite in tracking/trackingtest is its
// definition.
type Store interface {
	// State is what was stored last; tracking.DefaultState before that.
	State(ctx context.Context) (tracking.State, error)
	// Change stores what change makes of the state. change may be called more than
	// once, with a newer state each time. Its error ends it, changes nothing, and is
	// returned.
	Change(ctx context.Context, change func(tracking.State) (tracking.State, error)) error

	// Begin starts to read an import; an unfinished run of the same import is
	// discarded. Stage keeps what was read, unseen until Commit; rows of one member
	// come together by Member.With. Discard forgets a run; an unknown one is fine.
	Begin(ctx context.Context, imp string) (run string, err error)
	Stage(ctx context.Context, run string, ms []tracking.Member) error
	Discard(ctx context.Context, run string) error
	// Commit makes what was staged the members of the import, all at once: new ones
	// have Joined at, known ones keep theirs and lose Left. With sweep, those who were
	// not staged have Left at, unless they left before. Stage and Commit of a run that
	// is not the import's unfinished one are ErrSuperseded.
	Commit(ctx context.Context, run string, at time.Time, sweep bool) (tracking.Synced, error)

	// Members gives all members, those who have left included, in no order. MembersOf
	// gives those of whom one of Handles(Keys) is among the keys.
	Members(ctx context.Context) iter.Seq2[tracking.Member, error]
	MembersOf(ctx context.Context, keys []string) ([]tracking.Member, error)

	// Tracked gives stored people with an ID above after, ended ones included, in
	// order of ID. TrackedAs gives those of whom one of the Keys is among the digests.
	Tracked(ctx context.Context, after string) iter.Seq2[tracking.Tracked, error]
	TrackedAs(ctx context.Context, digests []string) ([]tracking.Tracked, error)
	// Settle stores each settlement, with its events, whose person stands at the
	// revision before (0 when unknown), and passes over the others: somebody was
	// faster. It returns how many were stored.
	Settle(ctx context.Context, changes []tracking.Settlement) (int, error)
	// Spend records events; one with a known ID changes nothing. An event about a Person
	// who is not stored, because they were erased, is recorded without. Credits gives all
	// events in order of time; person chooses those of one Tracked.ID, "" all.
	Spend(ctx context.Context, events []tracking.Credit) error
	Credits(ctx context.Context, person string) iter.Seq2[tracking.Credit, error]

	// Mark keeps decisions, in place of those with the same ID. Unmark removes by ID.
	// Marks lists those of one kind, oldest first.
	Mark(ctx context.Context, ms []tracking.Mark) error
	Unmark(ctx context.Context, ids []string) error
	Marks(ctx context.Context, kind tracking.MarkKind) ([]tracking.Mark, error)

	// Erase removes whatever the keys reach: members, staged ones included, and marks
	// by Handles(Keys), but for tombstones; tracked people by any of their Keys. Events
	// of the people removed stay without Person. It returns how many members, people
	// and marks were removed. keys are a person's and the digests of them.
	Erase(ctx context.Context, keys []string) (int, error)
}

// Source gives the rows of one list.
type Source interface {
	// Rows reads the list from its beginning. A row that cannot be read comes with
	// its Problem, and reading goes on. An error means that the list as a whole cannot
	// be read; it comes once, with an empty Row, and is the last. Breaking out is fine.
	Rows(ctx context.Context) iter.Seq2[tracking.Row, error]
}
