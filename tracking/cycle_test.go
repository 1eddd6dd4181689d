package tracking_test

import (
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// monday is the now of these tests.
var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func daysAgo(n int) time.Time { return monday.AddDate(0, 0, -n) }

func TestTR13WhenAScanIsDue(t *testing.T) {
	hours := func(n int) time.Time { return monday.Add(time.Duration(n) * time.Hour) }
	tests := []struct {
		name  string
		cycle tracking.Cycle
		last  time.Time
		want  tracking.ScanReason
	}{
		{"weekly, 6 days ago", tracking.Weekly, daysAgo(6), tracking.ScanNotDue},
		{"weekly, 7 days ago", tracking.Weekly, daysAgo(7), ""},
		{"weekly, an hour less than 7 days ago", tracking.Weekly, daysAgo(7).Add(time.Hour), tracking.ScanNotDue},
		{"weekly is what is not said", "", daysAgo(7), ""},
		{"monthly, 31 days ago", tracking.Monthly, daysAgo(31), ""},
		{"monthly, 30 days ago in a month of 31", tracking.Monthly, daysAgo(30), tracking.ScanNotDue},
		{"monthly, 7 days ago", tracking.Monthly, daysAgo(7), tracking.ScanNotDue},
		{"never", tracking.Monthly, time.Time{}, ""},
		{"in the future", tracking.Weekly, hours(1), tracking.ScanNotDue},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, due := (tracking.Scan{Last: test.last}).Due(test.cycle, monday); got != test.want || due != (test.want == "") {
				t.Errorf("due %v, %q, want %q", due, got, test.want)
			}
		})
	}
}

func TestMonthlyKeepsToTheMonth(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for last, want := range map[string]string{
		"2026-01-31": "2026-02-28", "2028-01-31": "2028-02-29", "2026-03-31": "2026-04-30", "2026-12-15": "2027-01-15", "2026-02-28": "2026-03-28",
	} {
		if got := tracking.Monthly.NextDue(day(last)); !got.Equal(day(want)) {
			t.Errorf("after %s: %s, want %s", last, got.Format(time.DateOnly), want)
		}
	}
}

func TestTR13ScansDoNotOverlap(t *testing.T) {
	lease := 10 * time.Minute
	at := func(minutes int) time.Time { return monday.Add(time.Duration(minutes) * time.Minute) }
	first, reason := (tracking.Scan{Relationship: "user", Last: daysAgo(8)}).Claim(tracking.Weekly, at(0), lease)
	if reason != "" || first.Fence != 1 {
		t.Fatalf("first claim: %q, %+v", reason, first)
	}
	if _, reason := first.Claim(tracking.Weekly, at(9), lease); reason != tracking.ScanHeld {
		t.Errorf("while held: %q", reason)
	}
	renewed, reason := first.Renew(1, at(9), lease)
	if reason != "" {
		t.Fatalf("renew: %q", reason)
	}
	if _, reason := renewed.Claim(tracking.Weekly, at(18), lease); reason != tracking.ScanHeld {
		t.Errorf("while renewed: %q", reason)
	}
	second, reason := renewed.Claim(tracking.Weekly, at(19), lease)
	if reason != "" || second.Fence != 2 {
		t.Fatalf("after the lease: %q, %+v", reason, second)
	}
	if _, reason := second.Finish(1, true); reason != tracking.ScanLost {
		t.Errorf("the first one finishes late: %q", reason)
	}
	if _, reason := second.Renew(1, at(20), lease); reason != tracking.ScanLost {
		t.Errorf("the first one renews late: %q", reason)
	}
	done, reason := second.Finish(2, true)
	if reason != "" || !done.Last.Equal(at(19)) {
		t.Fatalf("finished: %q, %+v", reason, done)
	}
	if _, reason := done.Claim(tracking.Weekly, at(30), lease); reason != tracking.ScanNotDue {
		t.Errorf("at once again: %q", reason)
	}
	if _, reason := done.Finish(2, true); reason != tracking.ScanLost {
		t.Errorf("finished twice: %q", reason)
	}
	given, _ := second.Finish(2, false)
	if again, reason := given.Claim(tracking.Weekly, at(21), lease); reason != "" || again.Fence != 3 {
		t.Errorf("after it was given up: %q, %+v", reason, again)
	}
}
