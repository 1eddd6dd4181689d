package routing

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// ErrEvent is the class of events that cannot be used.
var ErrEvent = errors.New("routing: invalid event")

// EventError lists everything that is wrong with an event. Its text names
// fields and never repeats values.
type EventError struct{ Problems []FieldProblem }

// FieldProblem is one field of an event that cannot be used.
type FieldProblem struct {
	// Field is the JSON path, such as "person.email".
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error lists the problems on one line.
func (e *EventError) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.Field + ": " + p.Message
	}
	return ErrEvent.Error() + ": " + strings.Join(texts, "; ")
}

// Unwrap answers for ErrEvent.
func (e *EventError) Unwrap() error { return ErrEvent }

// The longest texts that an event may hold, in bytes.
const (
	maxID   = 128
	maxText = 4096
)

// maxAhead is how far a sender's clock may be ahead of ours.
const maxAhead = 5 * time.Minute

// Normalize brings an event into the one form that everything else works on:
// blanks trimmed, ids 18 characters long, hosts lower case, LinkedIn pages in
// one spelling, a name in two parts, an id and a time. Normalizing twice changes
// nothing. received is the time of receipt. The error is an *EventError.
func Normalize(ev Event, received time.Time) (Event, error) {
	n := normalizer{}
	ev = n.event(ev)
	if ev.Pointer != nil {
		n.pointer(ev.Pointer)
	} else {
		n.minimum(ev)
	}
	if len(n.problems) > 0 {
		return Event{}, &EventError{Problems: n.problems}
	}
	if ev.ID == "" {
		ev.ID = contentID(ev)
	}
	// A clock that runs ahead must not make every other report look old.
	if ev.OccurredAt.IsZero() || ev.OccurredAt.After(received.Add(maxAhead)) {
		ev.OccurredAt = received.UTC().Truncate(time.Microsecond)
	}
	return ev, nil
}

// pointer asks for what a report needs to be fetched by. It is never changed: it
// may be shared.
func (n *normalizer) pointer(p *Pointer) {
	for _, part := range []struct{ name, value string }{{"system", p.System}, {"kind", p.Kind}, {"id", p.ID}} {
		if part.value == "" {
			n.fail("pointer."+part.name, "is missing")
		}
	}
	for _, part := range []struct{ name, value string }{
		{"system", p.System}, {"tenant", p.Tenant}, {"kind", p.Kind}, {"id", p.ID}, {"other", p.Other}, {"property", p.Property}, {"value", p.Value},
	} {
		n.text("pointer."+part.name, part.value, maxText)
	}
}

// normalizeWho normalises an event of which only the person matters.
func normalizeWho(ev Event) (Event, error) {
	n := normalizer{}
	ev = n.event(ev)
	if ev.Person.HubSpotID == "" {
		n.someone(ev)
	}
	if len(n.problems) > 0 {
		return Event{}, &EventError{Problems: n.problems}
	}
	return ev, nil
}

// event normalises every part.
func (n *normalizer) event(ev Event) Event {
	ev.ID = n.text("id", ev.ID, maxID)
	ev.Source = n.text("source", ev.Source, maxID)
	ev.OccurredAt = ev.OccurredAt.UTC().Truncate(time.Microsecond)
	ev.Person = n.person(ev.Person)
	ev.From = n.place("from", ev.From)
	ev.To = n.place("to", ev.To)
	ev.Positions = n.places("positions", ev.Positions)
	ev.History = n.places("history", ev.History)
	ev.Relationship = n.text("relationship", ev.Relationship, maxText)
	ev.RecordID = n.id("record_id", ev.RecordID)
	if ev.Strategy != "" && !slices.Contains(Strategies(), ev.Strategy) {
		n.fail("strategy", "is not one of "+join(Strategies()))
	}
	return ev
}

// contentID makes two equal reports one. It is taken before the time of receipt
// is filled in.
func contentID(ev Event) string {
	text, err := json.Marshal(ev)
	if err != nil { // a year beyond 9999 is the only value that JSON refuses
		text = fmt.Appendf(nil, "%v", ev)
	}
	sum := sha256.Sum256(text)
	return "sha256-" + hex.EncodeToString(sum[:16])
}

// someone asks for a person.
func (n *normalizer) someone(ev Event) {
	p := ev.Person
	named := p.FirstName != "" && p.LastName != "" || p.FullName != ""
	if p.CRMID == "" && p.LinkedInURL == "" && len(p.Emails) == 0 && !named && (ev.To == nil || ev.To.Email == "") {
		n.fail("person", "want a crm_id, a linkedin_url, an email, or first_name and last_name")
	}
}

// minimum asks for someone and somewhere.
func (n *normalizer) minimum(ev Event) {
	p := ev.Person
	n.someone(ev)
	if ev.To == nil && ev.From == nil && p.CRMID == "" {
		n.fail("to", "want a company, a domain or an account_id in to, or a from")
	}
	if t := ev.To; t != nil && t.Company == "" && t.Domain == "" && t.AccountID == "" && t.CompanyLinkedInURL == "" && t.Email == "" {
		if ev.From == nil && p.CRMID == "" {
			n.fail("to", "want a company, a domain or an account_id")
		}
	}
	if y := ev.OccurredAt.Year(); !ev.OccurredAt.IsZero() && (y < 1970 || y > 9999) {
		n.fail("occurred_at", "want a time after 1970")
	}
}

