// Package sighting makes events of what providers see: of a person who was followed,
// when they are no longer where they were seen last, and of somebody new at an account
// that is watched. It is pure; what it makes goes to [routing.Engine] like any other
// report, and a move that several providers and a webhook report is one move there.
package sighting

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

// Source is the source of all events of this package.
const Source = "tracking"

// ProviderKey is the name in Event.Custom under which the provider stands.
const ProviderKey = "provider"

// Reason says why there is an event, or none.
type Reason string

// The reasons.
const (
	// ReasonSeen: something changed that concerns routing.
	ReasonSeen Reason = "seen"
	// ReasonUnchanged: the person is where they were, as what they were; a company that
	// is only spelled otherwise is no change.
	ReasonUnchanged Reason = "unchanged"
	// ReasonStranger: the profile is another person's.
	ReasonStranger Reason = "stranger"
	// ReasonNoPosition: the provider knows no present position, and nothing says that
	// the last one has ended. Not to know is not to have left.
	ReasonNoPosition Reason = "no_position"
	// ReasonOlder: the provider saw the person before we last did.
	ReasonOlder Reason = "older"
)

// Last is where a followed person was seen last.
type Last struct {
	// Person is the one followed, with the company, title and account of then.
	Person tracking.Person
	// SeenAt is when that was; zero if unknown.
	SeenAt time.Time
	// Relationship is the winning one.
	Relationship string
}

// Sighting is what became of a look at a person.
type Sighting struct {
	// Event is to be accepted when Reason is ReasonSeen; it is the zero Event
	// otherwise. Its ID names person, place and title, so that the same answer of
	// another day is the same event.
	Event  routing.Event
	Kind   tracking.Kind
	Reason Reason
}

// Observe compares where a person was seen last with what a provider says now. The
// profile brings pins and acquisitions into the comparison of companies; zero has
// none. The first row that holds decides:
//
//	the profile is another person's                          nothing  stranger
//	seen before the last time                                nothing  older
//	no present position, the last one not known to be over   nothing  no_position
//	no present position, the last one over                   event    left
//	cosmetic rename, or nothing changed                      nothing  unchanged
//	anything else                                            event    its kind
func Observe(p matching.Profile, provider string, last Last, now tracking.Profile) Sighting {
	switch {
	case stranger(last.Person, now.Person):
		return Sighting{Reason: ReasonStranger}
	case !now.SeenAt.IsZero() && now.SeenAt.Before(last.SeenAt):
		return Sighting{Reason: ReasonOlder}
	}
	from := tracking.Position{Company: at(last.Person), Title: last.Person.Title}
	to := now.Main()
	ended, over := ending(now, from.Company)
	if to == nil && !over {
		return Sighting{Reason: ReasonNoPosition}
	}
	from.EndedOn = ended
	kind := classify(p, last.Person, now, from)
	if kind == tracking.Unchanged || kind == tracking.CosmeticRename {
		return Sighting{Kind: kind, Reason: ReasonUnchanged}
	}
	ev := event(provider, last.Person, now)
	ev.Relationship = last.Relationship
	ev.From, ev.To = place(&from), place(to)
	ev.Positions, ev.History = places(now.Current), places(now.History)
	ev.ID = id(ev, last.Person, last.SeenAt)
	return Sighting{Event: ev, Kind: kind, Reason: ReasonSeen}
}

// classify asks what kind of move it is. What we knew of the person stands for the
// record, so that another last name on one page is seen.
func classify(p matching.Profile, last tracking.Person, now tracking.Profile, from tracking.Position) tracking.Kind {
	o := tracking.Observation{
		From: &from, To: now.Main(), Positions: now.Current, History: now.History,
		FirstName: now.Person.FirstName, LastName: now.Person.LastName, LinkedIn: now.Person.LinkedIn, Profile: p,
	}
	if from.Company != (matching.Company{}) {
		o.Past = &tracking.PastRecord{Company: from.Company, Title: from.Title, FirstName: last.FirstName, LastName: last.LastName, LinkedIn: last.LinkedIn}
	}
	return tracking.Classify(o).Kind
}

// Hire is the event of somebody who was found at a watched account and chosen (see
// target.Round). The account is named by its id, so that nothing is matched.
func Hire(p target.Prospect) routing.Event {
	ev := event(p.Source, p.Person, tracking.Profile{Person: p.Person, SeenAt: p.FoundAt})
	to := tracking.Position{Company: p.Person.Company, Title: p.Person.Title, StartedOn: p.StartedOn}
	to.Company.AccountID = p.AccountID
	ev.To = place(&to)
	ev.ID = id(ev, p.Person, p.FoundAt)
	return ev
}

