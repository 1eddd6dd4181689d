package routing

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var received = time.Date(2026, 11, 21, 9, 0, 0, 123456789, time.FixedZone("CET", 3600))

func someone() Event {
	return Event{ID: "1", Person: Person{FirstName: "Jane", LastName: "Doe"}, To: &Place{Company: "Beta"}}
}

// TestNormalizeWrites gives values that are brought into one form.
func TestNormalizeWrites(t *testing.T) {
	for name, c := range map[string]struct {
		in   func(*Event)
		got  func(Event) string
		want string
	}{
		"blanks":                 {func(e *Event) { e.To.Company = "\t Beta \u00a0 Ltd\n" }, func(e Event) string { return e.To.Company }, "Beta Ltd"},
		"byte order mark":        {func(e *Event) { e.Person.FirstName = "\ufeffJane" }, func(e Event) string { return e.Person.FirstName }, "Jane"},
		"control characters":     {func(e *Event) { e.To.Title = "V\x00P\x7f" }, func(e Event) string { return e.To.Title }, "V P"},
		"id of 15 characters":    {func(e *Event) { e.Person.CRMID = "0030000000000C1" }, func(e Event) string { return e.Person.CRMID }, "0030000000000C1AAI"},
		"account id":             {func(e *Event) { e.To.AccountID = " 0010000000000A1 " }, func(e Event) string { return e.To.AccountID }, "0010000000000A1AAI"},
		"LinkedIn person":        {func(e *Event) { e.Person.LinkedInURL = "http://de.linkedin.com/in/J%C3%BCrgen/?x=1" }, func(e Event) string { return e.Person.LinkedInURL }, "https://www.linkedin.com/in/jürgen"},
		"LinkedIn company":       {func(e *Event) { e.To.CompanyLinkedInURL = "linkedin.com/company/Beta-Ltd/" }, func(e Event) string { return e.To.CompanyLinkedInURL }, "https://www.linkedin.com/company/beta-ltd"},
		"domain from a URL":      {func(e *Event) { e.To.Domain = "https://WWW.Beta.io/x" }, func(e Event) string { return e.To.Domain }, "beta.io"},
		"country name":           {func(e *Event) { e.To.Country = "Germany" }, func(e Event) string { return e.To.Country }, "DE"},
		"unknown country":        {func(e *Event) { e.To.Country = "Atlantis" }, func(e Event) string { return e.To.Country }, "Atlantis"},
		"full name, split":       {func(e *Event) { e.Person = Person{FullName: "Doe, Jane"} }, func(e Event) string { return e.Person.FirstName + "|" + e.Person.LastName }, "Jane|Doe"},
		"parts before full name": {func(e *Event) { e.Person.FullName = "Someone Else" }, func(e Event) string { return e.Person.LastName }, "Doe"},
		"main address":           {func(e *Event) { e.Person.Emails = []string{"B@x.io", "b@x.io"} }, func(e Event) string { return e.Person.Email + " " + strings.Join(e.Person.Emails, ",") }, "b@x.io b@x.io"},
		"addresses in their order": {func(e *Event) { e.Person.Email = "a@x.io"; e.Person.Emails = []string{"b@x.io", "A@X.IO"} },
			func(e Event) string { return strings.Join(e.Person.Emails, ",") }, "a@x.io,b@x.io"},
		"time in UTC, in microseconds": {func(e *Event) { e.OccurredAt = received }, func(e Event) string { return e.OccurredAt.Format(time.RFC3339Nano) }, "2026-11-21T08:00:00.123456Z"},
		"time of receipt":              {func(*Event) {}, func(e Event) string { return e.OccurredAt.Format(time.RFC3339Nano) }, "2026-11-21T08:00:00.123456Z"},
		"place that says nothing":      {func(e *Event) { e.From = &Place{Company: " "} }, func(e Event) string { return cmp.Diff((*Place)(nil), e.From) }, ""},
		"positions that say nothing":   {func(e *Event) { e.Positions = []Place{{}, {Company: "Beta"}} }, func(e Event) string { return e.Positions[0].Company }, "Beta"},
		"HubSpot id":                   {func(e *Event) { e.Person.HubSpotID = " 123 " }, func(e Event) string { return e.Person.HubSpotID }, "123"},
	} {
		ev := someone()
		c.in(&ev)
		out, err := Normalize(ev, received)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := c.got(out); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		again, err := Normalize(out, received.Add(time.Hour))
		if err != nil {
			t.Errorf("%s, again: %v", name, err)
		}
		if diff := cmp.Diff(out, again); diff != "" {
			t.Errorf("%s: normalising twice changes\n%s", name, diff)
		}
	}
}

