package rounds_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/target"
)

var start = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// world is a store, people who are tracked, and a clock that is moved by hand.
type world struct {
	*testing.T
	store     *rounds.Memory
	router    *router
	providers []tracking.Provider
	people    []tracking.Person
	plan      rounds.Plan
	open      rounds.Source
	erased    func(context.Context, []tracking.Person) ([]bool, error)
	match     func(context.Context, []matching.Company) ([]matching.AccountMatch, error)
	now       time.Time
	batch     int
}

func newWorld(t *testing.T, providers ...tracking.Provider) *world {
	return &world{T: t, store: new(rounds.Memory), router: &router{}, providers: providers, now: start, batch: 2}
}

// rounds are made anew each time: a process that begins.
func (w *world) rounds() *rounds.Rounds {
	w.Helper()
	r, err := rounds.New(w.plan, rounds.Deps{
		Store: w.store, Router: w.router, Providers: w.providers, Open: w.open, Erased: w.erased, Match: w.match,
		People: func(context.Context, string) iter.Seq2[tracking.Person, error] {
			return func(yield func(tracking.Person, error) bool) {
				for _, p := range w.people {
					if !yield(p, nil) {
						return
					}
				}
			}
		},
	}, &rounds.Options{Now: func() time.Time { return w.now }, Batch: w.batch})
	w.ok(err)
	return r
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) later(d time.Duration) { w.now = w.now.Add(d) }

var users = tracking.Relationship{ID: "user", Name: "User"}

func (w *world) refresh() (rounds.Refreshed, error) {
	w.Helper()
	return w.rounds().Refresh(w.Context(), users, nil)
}

func at(name, company string) tracking.Person {
	return tracking.Person{
		FirstName: name, LastName: "Lee", Emails: []string{strings.ToLower(name) + "@example.org"}, Title: "Director of Sales",
		Company: matching.Company{Name: company, Domain: strings.ToLower(company) + ".com"},
	}
}

// router takes what it gets, as the real one judges it by title and company alone.
type router struct {
	looks []rounds.Look
	hires []rounds.Hire
	down  error
	bad   string // the last name of a hire that can never be taken
}

func (r *router) Looks(_ context.Context, looks []rounds.Look) ([]rounds.Verdict, error) {
	if r.down != nil {
		return nil, r.down
	}
	out := make([]rounds.Verdict, len(looks))
	for i, l := range looks {
		r.looks = append(r.looks, l)
		main := l.Profile.Main()
		switch {
		case main == nil:
			mark := "left|" + l.Person.Company.Name
			out[i] = rounds.Verdict{Fresh: true, Kind: tracking.Left, Stays: true, Mark: mark, Taken: !slices.Contains(l.Told, mark)}
		case main.Company.Name != l.Person.Company.Name:
			out[i] = rounds.Verdict{Fresh: true, Kind: tracking.Moved, Taken: true}
		default:
			out[i] = rounds.Verdict{Fresh: true, Reason: "unchanged"}
		}
	}
	return out, nil
}

func (r *router) Hires(_ context.Context, hires []rounds.Hire) ([]error, error) {
	if r.down != nil {
		return nil, r.down
	}
	errs := make([]error, len(hires))
	for i, h := range hires {
		if h.Person.LastName == r.bad {
			errs[i] = errors.New("makes no event")
			continue
		}
		r.hires = append(r.hires, h)
	}
	return errs, nil
}

// hired are the last names of those who were handed on, in the order of the alphabet.
func (r *router) hired() []string {
	var out []string
	for _, h := range r.hires {
		out = append(out, h.Person.LastName)
	}
	slices.Sort(out)
	return out
}

// provider knows some people by first name, and fails when it is told to.
type provider struct {
	name  string
	knows map[string]tracking.Profile
	// fail gives the failure about a person; asked counts those who were asked for.
	fail  func(p tracking.Person) error
	asked map[string]int
	down  error
	// staff are the people at a company, by its account; searched counts the searches.
	staff    map[string][]tracking.Profile
	searched map[string]int
	deny     func(account string) error
	credits  int
}

func (p *provider) Name() string { return p.name }

func (p *provider) Refresh(ctx context.Context, people []tracking.Person) (tracking.Refreshed, error) {
	if p.down != nil {
		return tracking.Refreshed{}, p.down
	}
	if p.asked == nil {
		p.asked = map[string]int{}
	}
	out := tracking.Refreshed{Answers: make([]tracking.Answer, len(people))}
	for i, person := range people {
		if p.fail != nil {
			if err := p.fail(person); err != nil {
				out.Answers[i].Err = err
				continue
			}
		}
		p.asked[person.FirstName]++
		profile, ok := p.knows[person.FirstName]
		out.Answers[i].Profile = profile
		if !ok {
			out.Answers[i].Err = p.failure(tracking.ErrUnknown)
		}
	}
	return out, ctx.Err()
}

func (p *provider) Find(_ context.Context, c matching.Company, persona tracking.Persona, limit int) (tracking.Found, error) {
	if p.searched == nil {
		p.searched = map[string]int{}
	}
	if p.deny != nil {
		if err := p.deny(c.AccountID); err != nil {
			return tracking.Found{More: true}, err
		}
	}
	p.searched[c.AccountID]++
	out := tracking.Found{Credits: p.credits}
	for _, profile := range p.staff[c.AccountID] {
		if ok, _ := persona.Match(profile.Person.Title, ""); ok && len(out.Profiles) < limit {
			out.Profiles = append(out.Profiles, profile)
		}
	}
	return out, nil
}

func (p *provider) failure(class error) error {
	return &tracking.ProviderError{Provider: p.name, Op: "refresh", Class: class}
}

func profileOf(person tracking.Person) tracking.Profile {
	return tracking.Profile{Person: person, SeenAt: start, Current: []tracking.Position{{Company: person.Company, Title: person.Title, Current: true}}}
}

// accounts are the ids of watched accounts.
const (
	acme = "001000000000001AAA"
	beta = "001000000000002AAA"
	gama = "001000000000003AAA"
)

// watch makes a plan with one file that lists accounts, and loads it.
func (w *world) watch(ids ...string) {
	w.Helper()
	w.plan.Reports = []target.Report{{ID: "key", File: "key.csv", Category: target.CategoryTarget}}
	w.open = func(context.Context, target.Report) (rounds.Sheet, error) {
		return rounds.Sheet{Header: []string{"Account ID", "Account Name"}, Rows: func(yield func([]string, error) bool) {
			for i, id := range ids {
				if !yield([]string{id, fmt.Sprint("Company ", i)}, nil) {
					return
				}
			}
		}}, nil
	}
	_, err := w.rounds().Reread(w.Context())
	w.ok(err)
}

func (w *world) loaded() *rounds.Rounds {
	w.Helper()
	r := w.rounds()
	w.ok(r.LoadBook(w.Context()))
	return r
}

func staff(account, name, title string) tracking.Profile {
	return profileOf(tracking.Person{
		FirstName: "Ann", LastName: name, LinkedIn: "linkedin.com/in/" + strings.ToLower(name), Title: title,
		Company: matching.Company{AccountID: account, Name: "Somewhere"},
	})
}
