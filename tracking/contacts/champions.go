package contacts

import (
	"context"
	"iter"

	"github.com/onward-crm/onward/tracking"
)

// Missing are the people whom an automatic import's source gives and who are tracked
// under no relationship, with the deals that they had a part in. Who was dismissed or
// taken out of all relationships by hand, and who was erased, is left out.
func (s *Service) Missing(ctx context.Context, src Source) ([]tracking.Champion, error) {
	roster, err := s.Roster(ctx)
	if err != nil {
		return nil, err
	}
	dismissed, err := s.marks(ctx, tracking.MarkDismissed)
	if err != nil {
		return nil, err
	}
	untracked, err := s.marks(ctx, tracking.MarkUntracked)
	if err != nil {
		return nil, err
	}
	erased, err := s.marks(ctx, tracking.MarkErased)
	if err != nil {
		return nil, err
	}
	return tracking.MissingChampions(s.living(src.Rows(ctx), erased), roster, dismissed, untracked)
}

// living are the rows without those of erased people.
func (s *Service) living(rows iter.Seq2[tracking.Row, error], erased *tracking.Marks) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for row, err := range rows {
			if err == nil && s.isErased(erased, row.Person.Keys()) {
				continue
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// Dismiss says that somebody is no missing champion, whatever the CRM says. It is
// remembered. The error of somebody without keys is a tracking.ErrConfig.
func (s *Service) Dismiss(ctx context.Context, p tracking.Person, by, reason string) error {
	keys := p.Keys()
	if len(keys) == 0 {
		return &tracking.ConfigError{Field: "person", Text: "needs a record, profile or e-mail address, or name and company"}
	}
	mark := tracking.NewMark(tracking.MarkDismissed, keys, "")
	mark.By, mark.Reason, mark.At = by, reason, s.tick()
	return s.store.Mark(ctx, []tracking.Mark{mark})
}

// ChampionNotice is what the named admin is told when more champions are missing.
type ChampionNotice struct {
	// To is the admin, Before the number at the last look.
	To      string              `json:"to"`
	Before  int                 `json:"before"`
	Missing []tracking.Champion `json:"missing"`

	seen tracking.Watch
}

// SetChampionAdmin names who gets the notice; "" ends it.
func (s *Service) SetChampionAdmin(ctx context.Context, admin string) error {
	return s.store.Change(ctx, func(state tracking.State) (tracking.State, error) {
		state.Champions.Admin = admin
		return state, nil
	})
}

// ChampionNotice is the weekly look: false when there is no admin, when the last look
// was less than a week ago, or when the number has not risen since. The source is read
// only where there is something to look at. Call Told when the notice was sent: until
// then it stays due.
func (s *Service) ChampionNotice(ctx context.Context, src Source) (ChampionNotice, bool, error) {
	state, err := s.store.State(ctx)
	if err != nil {
		return ChampionNotice{}, false, err
	}
	now := s.tick()
	if next, _ := state.Champions.Look(0, now); next == state.Champions {
		return ChampionNotice{}, false, nil
	}
	missing, err := s.Missing(ctx, src)
	if err != nil {
		return ChampionNotice{}, false, err
	}
	next, tell := state.Champions.Look(len(missing), now)
	notice := ChampionNotice{To: next.Admin, Before: state.Champions.Missing, Missing: missing, seen: next}
	if !tell {
		return ChampionNotice{}, false, s.Told(ctx, notice)
	}
	return notice, true, nil
}

// Told notes that a notice was sent: the next one is due in a week, when the number
// has risen above what this one told.
func (s *Service) Told(ctx context.Context, n ChampionNotice) error {
	return s.store.Change(ctx, func(state tracking.State) (tracking.State, error) {
		if n.seen.Looked.After(state.Champions.Looked) {
			state.Champions.Missing, state.Champions.Looked = n.seen.Missing, n.seen.Looked
		}
		return state, nil
	})
}

// Scorecard tells how well tracking works: src is that of an automatic import, and
// deliveries are those of the last three months.
func (s *Service) Scorecard(ctx context.Context, src Source, deliveries []tracking.Delivery) (tracking.Scorecard, error) {
	roster, err := s.Roster(ctx)
	if err != nil {
		return tracking.Scorecard{}, err
	}
	won, err := tracking.WonCoverage(src.Rows(ctx), roster)
	if err != nil {
		return tracking.Scorecard{}, err
	}
	return tracking.NewScorecard(won, deliveries, s.tick()), nil
}
