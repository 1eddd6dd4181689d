package sponsor

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/onward-crm/onward/tracking"
)

// Erase forgets a person: every sponsor that is the person, with history and effects,
// and what is kept of them as a possible match of others. It follows their
// identifiers, but not a shared name and company, from one sponsor to the next. It
// tells how many sponsors are gone. What is in the CRM stays; so that nobody enrols
// the person again, keep a tombstone.
func (d *Desk) Erase(ctx context.Context, p tracking.Person) (int, error) {
	keys := cleanPerson(p).Keys()
	if len(keys) == 0 {
		return 0, invalid("erase", "person", "no record id, page, address, or name with company")
	}
	r, err := d.reached(ctx, keys)
	switch {
	case err != nil:
		return 0, err
	case r.doubtful:
		return 0, errNamesakes("erase")
	}
	return d.forget(ctx, r)
}

// KnownAs are the given keys (see [tracking.Person.Keys]) and all others of the person
// whom they name. The error is tracking.ErrNamesakes when they are a name that several
// people have there.
func (d *Desk) KnownAs(ctx context.Context, keys []string) ([]string, error) {
	r, err := d.reached(ctx, keys)
	if err == nil && r.doubtful {
		err = tracking.ErrNamesakes
	}
	return r.keys, err
}

// Forget is Erase for somebody given by keys, who may be no sponsor at all. It may be
// called again. The error of KnownAs is its too.
func (d *Desk) Forget(ctx context.Context, keys []string) error {
	r, err := d.reached(ctx, keys)
	switch {
	case err != nil:
		return err
	case r.doubtful:
		return tracking.ErrNamesakes
	}
	_, err = d.forget(ctx, r)
	return err
}

// reach is whom keys lead to.
type reach struct {
	// keys are all keys of the person, gone the sponsors that are the person.
	keys []string
	gone map[string]bool
	// known are all sponsors of whom something is kept under one of the keys.
	known []Sponsor
	// doubtful tells that the keys are a name that several people have there.
	doubtful bool
}

// reached follows keys from one sponsor to the next.
func (d *Desk) reached(ctx context.Context, keys []string) (reach, error) {
	r := reach{keys: slices.Clone(keys), gone: map[string]bool{}}
	if len(keys) == 0 {
		return r, nil
	}
	var err error
	if r.known, err = d.deps.Store.Known(ctx, keys); err != nil {
		return r, err
	}
	are, sure := whichAre(r.known, keys, Sponsor.self)
	if given := strong(keys); len(given) > 0 {
		// Somebody else may bear the name: whoever is known by more has to share more.
		are = slices.DeleteFunc(are, func(s Sponsor) bool {
			theirs := strong(s.self())
			return len(theirs) > 0 && !overlap(theirs, given)
		})
	} else {
		r.doubtful = !sure
	}
	leading := slices.Clone(keys)
	for before := -1; before != len(leading); {
		before = len(leading)
		for _, s := range are {
			r.gone[s.ID] = true
			leading, r.keys = add(leading, strong(s.self())...), add(r.keys, s.self()...)
		}
		if r.known, err = d.deps.Store.Known(ctx, r.keys); err != nil {
			return r, err
		}
		are = slices.DeleteFunc(slices.Clone(r.known), func(s Sponsor) bool { return !r.gone[s.ID] && !overlap(strong(s.self()), leading) })
	}
	return r, nil
}

// forget removes whom keys lead to.
func (d *Desk) forget(ctx context.Context, r reach) (int, error) {
	if err := d.deps.Store.Erase(ctx, slices.Sorted(maps.Keys(r.gone))); err != nil {
		return 0, err
	}
	others := slices.DeleteFunc(r.known, func(s Sponsor) bool { return r.gone[s.ID] })
	stripped, err := d.each(ctx, idsOf(others), "", func(e *edit) error { return e.forget(r.keys) })
	return len(r.gone), errors.Join(err, failures(stripped))
}

// failures joins the errors of several sponsors; one that is gone meanwhile is none.
func failures(out []outcome) error {
	var errs []error
	for _, o := range out {
		if o.err != nil && !errors.Is(o.err, ErrUnknown) {
			errs = append(errs, o.err)
		}
	}
	return errors.Join(errs...)
}