type normalizer struct{ problems []FieldProblem }

func (n *normalizer) fail(field, message string) {
	n.problems = append(n.problems, FieldProblem{Field: field, Message: message})
}

// text trims and squeezes blanks and refuses what is no text.
func (n *normalizer) text(field, s string, limit int) string {
	if s == "" {
		return ""
	}
	if !utf8.ValidString(s) {
		n.fail(field, "is not valid UTF-8")
		return ""
	}
	s = strings.Join(strings.Fields(strings.Map(printable, s)), " ")
	if len(s) > limit {
		n.fail(field, fmt.Sprintf("is longer than %d bytes", limit))
		return ""
	}
	return s
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r == 0xfeff {
		return ' '
	}
	return r
}

func (n *normalizer) id(field, s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return ""
	}
	wide, err := crm.WidenID(s)
	if err != nil {
		text := err.Error()
		n.fail(field, text[strings.LastIndex(text, `": `)+3:]) // without the value
		return ""
	}
	return wide
}

func (n *normalizer) email(field, s string) string {
	s = n.text(field, s, maxText)
	if s == "" {
		return ""
	}
	e, ok := matching.ParseEmail(s)
	if !ok {
		n.fail(field, "is no e-mail address")
		return ""
	}
	return e.Address
}

func (n *normalizer) person(p Person) Person {
	p.FirstName = n.text("person.first_name", p.FirstName, maxText)
	p.LastName = n.text("person.last_name", p.LastName, maxText)
	p.FullName = n.text("person.full_name", p.FullName, maxText)
	if p.FirstName == "" && p.LastName == "" && p.FullName != "" {
		p.FirstName, p.LastName = matching.SplitFullName(p.FullName)
		p.FirstName, p.LastName = n.text("person.full_name", p.FirstName, maxText), n.text("person.full_name", p.LastName, maxText)
	}
	p.LinkedInURL = n.linkedIn("person.linkedin_url", p.LinkedInURL, matching.LinkedInPerson, "")
	p.CRMID = n.id("person.crm_id", p.CRMID)
	p.HubSpotID = n.hubSpotID("person.hubspot_id", p.HubSpotID)
	emails := make([]string, 0, len(p.Emails)+1)
	for i, s := range append([]string{p.Email}, p.Emails...) {
		field := "person.email"
		if i > 0 {
			field = fmt.Sprintf("person.emails[%d]", i-1)
		}
		if e := n.email(field, s); e != "" && !slices.Contains(emails, e) {
			emails = append(emails, e)
		}
	}
	p.Email, p.Emails = "", nil
	if len(emails) > 0 {
		p.Email, p.Emails = emails[0], emails
	}
	return p
}

// linkedIn writes a page in one spelling; prefix is what the parser leaves out.
func (n *normalizer) linkedIn(field, s string, parse func(string) (string, bool), prefix string) string {
	if s = n.text(field, s, maxText); s == "" {
		return ""
	}
	slug, ok := parse(s)
	if !ok {
		n.fail(field, "is no LinkedIn page of that kind")
		return ""
	}
	return "https://www.linkedin.com" + prefix + slug
}

// hubSpotID reads a contact's number, with that of its portal before it where there
// are several ("62515-123").
func (n *normalizer) hubSpotID(field, s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return ""
	}
	portal, id, both := strings.Cut(s, "-")
	for _, part := range []string{portal, id} {
		if len(part) > 19 || strings.Trim(part, "0123456789") != "" || both && part == "" {
			n.fail(field, "want a whole number")
			return ""
		}
	}
	return s
}

func (n *normalizer) places(field string, list []Place) []Place {
	var out []Place
	for i := range list {
		if p := n.place(fmt.Sprintf("%s[%d]", field, i), &list[i]); p != nil {
			out = append(out, *p)
		}
	}
	return out
}

// place returns nil for a place that says nothing.
func (n *normalizer) place(field string, in *Place) *Place {
	if in == nil {
		return nil
	}
	p := *in
	p.Company = n.text(field+".company", p.Company, maxText)
	p.Domain = n.domain(field+".domain", p.Domain)
	p.Email = n.email(field+".email", p.Email)
	p.AccountID = n.id(field+".account_id", p.AccountID)
	p.CompanyLinkedInURL = n.linkedIn(field+".linkedin_company_url", p.CompanyLinkedInURL, matching.LinkedInCompany, "/company/")
	p.Title = n.text(field+".title", p.Title, maxText)
	p.Country = n.text(field+".country", p.Country, maxText)
	if code, ok := matching.Country(p.Country); ok {
		p.Country = code
	}
	p.State = n.text(field+".state", p.State, maxText)
	p.City = n.text(field+".city", p.City, maxText)
	p.Phone = n.text(field+".phone", p.Phone, maxText)
	n.day(field+".started_on", p.StartedOn)
	n.day(field+".left_on", p.LeftOn)
	if p == (Place{}) {
		return nil
	}
	return &p
}

func (n *normalizer) day(field string, d Date) {
	if y := d.Year(); !d.IsZero() && (y < 1900 || y > 2200) {
		n.fail(field, "want a day between 1900 and 2200")
	}
}

func (n *normalizer) domain(field, s string) string {
	if s = n.text(field, s, maxText); s == "" {
		return ""
	}
	d, ok := matching.ParseDomain(s)
	if !ok {
		n.fail(field, "is no domain name")
		return ""
	}
	return d.Host
}
