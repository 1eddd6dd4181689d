package soql

import (
	"testing"
	"time"
)

// TestCalendar reads date literals on a Wednesday, 4 November 2026.
func TestCalendar(t *testing.T) {
	now := time.Date(2026, 11, 4, 15, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		word       string
		n          int
		start, end string
	}{
		{"YESTERDAY", 0, "2026-11-03", "2026-11-04"},
		{"TODAY", 0, "2026-11-04", "2026-11-05"},
		{"TOMORROW", 0, "2026-11-05", "2026-11-06"},
		{"LAST_N_DAYS", 7, "2026-10-28", "2026-11-05"},
		{"NEXT_N_DAYS", 7, "2026-11-05", "2026-11-12"},
		{"N_DAYS_AGO", 7, "2026-10-28", "2026-10-29"},
		{"LAST_90_DAYS", 0, "2026-08-06", "2026-11-05"},
		{"NEXT_90_DAYS", 0, "2026-11-05", "2027-02-03"},
		{"LAST_WEEK", 0, "2026-10-25", "2026-11-01"},
		{"THIS_WEEK", 0, "2026-11-01", "2026-11-08"},
		{"NEXT_WEEK", 0, "2026-11-08", "2026-11-15"},
		{"LAST_N_WEEKS", 2, "2026-10-18", "2026-11-01"},
		{"N_WEEKS_AGO", 2, "2026-10-18", "2026-10-25"},
		{"LAST_MONTH", 0, "2026-10-01", "2026-11-01"},
		{"THIS_MONTH", 0, "2026-11-01", "2026-12-01"},
		{"NEXT_MONTH", 0, "2026-12-01", "2027-01-01"},
		{"LAST_N_MONTHS", 11, "2025-12-01", "2026-11-01"},
		{"NEXT_N_MONTHS", 2, "2026-12-01", "2027-02-01"},
		{"N_MONTHS_AGO", 1, "2026-10-01", "2026-11-01"},
		{"LAST_QUARTER", 0, "2026-07-01", "2026-10-01"},
		{"THIS_QUARTER", 0, "2026-10-01", "2027-01-01"},
		{"NEXT_QUARTER", 0, "2027-01-01", "2027-04-01"},
		{"LAST_N_QUARTERS", 2, "2026-04-01", "2026-10-01"},
		{"LAST_YEAR", 0, "2025-01-01", "2026-01-01"},
		{"THIS_YEAR", 0, "2026-01-01", "2027-01-01"},
		{"NEXT_YEAR", 0, "2027-01-01", "2028-01-01"},
		{"LAST_N_YEARS", 3, "2023-01-01", "2026-01-01"},
		{"N_YEARS_AGO", 3, "2023-01-01", "2024-01-01"},
	} {
		s := calendar(Literal{Text: c.word, N: c.n}, now)
		if start, end := s.start.Format(time.DateOnly), s.end.Format(time.DateOnly); start != c.start || end != c.end {
			t.Errorf("%s:%d is %s to %s, want %s to %s", c.word, c.n, start, end, c.start, c.end)
		}
	}
}
