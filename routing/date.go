package routing

import (
	"encoding/json"
	"fmt"
	"time"
)

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
