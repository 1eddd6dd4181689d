package tracking

import (
	"fmt"
	"strings"
)

// PersonaAnswer is what a persona says of a person, for people to read.
type PersonaAnswer struct {
	Persona string `json:"persona"`
	Match   bool   `json:"match"`
	Reason  Reason `json:"reason"`
	// Clause is the part of the persona that decided, such as `exclude "assistant"`.
	Clause string `json:"clause,omitempty"`
}

// Explain is Match with the clause that decided.
func (p Persona) Explain(title, country string) PersonaAnswer {
	a := PersonaAnswer{Persona: p.Name}
	a.Match, a.Reason = p.Match(title, country)
	switch a.Reason {
	case ReasonExcluded:
		a.Clause = clauseOf("exclude", p.Exclude, title)
	case ReasonNotIncluded:
		texts := make([]string, len(p.Include))
		for i, ph := range p.Include {
			texts[i] = quoted(ph)
		}
		a.Clause = "include " + strings.Join(texts, ", ")
	case ReasonMatched, ReasonMatchedExact:
		a.Clause = clauseOf("include", p.Include, title)
	case ReasonSeniorityNotListed:
		a.Clause = "seniority " + list(p.Seniority)
	case ReasonDepartmentNotListed:
		a.Clause = "departments " + list(p.Departments)
	case ReasonCountryNotListed, ReasonCountryUnknown:
		a.Clause = "countries " + strings.Join(p.Countries, ", ")
	}
	return a
}

// clauseOf is the first of the phrases that a title holds, one that is the whole title
// before all others; "" for none.
func clauseOf(clause string, phrases []Phrase, title string) string {
	words := titleWords(title)
	for _, exact := range []bool{true, false} {
		for _, ph := range phrases {
			if ph.Exact == exact && ph.in(words) {
				return clause + " " + quoted(ph)
			}
		}
	}
	return ""
}

func quoted(p Phrase) string {
	if p.Exact {
		return fmt.Sprintf("%q (exact)", p.Text)
	}
	return fmt.Sprintf("%q", p.Text)
}
