package contacts

import (
	"context"
	"slices"

	"github.com/onward-crm/onward/tracking"
)

// Stamp tells under which relationship a delivery about somebody counts: the
// highest-ranked one that they are tracked under; false when they are not tracked.
func (s *Service) Stamp(ctx context.Context, p tracking.Person) (tracking.Relationship, bool, error) {
	stamps, err := s.Stamps(ctx, [][]string{p.Keys()})
	if err != nil || stamps[0] == (tracking.Stamp{}) {
		return tracking.Relationship{}, false, err
	}
	state, err := s.store.State(ctx)
	i := slices.IndexFunc(state.Relationships, func(r tracking.Relationship) bool { return r.ID == stamps[0].Relationship })
	if err != nil || i < 0 { // taken out at this moment
		return tracking.Relationship{}, false, err
	}
	return state.Relationships[i], true, nil
}

// Stamps is Stamp for many people at once, each given by their keys as
// [tracking.Person.Keys] makes them, positionally. Nobody's stamp is the zero one. It
// makes [Service] the roster that a routing.Engine asks.
func (s *Service) Stamps(ctx context.Context, people [][]string) ([]tracking.Stamp, error) {
	out := make([]tracking.Stamp, len(people))
	digests := make([][]string, len(people))
	var all []string
	for i, keys := range people {
		digests[i] = tracking.Digests(keys)
		all = append(all, digests[i]...)
	}
	if len(all) == 0 {
		return out, nil
	}
	state, err := s.store.State(ctx)
	if err != nil {
		return nil, err
	}
	slices.Sort(all)
	found, err := s.store.TrackedAs(ctx, slices.Compact(all))
	if err != nil {
		return nil, err
	}
	known := map[string][]tracking.Tracked{}
	for _, t := range found {
		for _, d := range t.Keys {
			known[d] = append(known[d], t)
		}
	}
	for i, keys := range people {
		strong := tracking.Digests(tracking.Handles(keys))
		var may []tracking.Tracked
		for _, d := range digests[i] {
			may = append(may, known[d]...)
		}
		out[i] = highest(state.Relationships, may, strong)
	}
	return out, nil
}

// highest is the stamp of the highest-ranked of those whom a person may be. A name is
// enough only for somebody of whom nothing else is known.
func highest(ranked []tracking.Relationship, may []tracking.Tracked, strong []string) tracking.Stamp {
	for _, r := range ranked {
		for _, t := range may {
			is := len(t.Keys) == 1 || overlap(strong, t.Keys)
			if is && t.Until.IsZero() && t.Relationship == r.ID {
				return tracking.Stamp{Person: t.ID, Relationship: r.ID, Name: r.Name}
			}
		}
	}
	return tracking.Stamp{}
}

// Spend records what deliveries have used of job-change credits, and what they gave
// back, under the relationship that their decision was stamped with. A delivery that
// was recorded before changes nothing, and one that never used a credit gives none
// back.
func (s *Service) Spend(ctx context.Context, spent []tracking.Spending) error {
	var events []tracking.Credit
	back := map[string]tracking.Spending{}
	for _, one := range spent {
		if c, used := tracking.JobChange(one); used {
			events = append(events, c)
		}
		if one.Returned > 0 {
			back[tracking.JobChangeID(one.Delivery)] = one
		}
	}
	if len(back) > 0 { // rarely: an operator has taken a decision back
		for c, err := range s.store.Credits(ctx, "") {
			if err != nil {
				return err
			}
			if one, ok := back[c.ID]; ok {
				events = append(events, c.GivenBack(one.At))
			}
		}
	}
	if len(events) == 0 {
		return nil
	}
	return s.store.Spend(ctx, events)
}

// KnownAs are the given keys and all others of the person to whom they lead. Keys that
// several people share lead no further.
func (s *Service) KnownAs(ctx context.Context, keys []string) ([]string, error) {
	all, _, err := s.known(ctx, slices.Clone(keys))
	return all, err
}

// Forget is Erase for somebody given by keys. It may be called again.
func (s *Service) Forget(ctx context.Context, keys []string) error {
	_, err := s.erase(ctx, keys)
	return err
}
