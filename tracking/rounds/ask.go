package rounds

import (
	"context"
	"errors"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// answer is what all providers together say of a person.
type answer struct {
	profile  *tracking.Profile
	provider string
	// cut is why a provider could not be asked; while nobody knows the person, they
	// are asked for again later. failed is a failure about this person alone.
	cut    error
	failed error
}

// manyBroken is from how many failures among the people of one call on the provider is
// in trouble, and not they.
const manyBroken = 3

// asking is one run over the providers. Whoever refuses, or is in trouble, is not asked
// again in it.
type asking struct {
	*Rounds
	tired map[string]error
}

// asking begins a run: providers that asked to be left alone are.
func (r *Rounds) asking(ctx context.Context) (*asking, error) {
	works, err := r.deps.Store.Works(ctx)
	if err != nil {
		return nil, err
	}
	a := &asking{Rounds: r, tired: map[string]error{}}
	now := r.tick()
	for _, p := range r.deps.Providers {
		for _, w := range works {
			if w.Name == providerWork(p.Name()) && now.Before(w.Rest) {
				a.tired[p.Name()] = &tracking.ProviderError{
					Provider: p.Name(), Op: "rest", Class: tracking.ErrLimited, Code: "until " + w.Rest.Format(time.RFC3339), RetryAfter: w.Rest.Sub(now),
				}
			}
		}
	}
	return a, nil
}

// over tells that nobody can be asked any more.
func (a *asking) over() bool { return len(a.tired) == len(a.deps.Providers) }

// people asks for people, one provider after the other for those whom none before it
// knew.
func (a *asking) people(ctx context.Context, people []tracking.Person) ([]answer, error) {
	out := make([]answer, len(people))
	open := make([]int, len(people))
	for i := range open {
		open[i] = i
	}
	for _, p := range a.deps.Providers {
		if len(open) == 0 {
			break
		}
		var err error
		if open, err = a.one(ctx, p, question{people, out, open}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// question is who is asked for: the open ones among people, whose answers go to out.
type question struct {
	people []tracking.Person
	out    []answer
	open   []int
}

func (q question) cut(why error) []int {
	for _, at := range q.open {
		q.out[at].cut = why
	}
	return q.open
}

// one asks one provider for the open ones, and returns those whom it does not know.
func (a *asking) one(ctx context.Context, p tracking.Provider, q question) ([]int, error) {
	if why := a.tired[p.Name()]; why != nil {
		return q.cut(why), nil
	}
	asked := make([]tracking.Person, len(q.open))
	for i, at := range q.open {
		asked[i] = q.people[at]
	}
	got, err := p.Refresh(ctx, asked)
	if err == nil && len(got.Answers) != len(asked) {
		err = &tracking.ProviderError{Provider: p.Name(), Op: "refresh", Class: tracking.ErrBroken, Code: "answers are missing"}
	}
	if err != nil {
		return q.cut(err), a.rest(ctx, p.Name(), err)
	}
	broken := 0
	for _, answer := range got.Answers {
		if answer.Err != nil && !alone(answer.Err) && !refusing(answer.Err) {
			broken++
		}
	}
	var unknown []int
	var why error
	for i, at := range q.open {
		got := got.Answers[i]
		if got.Err == nil {
			q.out[at] = answer{profile: &got.Profile, provider: p.Name()}
			continue
		}
		unknown = append(unknown, at)
		switch {
		case alone(got.Err):
		case refusing(got.Err) || broken >= manyBroken || ctx.Err() != nil:
			q.out[at].cut, why = got.Err, got.Err
		default:
			q.out[at].failed = got.Err
		}
	}
	return unknown, a.rest(ctx, p.Name(), why)
}

// alone tells that the provider answered, and does not know the person.
func alone(err error) bool {
	return errors.Is(err, tracking.ErrGone) || errors.Is(err, tracking.ErrUnknown)
}

// refusing tells that the provider will answer nobody for now.
func refusing(err error) bool {
	return errors.Is(err, tracking.ErrLimited) || errors.Is(err, tracking.ErrBudget) || errors.Is(err, tracking.ErrDenied)
}

// providerWork is the name under which it stands until when a provider is left alone.
func providerWork(name string) string { return "provider/" + name }

// rest leaves a provider alone for this run, and everybody for as long as it asks.
func (a *asking) rest(ctx context.Context, name string, why error) error {
	if why == nil {
		return nil
	}
	a.tired[name] = why
	if !errors.Is(why, tracking.ErrLimited) {
		return nil
	}
	wait := DefaultRest
	if e, ok := errors.AsType[*tracking.ProviderError](why); ok && e.RetryAfter > 0 {
		wait = e.RetryAfter
	}
	return a.deps.Store.Change(context.WithoutCancel(ctx), providerWork(name), func(w Work) (Work, error) {
		w.Rest = a.tick().Add(wait)
		return w, nil
	})
}
