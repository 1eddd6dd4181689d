package filefeed

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// Options say how a file is to be understood.
type Options struct {
	// Name is the provider's: lower-case letters, digits and dashes; "file" if empty.
	Name string
	// Complete tells that the file lists everybody whom it knows of: who is not in it
	// is gone (tracking.ErrGone). Otherwise it says nothing of them.
	Complete bool
}

var feedName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

func (o *Options) check() error {
	if o.Name == "" {
		o.Name = "file"
	}
	if !feedName.MatchString(o.Name) {
		return fmt.Errorf("%w: name: want lower-case letters, digits and dashes, at most 40", ErrFile)
	}
	return nil
}

// Feed is a file that was read. It costs nothing to ask, never changes, and is safe
// for concurrent use.
type Feed struct {
	opt      Options
	profiles []tracking.Profile
	// index leads from a key of a person to the place in profiles; places from a name
	// of a company to all who are there.
	index    map[string]int
	places   map[string][]int
	problems []Problem
	rows     int
}

var _ tracking.Provider = (*Feed)(nil)

// Name is the provider's.
func (f *Feed) Name() string { return f.opt.Name }

// Problems are the rows that cannot be used, by line.
func (f *Feed) Problems() []Problem { return f.problems }

// Rows is the number of rows that count, People the number of people in them.
func (f *Feed) Rows() int { return f.rows }

// People is the number of people in the file.
func (f *Feed) People() int { return len(f.profiles) }

// add takes one row. A second row of a person adds a position.
func (f *Feed) add(line int, r row) {
	s, bad := r.read()
	if bad != nil {
		f.fail(line, bad.Column, bad.Message)
		return
	}
	f.rows++
	keys := s.person.Keys()
	at := -1
	for _, key := range keys {
		if i, ok := f.index[key]; ok && !contradict(f.profiles[i].Person, s.person) {
			at = i
			break
		}
	}
	if at < 0 {
		at = len(f.profiles)
		f.profiles = append(f.profiles, tracking.Profile{Person: s.person})
		if s.gone {
			f.profiles[at].Person.Company, f.profiles[at].Person.Title = matching.Company{}, ""
		}
	}
	p := &f.profiles[at]
	if s.gone {
		p.History = append(p.History, s.position)
	} else {
		if len(p.Current) == 0 {
			p.Person.Company, p.Person.Title = s.position.Company, s.position.Title
		}
		p.Current = append(p.Current, s.position)
	}
	if s.seen.After(p.SeenAt) {
		p.SeenAt = s.seen
	}
	for _, key := range keys {
		if _, ok := f.index[key]; !ok {
			f.index[key] = at
		}
	}
	f.place(at, s)
}

// contradict tells two people of one name apart: by their pages, else by their
// records.
func contradict(a, b tracking.Person) bool {
	x, okX := matching.LinkedInPerson(a.LinkedIn)
	y, okY := matching.LinkedInPerson(b.LinkedIn)
	return okX && okY && x != y || a.RecordID != "" && b.RecordID != "" && !crm.SameID(a.RecordID, b.RecordID)
}

// place notes who is at a company.
func (f *Feed) place(at int, s sighting) {
	if s.gone {
		return
	}
	if f.places == nil {
		f.places = map[string][]int{}
	}
	for _, name := range companyNames(s.position.Company) {
		if !slices.Contains(f.places[name], at) {
			f.places[name] = append(f.places[name], at)
		}
	}
}

// companyNames are the ways to name a company.
func companyNames(c matching.Company) []string {
	var out []string
	if c.AccountID != "" {
		out = append(out, "id:"+c.AccountID)
	}
	if d, ok := matching.ParseDomain(c.Domain); ok && d.Usable() {
		out = append(out, "domain:"+d.Registrable)
	}
	if slug, ok := matching.LinkedInCompany(c.LinkedIn); ok {
		out = append(out, "in:"+slug)
	}
	if key := matching.ParseCompany(c.Name).Key; key != "" {
		out = append(out, "name:"+key)
	}
	return out
}

// Refresh looks people up by their keys, the strongest first. Who is not in the
// file is ErrGone when the file is complete, else ErrUnknown.
func (f *Feed) Refresh(ctx context.Context, people []tracking.Person) (tracking.Refreshed, error) {
	if err := ctx.Err(); err != nil {
		return tracking.Refreshed{}, err
	}
	out := tracking.Refreshed{Answers: make([]tracking.Answer, len(people))}
	for i, person := range people {
		out.Answers[i] = f.answer(person)
	}
	return out, nil
}

func (f *Feed) answer(person tracking.Person) tracking.Answer {
	for _, key := range person.Keys() {
		if at, ok := f.index[key]; ok && !contradict(f.profiles[at].Person, person) {
			return tracking.Answer{Profile: f.profiles[at]}
		}
	}
	class := tracking.ErrUnknown
	if f.opt.Complete {
		class = tracking.ErrGone
	}
	return tracking.Answer{Err: &tracking.ProviderError{Provider: f.opt.Name, Op: "refresh", Class: class, Code: "not in the file"}}
}

// Find lists those at a company whom a persona holds for, in the order of the file.
func (f *Feed) Find(ctx context.Context, at matching.Company, persona tracking.Persona, limit int) (tracking.Found, error) {
	if err := ctx.Err(); err != nil {
		return tracking.Found{}, err
	}
	var places []int
	for _, name := range companyNames(at) {
		places = append(places, f.places[name]...)
	}
	slices.Sort(places)
	var out tracking.Found
	for _, i := range slices.Compact(places) {
		p := f.profiles[i]
		here := slices.IndexFunc(p.Current, func(c tracking.Position) bool {
			same, _ := matching.SameCompany(c.Company, at)
			return same == matching.SamenessSame
		})
		if here < 0 {
			continue
		}
		if ok, _ := persona.Match(p.Current[here].Title, p.Current[here].Company.Country); !ok {
			continue
		}
		if len(out.Profiles) >= limit {
			out.More = true
			break
		}
		out.Profiles = append(out.Profiles, p)
	}
	return out, nil
}
