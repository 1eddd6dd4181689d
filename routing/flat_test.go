package routing

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestFlatNamesReachTheirPlaces sets each name alone and finds it at its place.
func TestFlatNamesReachTheirPlaces(t *testing.T) {
	values := map[string]string{
		"occurred_at": "2026-10-01T10:00:00+02:00", "left_on": "2026-09-30", "started_on": "2026-10-01", "strategy": "flow",
	}
	seen := map[string]string{}
	for _, name := range FlatNames() {
		value := values[name]
		if value == "" {
			value = "x"
		}
		e, err := FlatEvent(map[string]string{name: " " + value + " "})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text := canonical(t, e)
		if text == canonical(t, Event{}) {
			t.Errorf("%s sets nothing", name)
		}
		if other, ok := seen[text]; ok && value == "x" {
			t.Errorf("%s and %s set the same place", name, other)
		}
		seen[text] = name
	}
}

func TestFlatEvent(t *testing.T) {
	got, err := FlatEvent(map[string]string{
		"full_name": "Ada Quill", "email": "a@old.example, a@home.example", "new_company": " Beta ", "started_on": "2026-10-01",
		"occurred_at": "2026-10-02", "past_company": "", "cost_centre": "77", "empty": "",
	})
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	want := Event{
		OccurredAt: day.AddDate(0, 0, 1),
		Person:     Person{FullName: "Ada Quill", Email: "a@old.example", Emails: []string{"a@home.example"}},
		To:         &Place{Company: "Beta", StartedOn: DateOf(day)},
		Custom:     map[string]string{"cost_centre": "77"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestFlatEventNamesEveryBadColumn(t *testing.T) {
	_, err := FlatEvent(map[string]string{"started_on": "2026-02-30", "occurred_at": "soon", "strategy": "maybe"})
	bad, ok := errors.AsType[*EventError](err)
	if !ok || len(bad.Problems) != 3 {
		t.Fatalf("error %v", err)
	}
	for i, want := range []string{"occurred_at", "started_on", "strategy"} {
		if bad.Problems[i].Field != want {
			t.Errorf("problem %d is about %q, want %q", i, bad.Problems[i].Field, want)
		}
	}
}

func TestFlatNameOfAPath(t *testing.T) {
	for path, want := range map[string]string{"to.started_on": "started_on", "from.company": "past_company", "person.emails[3]": "email", "positions": ""} {
		if got := FlatName(path); got != want {
			t.Errorf("FlatName(%q) = %q, want %q", path, got, want)
		}
	}
}

func canonical(t *testing.T, e Event) string {
	t.Helper()
	return cmp.Diff(Event{}, e)
}
