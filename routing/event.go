package routing

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// Event is one reported move, as every source is normalised into it and as
// files and embedders give it. JSON names are the wire form.
type Event struct {
	// ID is the sender's key, at most 128 characters. Normalize fills in a hash
	// of the content when it is missing: two equal reports are one.
	ID string `json:"id,omitempty"`
	// Source says who reports: "flow", "hubspot", "feed:NAME", "file:NAME",
	// "tracking".
	Source string `json:"source,omitempty"`
	// OccurredAt is when the move was observed; the time of receipt if unknown.
	OccurredAt time.Time `json:"occurred_at,omitzero"`
	Person     Person    `json:"person"`
	// From is where the person was; it may be missing when the past record is
	// known. To is where the person is now; nil means left without a known
	// destination.
	From *Place `json:"from,omitempty"`
	To   *Place `json:"to,omitempty"`
	// Positions are all current positions when the source knows them, History
	// the past ones.
	Positions []Place `json:"positions,omitempty"`
	History   []Place `json:"history,omitempty"`
	// Relationship is how the person dealt with us, when the sender knows it.
	Relationship string `json:"relationship,omitempty"`
	// Strategy overrides the configured strategy where the configuration allows
	// it (strategy_override).
	Strategy Strategy `json:"strategy,omitempty"`
	// RecordID is the event record that the sender (a Flow) already made.
	RecordID string `json:"record_id,omitempty"`
	// Custom is echoed with the decision and never interpreted.
	Custom map[string]string `json:"custom,omitempty"`
	// Pointer is set while the report only says where its content is to be fetched.
	Pointer *Pointer `json:"pointer,omitempty"`
}

// Pointer names a record of another system that a report is about. The content is
// fetched by a Completer when the report is worked on, never before it is stored.
type Pointer struct {
	// System is the other system, such as "hubspot"; Tenant the part of it that the
	// sender belongs to, such as a portal's id.
	System string `json:"system"`
	Tenant string `json:"tenant,omitempty"`
	// Kind is what happened, in the other system's words ("contact.propertyChange").
	Kind string `json:"kind"`
	// ID is the record's; Other is that of a second record concerned.
	ID    string `json:"id"`
	Other string `json:"other,omitempty"`
	// Property and Value are what changed, where the report tells.
	Property string `json:"property,omitempty"`
	Value    string `json:"value,omitempty"`
}

// UnmarshalJSON reads an event; its time of observation may be a date. Members
// that an event does not have are passed over: whoever must refuse or keep them
// looks at the text itself.
func (ev *Event) UnmarshalJSON(text []byte) error {
	type plain Event
	in := struct {
		*plain
		OccurredAt observed `json:"occurred_at"`
	}{plain: (*plain)(ev)}
	in.OccurredAt.Time = ev.OccurredAt
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	ev.OccurredAt = in.OccurredAt.Time
	return nil
}

// observed is a time in any form that ParseObserved reads.
type observed struct{ time.Time }

// UnmarshalText reads what ParseObserved reads, and nothing from an empty text.
func (o *observed) UnmarshalText(text []byte) (err error) {
	if len(text) > 0 {
		o.Time, err = ParseObserved(string(text))
	}
	return err
}

// UnmarshalJSON hides the method of the embedded time, which knows one form only.
func (o *observed) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	return o.UnmarshalText([]byte(s))
}

// Person is the mover as reported.
type Person struct {
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	FullName  string `json:"full_name,omitempty"`
	// Email and Emails are known addresses, old and personal ones included.
	Email       string   `json:"email,omitempty"`
	Emails      []string `json:"emails,omitempty"`
	LinkedInURL string   `json:"linkedin_url,omitempty"`
	// CRMID is the past record (contact or lead) when the sender knows it.
	CRMID string `json:"crm_id,omitempty"`
	// HubSpotID is the contact's number in HubSpot; with several portals, that of
	// the portal stands before it: "62515-123".
	HubSpotID string `json:"hubspot_id,omitempty"`
}

// Place is a position at a company, present or past.
type Place struct {
	Company   string `json:"company,omitempty"`
	Domain    string `json:"domain,omitempty"`
	Email     string `json:"email,omitempty"`
	AccountID string `json:"account_id,omitempty"`
	// CompanyLinkedInURL is the company's page.
	CompanyLinkedInURL string `json:"linkedin_company_url,omitempty"`
	Title              string `json:"title,omitempty"`
	Country            string `json:"country,omitempty"`
	State              string `json:"state,omitempty"`
	City               string `json:"city,omitempty"`
	Phone              string `json:"phone,omitempty"`
	// StartedOn is the first day, LeftOn the last one.
	StartedOn Date `json:"started_on,omitzero"`
	LeftOn    Date `json:"left_on,omitzero"`
	// Kind and Current are used in Positions.
	Kind    tracking.PositionKind `json:"kind,omitempty"`
	Current bool                  `json:"current,omitempty"`
}

// Date is a calendar day in UTC; in text 2006-01-02. A full RFC 3339 time is
// understood and cut to its day. The zero value is "unknown".
type Date struct{ time.Time }

// DateOf returns the day of t in UTC.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	return Date{t.UTC().Truncate(24 * time.Hour)}
}

// ParseDate reads a day. The error says which form was expected.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return Date{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return Date{t}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return DateOf(t), nil
	}
	return Date{}, fmt.Errorf("routing: not a date, want YYYY-MM-DD or RFC 3339")
}

// MarshalText writes the day, "" when unknown.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// MarshalJSON writes the day as a JSON string. It hides the method of the
// embedded time, which would write a full time.
func (d Date) MarshalJSON() ([]byte, error) { return []byte(`"` + d.String() + `"`), nil }

// UnmarshalJSON reads a JSON string; null leaves the date unknown.
func (d *Date) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	var s string // some senders escape signs that need not be, such as the + of a zone
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("routing: not a date, want a text YYYY-MM-DD")
	}
	return d.UnmarshalText([]byte(s))
}

// String returns the day as 2006-01-02, "" when unknown.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}