// TestNormalizeRefuses gives events that cannot be used, with the field that the
// error names.
func TestNormalizeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in    func(*Event)
		field string
	}{
		"nobody":                       {func(e *Event) { e.Person = Person{} }, "person"},
		"a first name alone":           {func(e *Event) { e.Person = Person{FirstName: "Jane"} }, "person"},
		"nowhere":                      {func(e *Event) { e.To = nil }, "to"},
		"a title but no company":       {func(e *Event) { e.To = &Place{Title: "CFO"} }, "to"},
		"an id that is too long":       {func(e *Event) { e.ID = strings.Repeat("x", 129) }, "id"},
		"a source that is too long":    {func(e *Event) { e.Source = strings.Repeat("x", 129) }, "source"},
		"a text that is too long":      {func(e *Event) { e.To.Title = strings.Repeat("x", 4097) }, "to.title"},
		"bytes that are no text":       {func(e *Event) { e.To.Title = "J\xff" }, "to.title"},
		"no e-mail address":            {func(e *Event) { e.To.Email = "jane at beta" }, "to.email"},
		"a second address":             {func(e *Event) { e.Person.Emails = []string{"a@x.io", "nope"} }, "person.emails[1]"},
		"no domain":                    {func(e *Event) { e.To.Domain = "n/a" }, "to.domain"},
		"a record id of 16 characters": {func(e *Event) { e.RecordID = "0030000000000C1A" }, "record_id"},
		"wrong check characters":       {func(e *Event) { e.Person.CRMID = "0030000000000C1AAA" }, "person.crm_id"},
		"a company's page as person":   {func(e *Event) { e.Person.LinkedInURL = "linkedin.com/company/beta" }, "person.linkedin_url"},
		"a person's page as company":   {func(e *Event) { e.To.CompanyLinkedInURL = "linkedin.com/in/jane" }, "to.linkedin_company_url"},
		"no whole number":              {func(e *Event) { e.Person.HubSpotID = "12a" }, "person.hubspot_id"},
		"a number beyond 64 bits":      {func(e *Event) { e.Person.HubSpotID = strings.Repeat("9", 20) }, "person.hubspot_id"},
		"an unknown strategy":          {func(e *Event) { e.Strategy = "maybe" }, "strategy"},
		"a time before 1970":           {func(e *Event) { e.OccurredAt = time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC) }, "occurred_at"},
		"a first day in 1800":          {func(e *Event) { e.To.StartedOn = DateOf(time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC)) }, "to.started_on"},
		"a last day in 2300": {func(e *Event) {
			e.From = &Place{Company: "A", LeftOn: DateOf(time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC))}
		},
			"from.left_on"},
		"a position":  {func(e *Event) { e.Positions = []Place{{Company: "A"}, {Domain: "-"}} }, "positions[1].domain"},
		"the history": {func(e *Event) { e.History = []Place{{Email: "x"}} }, "history[0].email"},
	} {
		ev := someone()
		c.in(&ev)
		out, err := Normalize(ev, received)
		bad, ok := errors.AsType[*EventError](err)
		if !ok || !errors.Is(err, ErrEvent) {
			t.Errorf("%s: error %v", name, err)
			continue
		}
		if len(bad.Problems) != 1 || bad.Problems[0].Field != c.field {
			t.Errorf("%s: problems %v, want one of %s", name, bad.Problems, c.field)
		}
		if diff := cmp.Diff(Event{}, out); diff != "" {
			t.Errorf("%s: a refused event was given all the same", name)
		}
	}
}

func TestNormalizeNamesEveryProblemAndNoValue(t *testing.T) {
	_, err := Normalize(Event{
		Person: Person{Email: "secret-jane", CRMID: "secret"}, To: &Place{Domain: "secret domain"}, Strategy: "secret",
	}, received)
	bad, ok := errors.AsType[*EventError](err)
	if !ok || len(bad.Problems) != 6 {
		t.Fatalf("error %v", err)
	}
	if text := err.Error(); strings.Contains(text, "secret") {
		t.Errorf("the error repeats values: %s", text)
	}
}

func TestNormalizeGivesEqualReportsOneID(t *testing.T) {
	a, b := someone(), someone()
	a.ID, b.ID = "", ""
	a.To.Company, b.To.Company = "Beta", "  Beta"
	a.OccurredAt, b.OccurredAt = received, received.UTC()
	x, errX := Normalize(a, received)
	y, errY := Normalize(b, received.Add(time.Hour))
	if errX != nil || errY != nil || x.ID != y.ID || !strings.HasPrefix(x.ID, "sha256-") {
		t.Errorf("ids %q and %q (%v, %v)", x.ID, y.ID, errX, errY)
	}
	b.To.Title = "CFO"
	if z, _ := Normalize(b, received); z.ID == x.ID {
		t.Error("different reports have one id")
	}
}

func TestDates(t *testing.T) {
	for text, want := range map[string]string{
		`""`: "", `null`: "", `"2026-11-21"`: "2026-11-21", `"2026-11-21T23:30:00-05:00"`: "2026-11-22", `"2024-02-29"`: "2024-02-29",
	} {
		var d Date
		if err := json.Unmarshal([]byte(text), &d); err != nil || d.String() != want {
			t.Errorf("%s: %q, %v; want %q", text, d, err, want)
		}
		again, err := json.Marshal(d)
		if err != nil || string(again) != `"`+want+`"` {
			t.Errorf("%s is written as %s (%v)", text, again, err)
		}
	}
	for _, text := range []string{`"2026-02-29"`, `"21.11.2026"`, `"soon"`, `20261121`, `"2026-11-21 10:00"`, `"`, `[]`} {
		var d Date
		if err := json.Unmarshal([]byte(text), &d); err == nil {
			t.Errorf("%s was read as %s", text, d)
		}
	}
	if got := DateOf(time.Date(2026, 11, 21, 23, 30, 0, 0, time.FixedZone("", -5*3600))).String(); got != "2026-11-22" {
		t.Errorf("DateOf = %s", got)
	}
	if !DateOf(time.Time{}).IsZero() {
		t.Error("the day of no time is a day")
	}
}
