package contacts

import (
	"context"
	"slices"
	"strings"

	"github.com/onward-crm/onward/tracking"
)

// Removal says which relationships somebody is taken out of.
type Removal struct {
	// Relationship is the one; All means all of them. Exactly one of the two is given.
	Relationship string `json:"relationship,omitempty"`
	All          bool   `json:"all,omitempty"`
	// By is who says so.
	By string `json:"by,omitempty"`
}

// Untrack takes somebody out of one relationship, or of all when that is said
// explicitly. It is remembered: lists that go on naming them do not bring them back.
// It returns the relationships that they were in. Errors: tracking.ErrConfig when
// neither or both are said, ErrNotTracked when no list names them there.
func (s *Service) Untrack(ctx context.Context, p tracking.Person, r Removal) ([]string, error) {
	switch {
	case r.Relationship == "" && !r.All:
		return nil, &tracking.ConfigError{Field: "all", Text: "no relationship is named; name one, or say all=true to remove the person from all"}
	case r.Relationship != "" && r.All:
		return nil, &tracking.ConfigError{Field: "all", Text: "a relationship is named as well; want one or the other"}
	}
	keys, members, err := s.known(ctx, p.Keys())
	if err != nil {
		return nil, err
	}
	var out []string
	for _, m := range members {
		if (r.All || m.Relationship == r.Relationship) && !slices.Contains(out, m.Relationship) {
			out = append(out, m.Relationship)
		}
	}
	if len(out) == 0 {
		return nil, ErrNotTracked
	}
	slices.Sort(out)
	mark := tracking.NewMark(tracking.MarkUntracked, keys, r.Relationship)
	mark.By, mark.At = r.By, s.tick()
	if err := s.store.Mark(ctx, []tracking.Mark{mark}); err != nil {
		return nil, err
	}
	return out, s.resettle(ctx)
}

// Retrack takes back all that Untrack has said about somebody. Whoever is in a list
// is tracked again. The error is ErrNotTracked when nothing was said.
func (s *Service) Retrack(ctx context.Context, p tracking.Person) error {
	keys, _, err := s.known(ctx, p.Keys())
	if err != nil {
		return err
	}
	marks, err := s.store.Marks(ctx, tracking.MarkUntracked)
	if err != nil {
		return err
	}
	var ids []string
	for _, m := range marks {
		if overlap(tracking.Handles(keys), m.Keys) {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return ErrNotTracked
	}
	if err := s.store.Unmark(ctx, ids); err != nil {
		return err
	}
	return s.resettle(ctx)
}

// Erase forgets somebody: every list, what was tracked, what was decided about them.
// Their keys stay as tombstones, so that no list brings them back. The ledger keeps
// its events without them. It returns how much was removed; the error of somebody
// without keys is a tracking.ErrConfig.
func (s *Service) Erase(ctx context.Context, p tracking.Person) (int, error) {
	if len(p.Keys()) == 0 {
		return 0, &tracking.ConfigError{Field: "person", Text: "needs a record, profile or e-mail address, or name and company"}
	}
	return s.erase(ctx, p.Keys())
}

// erase is Erase for whomever keys name.
func (s *Service) erase(ctx context.Context, keys []string) (int, error) {
	keys, _, err := s.known(ctx, slices.Clone(keys))
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	stone := tracking.NewMark(tracking.MarkErased, s.tombstones(keys), "")
	// Who is erased again, when less is known of them, adds to the tombstones: none is
	// replaced.
	stone.ID = tracking.Digests([]string{strings.Join(stone.Keys, " ")})[0]
	stone.At = s.tick()
	if err := s.store.Mark(ctx, []tracking.Mark{stone}); err != nil {
		return 0, err
	}
	n, err := s.forget(ctx, keys)
	if err != nil || n == 0 { // most who ask to be forgotten are in no list: the others stand as they were
		return n, err
	}
	return n, s.resettle(ctx)
}

// forget ends the use of credits by whomever the keys reach, and removes them.
func (s *Service) forget(ctx context.Context, keys []string) (int, error) {
	digests := tracking.Digests(keys)
	tracked, err := s.store.TrackedAs(ctx, digests)
	if err != nil {
		return 0, err
	}
	var ends []tracking.Settlement
	for _, t := range tracked {
		if t.Until.IsZero() {
			ends = append(ends, t.End(s.tick()))
		}
	}
	if _, err := s.store.Settle(ctx, ends); err != nil {
		return 0, err
	}
	return s.store.Erase(ctx, append(digests, keys...))
}

// forgetAgain removes what an import brought in of people who were erased while it ran:
// more than erasures were there when it began.
func (s *Service) forgetAgain(ctx context.Context, erasures int) error {
	stones, err := s.store.Marks(ctx, tracking.MarkErased)
	if err != nil || len(stones) <= erasures {
		return err
	}
	erased := tracking.NewMarks(stones)
	var keys []string
	for m, err := range s.store.Members(ctx) {
		if err != nil {
			return err
		}
		if s.isErased(erased, m.Keys) {
			keys = append(keys, m.Keys...)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	_, err = s.forget(ctx, keys)
	return err
}

func (s *Service) isErased(erased *tracking.Marks, keys []string) bool {
	return !erased.Empty() && erased.Covers(s.tombstones(tracking.ErasedBy(keys)), "")
}

// known are all keys of the person to whom these lead, and the members that they are
// in. Keys that several share lead no further.
func (s *Service) known(ctx context.Context, keys []string) ([]string, []tracking.Member, error) {
	for {
		members, err := s.store.MembersOf(ctx, keys)
		if err != nil {
			return nil, nil, err
		}
		grown := false
		for _, m := range members {
			for _, k := range m.Keys {
				if !slices.Contains(keys, k) {
					keys = append(keys, k)
					grown = true
				}
			}
		}
		if !grown {
			return keys, members, nil
		}
	}
}

// resettle settles after something other than an import.
func (s *Service) resettle(ctx context.Context) error {
	if err := s.changed(ctx, func(state tracking.State) (tracking.State, error) { return state, nil }); err != nil {
		return err
	}
	_, err := s.settle(ctx)
	return err
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
