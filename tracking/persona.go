package tracking

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/matching"
)

// Persona is a named filter on people. Everything that it names must hold;
// what it leaves empty does not matter.
type Persona struct {
	Name string `json:"name" yaml:"name"`
	// Include and Exclude are phrases, found as whole words in a row after
	// normalisation (see NormalizeTitle). One include is enough, one exclude too
	// many: exclusions win, except over an include marked exact.
	Include []Phrase `json:"include,omitempty" yaml:"include"`
	Exclude []Phrase `json:"exclude,omitempty" yaml:"exclude"`
	// Seniority and Departments list what the title may be.
	Seniority   []Seniority  `json:"seniority,omitempty" yaml:"seniority"`
	Departments []Department `json:"departments,omitempty" yaml:"departments"`
	// Countries are ISO 3166 two-letter codes or names.
	Countries []string `json:"countries,omitempty" yaml:"countries"`
}

// Phrase is words to look for in a title. In JSON and YAML it is a text, or
// {text: …, exact: true}.
type Phrase struct {
	Text string `json:"text" yaml:"text"`
	// Exact asks that the phrase is the whole title.
	Exact bool `json:"exact,omitempty" yaml:"exact"`
}

// UnmarshalJSON reads a text or an object.
func (p *Phrase) UnmarshalJSON(data []byte) error {
	return p.decode(func(v any) error { return json.Unmarshal(data, v) })
}

// UnmarshalYAML reads a text or a mapping.
func (p *Phrase) UnmarshalYAML(unmarshal func(any) error) error { return p.decode(unmarshal) }

func (p *Phrase) decode(into func(any) error) error {
	var text string
	if into(&text) == nil {
		*p = Phrase{Text: text}
		return nil
	}
	type plain Phrase
	var full plain
	if err := into(&full); err != nil {
		return fmt.Errorf("tracking: phrase: want a text, or text and exact: %w", err)
	}
	*p = Phrase(full)
	return nil
}

// in reports whether the title holds the phrase.
func (p Phrase) in(title []string) bool {
	words := titleWords(p.Text)
	if p.Exact {
		return len(words) > 0 && slices.Equal(title, words)
	}
	return holds(title, words)
}

// Validate checks the persona. The error names the field that is wrong.
func (p Persona) Validate() error {
	place := fmt.Sprintf("tracking: persona %q", clip(p.Name))
	var errs []error
	if strings.TrimSpace(p.Name) == "" {
		errs = append(errs, errors.New("tracking: persona: name missing"))
	}
	if len(p.Include)+len(p.Exclude)+len(p.Seniority)+len(p.Departments)+len(p.Countries) == 0 {
		errs = append(errs, fmt.Errorf("%s: asks for nothing; want include, exclude, seniority, departments or countries", place))
	}
	for _, phrases := range [...][]Phrase{p.Include, p.Exclude} {
		for _, ph := range phrases {
			if len(titleWords(ph.Text)) == 0 {
				errs = append(errs, fmt.Errorf("%s: phrase %q has no words to look for", place, clip(ph.Text)))
			}
		}
	}
	for _, s := range p.Seniority {
		if s.Rank() == 0 {
			errs = append(errs, fmt.Errorf("%s: unknown seniority %q; allowed are %s", place, clip(string(s)), list(Seniorities())))
		}
	}
	for _, d := range p.Departments {
		if !slices.Contains(Departments(), d) {
			errs = append(errs, fmt.Errorf("%s: unknown department %q; allowed are %s", place, clip(string(d)), list(Departments())))
		}
	}
	for _, c := range p.Countries {
		if _, ok := matching.Country(c); !ok {
			errs = append(errs, fmt.Errorf("%s: unknown country %q; want a two-letter code or a name", place, clip(c)))
		}
	}
	return errors.Join(errs...)
}

// Match reports whether a person with that title in that country belongs to the
// persona, and why (not). The first row that applies decides:
//
//	title has no words, persona asks for titles   no   title_missing
//	title is an include marked exact              –    go on behind the includes
//	title holds an exclude                        no   excluded
//	includes exist, title holds none              no   not_included
//	seniority listed, title's is another          no   seniority_not_listed
//	departments listed, title names none of them  no   department_not_listed
//	countries listed, country not given           no   country_unknown
//	countries listed, country is another          no   country_not_listed
//	otherwise                                     yes  matched, matched_exact
func (p Persona) Match(title, country string) (bool, Reason) {
	words := titleWords(title)
	if len(words) == 0 && len(p.Include)+len(p.Exclude)+len(p.Seniority)+len(p.Departments) > 0 {
		return false, ReasonTitleMissing
	}
	fits := ReasonMatched
	in := func(ph Phrase) bool { return ph.in(words) }
	switch {
	case slices.ContainsFunc(p.Include, func(ph Phrase) bool { return ph.Exact && in(ph) }):
		fits = ReasonMatchedExact
	case slices.ContainsFunc(p.Exclude, in):
		return false, ReasonExcluded
	case len(p.Include) > 0 && !slices.ContainsFunc(p.Include, in):
		return false, ReasonNotIncluded
	}
	if len(p.Seniority) > 0 && !slices.Contains(p.Seniority, SeniorityOf(title)) {
		return false, ReasonSeniorityNotListed
	}
	if len(p.Departments) > 0 && !slices.ContainsFunc(DepartmentsOf(title), func(d Department) bool { return slices.Contains(p.Departments, d) }) {
		return false, ReasonDepartmentNotListed
	}
	if why, ok := p.country(country); !ok {
		return false, why
	}
	return true, fits
}

func (p Persona) country(country string) (Reason, bool) {
	switch {
	case len(p.Countries) == 0:
		return ReasonMatched, true
	case strings.TrimSpace(country) == "":
		return ReasonCountryUnknown, false
	case slices.ContainsFunc(p.Countries, func(c string) bool { return sameCountry(c, country) }):
		return ReasonMatched, true
	}
	return ReasonCountryNotListed, false
}

func sameCountry(a, b string) bool {
	x, okX := matching.Country(a)
	y, okY := matching.Country(b)
	if okX && okY {
		return x == y
	}
	return matching.Fold(a) == matching.Fold(b)
}

// FirstMatch returns the first persona that a person belongs to. When there is
// none the reason is that of the only persona, or no_persona for several.
func FirstMatch(personas []Persona, title, country string) (Persona, bool, Reason) {
	why := ReasonNoPersona
	for _, p := range personas {
		ok, reason := p.Match(title, country)
		if ok {
			return p, true, reason
		}
		if len(personas) == 1 {
			why = reason
		}
	}
	return Persona{}, false, why
}
