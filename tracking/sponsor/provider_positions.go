package sponsor

import (
	"context"
	"errors"
	"strings"

	"github.com/onward-crm/onward/tracking"
)

// NewProvider makes a Provider of sources that know where people are. They are asked
// one after the other, the next for those whom the one before does not know. What
// comes of a person is the first row that holds:
//
//	a source has the profile                            that profile, of the first one
//	a source wants no more calls, or its budget is used ErrLimited
//	a source is in trouble                              ErrBroken
//	a source says that the profile is gone              ErrGone
//	no source can tell, or there is none                nobody found; of a known profile, ErrBroken
//
// So one source's word that a profile is gone counts only when no other was prevented
// from answering (SP07).
func NewProvider(sources ...tracking.Provider) Provider { return positions{sources} }

// positions is a Provider over sources of positions.
type positions struct{ sources []tracking.Provider }

// Find looks the person up everywhere: every source that knows somebody has a
// candidate.
func (p positions) Find(ctx context.Context, who tracking.Person) ([]Profile, error) {
	var found []Profile
	var failure error
	for _, source := range p.sources {
		answers, err := ask(ctx, source, []tracking.Person{who})
		if err != nil {
			return nil, err
		}
		if a := answers[0]; a.Err == nil {
			found = append(found, a.Profile)
		} else {
			failure = graver(failure, a.Err)
		}
	}
	if len(found) > 0 || errors.Is(failure, errCannotTell) {
		return found, nil
	}
	return nil, failure
}

// Refresh asks each source for those whom none before it knew.
func (p positions) Refresh(ctx context.Context, ps []tracking.Person) ([]Refreshed, error) {
	out := make([]Refreshed, len(ps))
	left := make([]int, len(ps))
	for i := range ps {
		left[i], out[i].Err = i, errCannotTell
	}
	for _, source := range p.sources {
		if len(left) == 0 {
			break
		}
		some := make([]tracking.Person, len(left))
		for j, i := range left {
			some[j] = ps[i]
		}
		answers, err := ask(ctx, source, some)
		if err != nil {
			return nil, err
		}
		var unknown []int
		for j, i := range left {
			if answers[j].Err == nil {
				out[i] = answers[j]
				continue
			}
			out[i].Err = graver(out[i].Err, answers[j].Err)
			unknown = append(unknown, i)
		}
		left = unknown
	}
	return out, nil
}

// errCannotTell is ErrBroken too: not to know a person is no news of them.
var errCannotTell = &Error{Op: "refresh", Class: ErrBroken, Detail: "no source knows the person"}

// ask asks one source; a call that failed as a whole is everybody's failure. The error
// is the context's.
func ask(ctx context.Context, source tracking.Provider, ps []tracking.Person) ([]Refreshed, error) {
	got, failure := source.Refresh(ctx, ps)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := make([]Refreshed, len(ps))
	for i := range ps {
		switch {
		case failure != nil:
			out[i].Err = errorOf(failure)
		case i >= len(got.Answers):
			out[i].Err = ErrBroken
		case got.Answers[i].Err != nil:
			out[i].Err = errorOf(got.Answers[i].Err)
		default:
			out[i].Profile = profileOf(got.Answers[i].Profile)
		}
	}
	return out, nil
}

// errorOf is a source's error in this package's classes.
func errorOf(err error) error {
	switch {
	case errors.Is(err, tracking.ErrGone):
		return ErrGone
	case errors.Is(err, tracking.ErrLimited), errors.Is(err, tracking.ErrBudget):
		return ErrLimited
	case errors.Is(err, tracking.ErrUnknown):
		return errCannotTell
	}
	return ErrBroken
}

// graver is the one of two failures that counts; see NewProvider.
func graver(a, b error) error {
	for _, class := range []error{ErrLimited, ErrBroken, ErrGone} {
		for _, err := range []error{a, b} {
			if errors.Is(err, class) && !errors.Is(err, errCannotTell) {
				return err
			}
		}
	}
	return errCannotTell
}

// profileOf is where a source sees a person, as a sponsor's profile. The main position
// counts; a source that knows none says nothing of company and title.
func profileOf(p tracking.Profile) Profile {
	out := Profile{Person: p.Person, SeenAt: p.SeenAt}
	main := p.Main()
	if main == nil {
		return out
	}
	out.Person.Company, out.Person.Title = main.Company, main.Title
	if out.Person.Company.Since.IsZero() {
		out.Person.Company.Since = main.StartedOn
	}
	var place []string
	for _, part := range []string{main.Company.City, main.Company.State, main.Company.Country} {
		if part != "" {
			place = append(place, part)
		}
	}
	out.Location = strings.Join(place, ", ")
	return out
}
