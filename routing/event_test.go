package routing_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/onward-crm/onward/routing"
)

// The time of observation may be a date, and is written as a time.
func TestEventReadsDatesOfObservation(t *testing.T) {
	for _, c := range []struct {
		text, want string
	}{
		{`{"id":"1","occurred_at":"2026-11-20"}`, "2026-11-20T00:00:00Z"},
		{`{"id":"1","occurred_at":"2026-11-20T10:00:00+02:00"}`, "2026-11-20T08:00:00Z"},
		{`{"id":"1","occurred_at":null}`, "0001-01-01T00:00:00Z"},
		{`{"id":"1"}`, "0001-01-01T00:00:00Z"},
	} {
		var ev routing.Event
		if err := json.Unmarshal([]byte(c.text), &ev); err != nil || ev.ID != "1" || ev.OccurredAt.Format(time.RFC3339) != c.want {
			t.Errorf("%s: %s, %v, want %s", c.text, ev.OccurredAt.Format(time.RFC3339), err, c.want)
		}
	}
	var ev routing.Event
	if err := json.Unmarshal([]byte(`{"occurred_at":"soon"}`), &ev); err == nil {
		t.Error("read a time that is none")
	}
}

// TestDatesMayBeEscaped: JSON may write any sign as an escape, and encoders that are
// careful about HTML do so with the + of a zone.
func TestDatesMayBeEscaped(t *testing.T) {
	var ev routing.Event
	text := `{"occurred_at":"2026-11-20T10:00:00\u002B02:00","to":{"started_on":"2026-11-20T01:00:00\u002B02:00"}}`
	if err := json.Unmarshal([]byte(text), &ev); err != nil || ev.OccurredAt.Hour() != 8 || ev.To.StartedOn.String() != "2026-11-19" {
		t.Errorf("%v: %+v", err, ev)
	}
	for _, text := range []string{`5`, `"soon"`, `"2026-11-20`} {
		if err := new(routing.Date).UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s is a date", text)
		}
	}
}
