package sponsor

import (
	"fmt"
	"slices"
	"time"
)

// start begins the search, with a page when somebody knows it.
func (e *edit) start(on Event, linkedIn string) error {
	page, ok := pageOf(linkedIn)
	if linkedIn != "" && !ok {
		return invalid("start", "linkedin", "not the public page of a person, such as https://www.linkedin.com/in/name")
	}
	if err := e.move(on); err != nil {
		return err
	}
	e.due(e.now)
	if linkedIn == "" {
		return nil
	}
	before := e.s.Person.Keys()
	e.s.Person.LinkedIn = page
	e.remember(before)
	return nil
}

// remember keeps the identifiers that the person has no more.
func (e *edit) remember(before []string) {
	now := e.s.Person.Keys()
	for _, k := range before {
		if !slices.Contains(now, k) {
			e.s.Former = add(e.s.Former, k)
		}
	}
}

// searched takes up what a search found. With nothing to suggest the search goes on
// until its time is over.
func (e *edit) searched(found []Profile) error {
	out := proposals(e.s, found)
	if len(out) == 0 {
		if e.now.Sub(e.s.Since) < e.rules.GiveUpAfter {
			e.due(e.now.Add(e.rules.SearchEvery))
			return nil
		}
		e.due(never)
		return e.move(EventNoneFound)
	}
	for i := range out {
		out[i] = e.dated(out[i])
	}
	e.s.Candidates = out
	e.due(never)
	return e.move(EventFound)
}

// candidate finds a suggested profile by its key; "" is the only one there is.
func (e *edit) candidate(op Event, key string) (int, error) {
	if key == "" && len(e.s.Candidates) == 1 {
		return 0, nil
	}
	if key == "" && len(e.s.Candidates) > 1 {
		return -1, &Error{Op: string(op), Class: errSeveral}
	}
	i := slices.IndexFunc(e.s.Candidates, func(p Profile) bool { return p.Key() == key })
	if i < 0 {
		return -1, &Error{Op: string(op), Class: errNotSuggested}
	}
	return i, nil
}

// track chooses a profile. The profile that was chosen already is no error.
func (e *edit) track(on Event, key string) error {
	chosen := e.s.Status == Tracked || e.s.Status == TrackingInProgress
	if chosen && (key == "" || key == e.s.Chosen) {
		return nil
	}
	if _, err := e.s.Status.Next(on); err != nil {
		return err
	}
	i, err := e.candidate(on, key)
	if err != nil {
		return err
	}
	p := e.s.Candidates[i]
	if err := e.move(on); err != nil {
		return err
	}
	e.s.Person = adopt(e.s.Person, p.Person)
	e.s.Chosen, e.s.Seen, e.s.Candidates = p.Key(), p, nil
	if e.s.Status == TrackingInProgress {
		e.due(e.now)
		return nil
	}
	e.begin()
	return nil
}

// settle ends a choice that was made for many.
func (e *edit) settle() error {
	if err := e.move(EventSettled); err != nil {
		return err
	}
	e.begin()
	return nil
}

// begin compares the record with the profile as it was when it was suggested. How
// old that is decides when it is read again.
func (e *edit) begin() {
	seen := e.s.Seen
	e.observe(seen, nil)
	e.s.RefreshedAt = seen.SeenAt
	e.due(seen.SeenAt.Add(e.rules.RefreshEvery))
}

// remove passes over one suggested profile; the last one makes the sponsor
// untracked. "" is all of them. One that is not suggested any more is no error.
func (e *edit) remove(key string) error {
	known := slices.Contains(e.s.Passed, key)
	if e.s.Status == Untracked && (key == "" || known) || e.s.Status == MatchFound && known {
		return nil
	}
	if _, err := e.s.Status.Next(EventRemove); err != nil {
		return err
	}
	if key == "" {
		e.pass(e.s.Candidates...)
	} else {
		i, err := e.candidate(EventRemove, key)
		if err != nil {
			return err
		}
		e.pass(e.s.Candidates[i])
	}
	if len(e.s.Candidates) > 0 {
		return nil
	}
	return e.move(EventRemove)
}

// findNewMatch passes over all that was suggested and searches again.
func (e *edit) findNewMatch() error {
	candidates := e.s.Candidates
	if err := e.move(EventFindNewMatch); err != nil {
		return err
	}
	e.pass(candidates...)
	e.due(e.now)
	return nil
}

// pass remembers that profiles are not the person's, by every identifier that they
// have and the person has not. A page that was taken for the person's is so no more.
// The history does not name them: they are somebody else.
func (e *edit) pass(ps ...Profile) {
	before := e.s.Person.Keys()
	for _, p := range slices.Clone(ps) {
		key := p.Key()
		others := slices.DeleteFunc(strong(p.Person.Keys()), func(k string) bool { return slices.Contains(before, k) })
		e.s.Passed = add(e.s.Passed, append(others, key)...)
		e.s.Candidates = slices.DeleteFunc(e.s.Candidates, func(c Profile) bool { return c.Key() == key })
		e.write(Entry{Act: ActPassed})
		if key == (Profile{Person: e.s.Person}).Key() && e.s.Person.LinkedIn != "" {
			e.s.Person.LinkedIn = ""
		}
	}
}

// stop ends the following. What was learned of wrong profiles and rejected values,
// and the updates that wait, stay.
func (e *edit) stop() error {
	if e.s.Status == Untracked {
		return nil
	}
	if err := e.move(EventStop); err != nil {
		return err
	}
	e.forgetProfile()
	return nil
}

func (e *edit) forgetProfile() {
	e.s.Candidates, e.s.Chosen, e.s.Seen = nil, "", Profile{}
	e.s.Misses = 0
	e.due(never)
}

// refreshed takes up what a refresh read, however old the provider says it is.
func (e *edit) refreshed(p Profile, held *Record) {
	e.observe(p, held)
	e.s.RefreshedAt, e.s.Misses = e.now, 0
	e.due(e.now.Add(e.rules.RefreshEvery))
}

// forget removes what is kept of somebody else as a possible match. With the last
// suggestion gone the search begins again.
func (e *edit) forget(keys []string) error {
	before := len(e.s.Candidates) + len(e.s.Passed)
	e.s.Candidates = slices.DeleteFunc(e.s.Candidates, func(p Profile) bool {
		theirs := p.Person.Keys()
		return overlap(strong(theirs), keys) || alike(theirs, keys)
	})
	e.s.Passed = slices.DeleteFunc(e.s.Passed, func(k string) bool { return slices.Contains(keys, k) })
	e.changed = before != len(e.s.Candidates)+len(e.s.Passed)
	if e.s.Status != MatchFound || len(e.s.Candidates) > 0 {
		return nil
	}
	e.due(e.now)
	return e.move(EventFindNewMatch)
}

// missed counts a confirmation that the profile is gone; the second in a row disables.
func (e *edit) missed() error {
	e.s.Misses++
	if e.s.Misses < missesToDisable {
		e.due(e.now.Add(e.rules.ConfirmAfter))
		return nil
	}
	e.due(never)
	return e.move(EventGone)
}

// putOff tries again later what could not be done.
func (e *edit) putOff() error {
	e.due(e.now.Add(e.rules.RetryAfter))
	return nil
}

// missesToDisable is how many confirmations in a row disable.
const missesToDisable = 2

// The two ways in which a profile cannot be chosen.
var (
	errSeveral      = fmt.Errorf("%w: several profiles are suggested, name one", ErrRefused)
	errNotSuggested = fmt.Errorf("%w: that profile is not suggested", ErrRefused)
)

// never is no time at which something is due.
var never time.Time
