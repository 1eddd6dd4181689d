package target

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// Prospect is somebody whom a provider found at a watched account.
type Prospect struct {
	Person    tracking.Person `json:"person"`
	AccountID string          `json:"account_id"`
	// Persona is the name of the one that fits; Choose fills it in.
	Persona string `json:"persona,omitempty"`
	// StartedOn is the first day at the company, zero when it is not known, Source the
	// provider, FoundAt the time when the person was found first.
	StartedOn time.Time `json:"started_on,omitzero"`
	Source    string    `json:"source,omitempty"`
	FoundAt   time.Time `json:"found_at,omitzero"`
}

// Why a prospect is not delivered.
const (
	// ReasonNotWatched: the account is in no report, or no longer.
	ReasonNotWatched tracking.Reason = "not_watched"
	// ReasonNotSearched: its reports do not ask for people, or it is disqualified
	// (AT03).
	ReasonNotSearched tracking.Reason = "not_searched"
	// ReasonNoKey: nothing tells the person from others.
	ReasonNoKey tracking.Reason = "no_key"
	// ReasonKnown: delivered before.
	ReasonKnown tracking.Reason = "known"
	// ReasonSettled: at the company since before the round's Since.
	ReasonSettled tracking.Reason = "settled"
)

// Refusal is a prospect who is not delivered, now or later. Reason is one of this
// package or one of tracking's reasons of a persona.
type Refusal struct {
	Prospect Prospect        `json:"prospect"`
	Reason   tracking.Reason `json:"reason"`
}

// Round is one run over the watched accounts.
type Round struct {
	Book *Book
	// Personas are ranked, best first. None at all means that every title will do.
	Personas []tracking.Persona
	// PerAccount is the greatest number of people delivered for one account, where its
	// reports say nothing else; Total the greatest of the whole run. 0 means no cap.
	PerAccount int
	Total      int
	// Since is the first day on which somebody may have begun at the company, where that
	// is known: who began before is no news. Zero means any.
	Since time.Time
	// Known tells who was delivered before; nil means nobody. Without it the best
	// three would be delivered, and use up the cap, in every run.
	Known func(tracking.Person) bool
}

// Choice is what a round comes to. Delivered and Carried are in order of rank: the
// rank of the persona, then the higher title, then who was found first.
type Choice struct {
	Delivered []Prospect `json:"delivered"`
	// Carried are the good ones above a cap: pass them to the next round.
	Carried []Prospect `json:"carried"`
	Refused []Refusal  `json:"refused,omitempty"`
}

// Choose takes those carried over from the last round and those found in this one.
// Who is named twice, by any key of the person, counts once, as first found. The
// order of the lists does not matter. It is pure.
func (r Round) Choose(carried, found []Prospect) Choice {
	var c Choice
	var fit []*candidate
	met := acquaintances{}
	for _, p := range inOrder(carried, found) {
		if met.admit(p.Person, p.keys) {
			continue
		}
		why := r.refuse(p)
		if why == "" {
			why = r.rank(p)
		}
		if why != "" {
			c.Refused = append(c.Refused, Refusal{Prospect: p.Prospect, Reason: why})
			continue
		}
		fit = append(fit, p)
	}
	slices.SortStableFunc(fit, better)
	r.share(fit, &c)
	return c
}

// candidate is a prospect with what the order goes by.
type candidate struct {
	Prospect
	keys []string
	// place is that of the persona, title the rank of the title.
	place, title int
}

// inOrder puts all prospects in the order in which they were found.
func inOrder(lists ...[]Prospect) []*candidate {
	var out []*candidate
	for _, list := range lists {
		for _, p := range list {
			out = append(out, &candidate{Prospect: p, keys: p.Person.Keys()})
		}
	}
	slices.SortStableFunc(out, older)
	return out
}

// acquaintances are the people met so far, by their keys.
type acquaintances map[string][]tracking.Person

// admit notes a person and reports whether they were met before, under any key.
// Namesakes at one company share a key: another page tells them apart.
func (a acquaintances) admit(p tracking.Person, keys []string) (met bool) {
	page, known := matching.LinkedInPerson(p.LinkedIn)
	for _, key := range keys {
		met = met || slices.ContainsFunc(a[key], func(other tracking.Person) bool {
			theirs, ok := matching.LinkedInPerson(other.LinkedIn)
			return !known || !ok || page == theirs
		})
	}
	for _, key := range keys {
		a[key] = append(a[key], p)
	}
	return met
}

// refuse names what speaks against a prospect beside the title.
func (r Round) refuse(p *candidate) tracking.Reason {
	w, watched := r.Book.Watched(p.AccountID)
	switch {
	case len(p.keys) == 0:
		return ReasonNoKey
	case !watched:
		return ReasonNotWatched
	case !w.Searched():
		return ReasonNotSearched
	case !p.StartedOn.IsZero() && p.StartedOn.Before(r.Since):
		return ReasonSettled
	case r.Known != nil && r.Known(p.Person):
		return ReasonKnown
	}
	return ""
}

// rank finds the first persona that fits and counts at the account; the reason says
// why there is none.
func (r Round) rank(p *candidate) tracking.Reason {
	p.title, p.Persona = tracking.TitleRank(p.Person.Title), ""
	if len(r.Personas) == 0 {
		return ""
	}
	w, _ := r.Book.Watched(p.AccountID)
	persona, ok, why := tracking.FirstMatch(Counting(r.Personas, w.Personas()), p.Person.Title, p.Person.Company.Country)
	if !ok {
		return why
	}
	p.Persona = persona.Name
	p.place = slices.IndexFunc(r.Personas, func(x tracking.Persona) bool { return x.Name == persona.Name })
	return ""
}

// Counting are the personas of those names, in their own order; nil names mean
// all.
func Counting(personas []tracking.Persona, names []string) []tracking.Persona {
	if names == nil {
		return personas
	}
	return slices.DeleteFunc(slices.Clone(personas), func(p tracking.Persona) bool { return !slices.Contains(names, p.Name) })
}

// share gives the places of the round to the best.
func (r Round) share(fit []*candidate, c *Choice) {
	taken := map[string]int{}
	for _, p := range fit {
		w, _ := r.Book.Watched(p.AccountID)
		limit := w.cap(r.PerAccount)
		if limit > 0 && taken[p.AccountID] >= limit || r.Total > 0 && len(c.Delivered) >= r.Total {
			c.Carried = append(c.Carried, p.Prospect)
			continue
		}
		taken[p.AccountID]++
		c.Delivered = append(c.Delivered, p.Prospect)
	}
}

// better orders prospects, the best first, and as they were found where nothing else
// tells them apart.
func better(a, b *candidate) int {
	return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(b.title, a.title), older(a, b))
}

// older orders by the time of finding, and then by everything that names the
// person.
func older(a, b *candidate) int {
	if c := a.FoundAt.Compare(b.FoundAt); c != 0 {
		return c
	}
	if c := strings.Compare(a.AccountID, b.AccountID); c != 0 {
		return c
	}
	if c := slices.Compare(a.keys, b.keys); c != 0 {
		return c
	}
	return strings.Compare(a.Person.Title, b.Person.Title)
}
