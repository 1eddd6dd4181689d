package routing

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// flatField leads from a flat name to its place in an Event. Path is the JSON
// name of that place. Set reads a value; its error says what was expected.
type flatField struct {
	name, path string
	set        func(e *Event, v string) error
}

// flatFields is the table of flat names, in the order in which people read
// them. CSV headers and query parameters are looked up here and nowhere else.
var flatFields = []flatField{
	{"id", "id", flatText(func(e *Event) *string { return &e.ID })},
	{"source", "source", flatText(func(e *Event) *string { return &e.Source })},
	{"occurred_at", "occurred_at", setFlatTime},
	{"first_name", "person.first_name", flatText(func(e *Event) *string { return &e.Person.FirstName })},
	{"last_name", "person.last_name", flatText(func(e *Event) *string { return &e.Person.LastName })},
	{"full_name", "person.full_name", flatText(func(e *Event) *string { return &e.Person.FullName })},
	{"email", "person.email", setFlatEmails},
	{"linkedin_url", "person.linkedin_url", flatText(func(e *Event) *string { return &e.Person.LinkedInURL })},
	{"crm_id", "person.crm_id", flatText(func(e *Event) *string { return &e.Person.CRMID })},
	{"hubspot_id", "person.hubspot_id", flatText(func(e *Event) *string { return &e.Person.HubSpotID })},
	{"past_company", "from.company", flatText(func(e *Event) *string { return &fromOf(e).Company })},
	{"past_domain", "from.domain", flatText(func(e *Event) *string { return &fromOf(e).Domain })},
	{"past_account_id", "from.account_id", flatText(func(e *Event) *string { return &fromOf(e).AccountID })},
	{"past_title", "from.title", flatText(func(e *Event) *string { return &fromOf(e).Title })},
	{"left_on", "from.left_on", flatDate(func(e *Event) *Date { return &fromOf(e).LeftOn })},
	{"new_company", "to.company", flatText(func(e *Event) *string { return &toOf(e).Company })},
	{"new_domain", "to.domain", flatText(func(e *Event) *string { return &toOf(e).Domain })},
	{"new_email", "to.email", flatText(func(e *Event) *string { return &toOf(e).Email })},
	{"new_account_id", "to.account_id", flatText(func(e *Event) *string { return &toOf(e).AccountID })},
	{"new_company_linkedin", "to.linkedin_company_url", flatText(func(e *Event) *string { return &toOf(e).CompanyLinkedInURL })},
	{"new_title", "to.title", flatText(func(e *Event) *string { return &toOf(e).Title })},
	{"new_country", "to.country", flatText(func(e *Event) *string { return &toOf(e).Country })},
	{"new_state", "to.state", flatText(func(e *Event) *string { return &toOf(e).State })},
	{"new_city", "to.city", flatText(func(e *Event) *string { return &toOf(e).City })},
	{"new_phone", "to.phone", flatText(func(e *Event) *string { return &toOf(e).Phone })},
	{"started_on", "to.started_on", flatDate(func(e *Event) *Date { return &toOf(e).StartedOn })},
	{"relationship", "relationship", flatText(func(e *Event) *string { return &e.Relationship })},
	{"strategy", "strategy", setFlatStrategy},
	{"record_id", "record_id", flatText(func(e *Event) *string { return &e.RecordID })},
}

// FlatNames lists the flat names of an event's values, as CSV headers and query
// parameters use them, in their documented order.
func FlatNames() []string {
	names := make([]string, len(flatFields))
	for i, f := range flatFields {
		names[i] = f.name
	}
	return names
}

// FlatName returns the flat name of a place given by its JSON path
// ("to.started_on"), or "" when it has none.
func FlatName(path string) string {
	if strings.HasPrefix(path, "person.emails[") {
		path = "person.email"
	}
	i := slices.IndexFunc(flatFields, func(f flatField) bool { return f.path == path })
	if i < 0 {
		return ""
	}
	return flatFields[i].name
}

// FlatEvent builds an event from flat values: names as in FlatNames, blank
// values as if they were absent. Every other name is kept in Custom. The error
// is an *EventError whose fields are flat names; all wrong values are listed.
// What the values say together is Normalize's to judge.
func FlatEvent(values map[string]string) (Event, error) {
	var e Event
	var bad []FieldProblem
	for _, f := range flatFields {
		v := strings.TrimSpace(values[f.name])
		if v == "" {
			continue
		}
		if err := f.set(&e, v); err != nil {
			bad = append(bad, FieldProblem{Field: f.name, Message: err.Error()})
		}
	}
	for name, v := range values {
		if !isFlat(name) && v != "" {
			if e.Custom == nil {
				e.Custom = map[string]string{}
			}
			e.Custom[name] = v
		}
	}
	if len(bad) > 0 {
		return Event{}, &EventError{Problems: bad}
	}
	return e, nil
}

// ParseStrategy reads a strategy by its name. The error lists the four names.
func ParseStrategy(s string) (Strategy, error) {
	if slices.Contains(Strategies(), Strategy(s)) {
		return Strategy(s), nil
	}
	var names []string
	for _, known := range Strategies() {
		names = append(names, string(known))
	}
	return "", fmt.Errorf("not a strategy, want one of %s", strings.Join(names, ", "))
}

// ParseObserved reads a time of observation: RFC 3339 or a date. The error says
// which form was expected.
func ParseObserved(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("not a time, want RFC 3339 or YYYY-MM-DD")
}

func isFlat(name string) bool {
	return slices.ContainsFunc(flatFields, func(f flatField) bool { return f.name == name })
}

// fromOf and toOf return the place, made on first use: an event without any value
// for it has none.
func fromOf(e *Event) *Place { return placeAt(&e.From) }
func toOf(e *Event) *Place   { return placeAt(&e.To) }

func placeAt(p **Place) *Place {
	if *p == nil {
		*p = &Place{}
	}
	return *p
}

func flatText(at func(*Event) *string) func(*Event, string) error {
	return func(e *Event, v string) error {
		*at(e) = v
		return nil
	}
}

func flatDate(at func(*Event) *Date) func(*Event, string) error {
	return func(e *Event, v string) error {
		d, err := ParseDate(v)
		if err != nil {
			return fmt.Errorf("not a date, want YYYY-MM-DD or RFC 3339")
		}
		*at(e) = d
		return nil
	}
}

func setFlatTime(e *Event, v string) (err error) {
	e.OccurredAt, err = ParseObserved(v)
	return err
}

func setFlatStrategy(e *Event, v string) (err error) {
	e.Strategy, err = ParseStrategy(v)
	return err
}

// setFlatEmails takes several addresses in one value: the first is the main one.
func setFlatEmails(e *Event, v string) error {
	all := strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(";,| \t\n", r) })
	if len(all) == 0 {
		return nil
	}
	e.Person.Email = all[0]
	if len(all) > 1 {
		e.Person.Emails = all[1:]
	}
	return nil
}
