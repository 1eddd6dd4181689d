package rounds

import (
	"context"
	"errors"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

// Store keeps what rounds have learned. Every method is one transaction. Safe for
// concurrent use, also by several processes where the implementation says so. Times
// are kept to the microsecond, in UTC. The suite in tracking/rounds/roundstest is its
// definition.
type Store interface {
	// SeenOf gives where people were seen last, positionally, by their keys: of those
	// whom one of Handles(keys) reaches, the one seen last; the zero Seen when there is
	// none. See keeps them, each in the place of all whom its handles reach.
	SeenOf(ctx context.Context, people [][]string) ([]Seen, error)
	See(ctx context.Context, all []Seen) error

	// Keep keeps prospects, each in the place of the one with its ID; those at
	// StageDropped are removed. Prospects gives those of a stage in order of ID, at most
	// limit of them with an ID above after. KnownAs gives those of all stages whom one of
	// the keys reaches, in order of ID.
	Keep(ctx context.Context, all []Kept) error
	Prospects(ctx context.Context, stage Stage, after string, limit int) ([]Kept, error)
	KnownAs(ctx context.Context, keys []string) ([]Kept, error)

	// PutReport keeps a reading in place of the one of the same report, DropReport
	// removes it, Reports gives all in order of the report's id.
	PutReport(ctx context.Context, r Reading) error
	DropReport(ctx context.Context, id string) error
	Reports(ctx context.Context) ([]Reading, error)

	// Change stores what change makes of the work of a name, the zero Work with that
	// name when there is none, nobody else's change in between. change may be called
	// more than once, with a newer work each time. Its error ends it, changes nothing,
	// and is returned. Works gives all, by name.
	Change(ctx context.Context, name string, change func(Work) (Work, error)) error
	Works(ctx context.Context) ([]Work, error)

	// Erase removes everybody whom one of the keys reaches, and tells how many there
	// were. keys are a person's and the digests of them.
	Erase(ctx context.Context, keys []string) (int, error)
}

// Seen is where somebody who is tracked was seen last, and when they were asked for.
type Seen struct {
	// Keys are the person's. They are reached by their Handles.
	Keys []string `json:"keys"`
	// AskedAt is when the last answer came, SeenAt when the provider last saw them; zero
	// when it did not say.
	AskedAt time.Time `json:"asked_at"`
	SeenAt  time.Time `json:"seen_at,omitzero"`
	// Company and Title are where and as what they were seen, once that was another
	// place than the one that the lists name; Moved tells so.
	Moved   bool             `json:"moved,omitempty"`
	Company matching.Company `json:"company,omitzero"`
	Title   string           `json:"title,omitempty"`
	// Told are changes that were handed on and leave the place what it was, such as a
	// seat on a board: so that they are not handed on again.
	Told []string `json:"told,omitempty"`
	// Tries counts failures in a row about this person alone.
	Tries int `json:"tries,omitempty"`
}

// Stage is how far a prospect has come.
type Stage string

// The stages of a prospect.
const (
	// StageDropped: not kept any more.
	StageDropped Stage = ""
	// StageFound: found in the round that is under way.
	StageFound Stage = "found"
	// StageCarried: good, and above a cap of the last round.
	StageCarried Stage = "carried"
	// StageChosen: to be handed on; StageTold: handed on.
	StageChosen Stage = "chosen"
	StageTold   Stage = "told"
)

// Stages lists the stages of those who are kept, in their order.
func Stages() []Stage { return []Stage{StageFound, StageCarried, StageChosen, StageTold} }

// Kept is a prospect as it is kept.
type Kept struct {
	// ID names account and person (see KeptOf), Keys are the person's.
	ID       string          `json:"id"`
	Stage    Stage           `json:"stage"`
	Keys     []string        `json:"keys"`
	Prospect target.Prospect `json:"prospect"`
	// At is the time of the last change of stage.
	At time.Time `json:"at"`
	// Was is the one who was told before about the same person at the same account,
	// when there is news of them: the title has risen.
	Was *target.Prospect `json:"was,omitempty"`
}

// KeptOf is a prospect at a stage. The ID is of the account and the strongest key, so
// that finding somebody again changes nothing.
func KeptOf(p target.Prospect, stage Stage, at time.Time) Kept {
	k := Kept{Stage: stage, Keys: p.Person.Keys(), Prospect: p, At: at}
	strongest := ""
	if len(k.Keys) > 0 {
		strongest = k.Keys[0]
	}
	k.ID = tracking.Digests([]string{p.AccountID + "\x1f" + strongest})[0]
	return k
}

// Reading is what came of reading a report.
type Reading struct {
	// Listing is what it held when it could be read last, at ReadAt.
	Listing target.Listing `json:"listing"`
	ReadAt  time.Time      `json:"read_at,omitzero"`
	// TriedAt is when it was read last, Trouble why that failed; "" when it did not.
	TriedAt time.Time `json:"tried_at"`
	Trouble string    `json:"trouble,omitempty"`
}

// Work is how far a piece of work has come that outlives the process.
type Work struct {
	Name string `json:"name"`
	// Scan says when it was last done, and who is at it.
	Scan tracking.Scan `json:"scan,omitzero"`
	// Began is when the pass that is not finished began, After how far it has come;
	// zero when none is under way.
	Began time.Time `json:"began,omitzero"`
	After string    `json:"after,omitempty"`
	// Count is what was counted, such as credits that were spent.
	Count int `json:"count,omitempty"`
	// Rest is the time until which it is left alone.
	Rest time.Time `json:"rest,omitzero"`
}

// ErrLost: another one has taken the work over.
var ErrLost = errors.New("rounds: another process took the work over")