// stranger tells that a profile is not the person's: another page, or with no page
// to go by, a name that has nothing to do with theirs.
func stranger(a, b tracking.Person) bool {
	x, okX := matching.LinkedInPerson(a.LinkedIn)
	y, okY := matching.LinkedInPerson(b.LinkedIn)
	if okX && okY {
		return x != y
	}
	if crm.SameID(a.RecordID, b.RecordID) || sharedAddress(a, b) {
		return false
	}
	m, n := matching.ParsePersonName(a.FirstName, a.LastName, ""), matching.ParsePersonName(b.FirstName, b.LastName, "")
	return m.Complete() && n.Complete() && matching.SamePersonName(m, n, true) == matching.NameDiffers
}

func sharedAddress(a, b tracking.Person) bool {
	return slices.ContainsFunc(a.Emails, func(s string) bool {
		x, ok := matching.ParseEmail(s)
		return ok && !x.Role && slices.ContainsFunc(b.Emails, func(t string) bool {
			y, ok := matching.ParseEmail(t)
			return ok && x.Key(true) == y.Key(true)
		})
	})
}

// ending is the last day at a company, as far as a profile tells that it is over.
func ending(now tracking.Profile, company matching.Company) (time.Time, bool) {
	for _, p := range now.History {
		if same, _ := matching.SameCompany(p.Company, company); same == matching.SamenessSame && !p.EndedOn.IsZero() {
			return p.EndedOn, true
		}
	}
	return time.Time{}, false
}

// at is the company of a person, with its account.
func at(p tracking.Person) matching.Company {
	c := p.Company
	if c.AccountID == "" {
		c.AccountID = p.AccountID
	}
	return c
}

// event names the person by everything that either side knows.
func event(provider string, known tracking.Person, now tracking.Profile) routing.Event {
	seen := now.Person
	p := routing.Person{
		FirstName: first(known.FirstName, seen.FirstName), LastName: first(known.LastName, seen.LastName),
		LinkedInURL: first(known.LinkedIn, seen.LinkedIn), CRMID: known.RecordID, HubSpotID: known.HubSpotID,
	}
	if seen.LastName != "" && seen.FirstName != "" {
		p.FirstName, p.LastName = seen.FirstName, seen.LastName // a name may change (RT30)
	}
	for _, list := range [][]string{known.Emails, seen.Emails} {
		for _, address := range list {
			if _, ok := matching.ParseEmail(address); ok && !slices.Contains(p.Emails, address) {
				p.Emails = append(p.Emails, address)
			}
		}
	}
	return routing.Event{Source: Source, OccurredAt: now.SeenAt, Person: p, Custom: map[string]string{ProviderKey: provider}}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func places(list []tracking.Position) []routing.Place {
	var out []routing.Place
	for i := range list {
		out = append(out, *place(&list[i]))
	}
	return out
}

// place is a position in routing's terms. What does not parse is left out: a
// provider's slip must not cost the move.
func place(p *tracking.Position) *routing.Place {
	if p == nil {
		return nil
	}
	c := p.Company
	out := &routing.Place{
		Company: c.Name, AccountID: c.AccountID, Title: p.Title, Country: c.Country, State: c.State, City: c.City, Phone: c.Phone,
		StartedOn: routing.DateOf(p.StartedOn), LeftOn: routing.DateOf(p.EndedOn), Kind: p.Kind, Current: p.Current,
	}
	if d, ok := matching.ParseDomain(c.Domain); ok {
		out.Domain = d.Host
	}
	if _, ok := matching.ParseEmail(c.Email); ok {
		out.Email = c.Email
	}
	if slug, ok := matching.LinkedInCompany(c.LinkedIn); ok {
		out.CompanyLinkedInURL = "https://www.linkedin.com/company/" + slug
	}
	return out
}

// id names what the event is about: two equal answers before anything was learned
// from the first are one event. The strongest key stands for the person; the day on
// which we knew something last tells a move from the same one years ago.
func id(ev routing.Event, person tracking.Person, known time.Time) string {
	who := ""
	if keys := person.Keys(); len(keys) > 0 {
		who = keys[0]
	}
	parts := []string{ev.Custom[ProviderKey], who, routing.DateOf(known).String()}
	for _, p := range []*routing.Place{ev.From, ev.To} {
		if p == nil {
			parts = append(parts, "")
			continue
		}
		parts = append(parts, p.AccountID, strings.ToLower(p.Company), p.Domain, tracking.NormalizeTitle(p.Title))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x1f")))
	return "seen-" + hex.EncodeToString(sum[:16])
}
