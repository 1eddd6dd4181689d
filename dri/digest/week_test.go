package digest_test

import (
	"testing"
	"time"

	"github.com/onward-crm/onward/dri/digest"
)

func TestWeeks(t *testing.T) {
	for _, row := range []struct{ zone, moment, week, begin string }{
		{"UTC", "2026-11-23T00:00:00Z", "2026-W48", "2026-11-23T00:00:00Z"},
		{"UTC", "2026-11-22T23:59:59Z", "2026-W47", "2026-11-16T00:00:00Z"},
		// Monday comes earlier in the east and later in the west.
		{"Pacific/Auckland", "2026-11-22T11:00:00Z", "2026-W48", "2026-11-22T11:00:00Z"},
		{"America/Los_Angeles", "2026-11-23T07:59:59Z", "2026-W47", "2026-11-16T08:00:00Z"},
		// The year's end: the week of a Thursday in the old year is the old year's.
		{"UTC", "2027-01-03T12:00:00Z", "2026-W53", "2026-12-28T00:00:00Z"},
		{"UTC", "2027-01-04T00:00:00Z", "2027-W01", "2027-01-04T00:00:00Z"},
		{"UTC", "2024-12-30T00:00:00Z", "2025-W01", "2024-12-30T00:00:00Z"},
		// Clocks change on the Sunday before.
		{"Europe/Berlin", "2026-03-29T22:00:00Z", "2026-W14", "2026-03-29T22:00:00Z"},
		{"Europe/Berlin", "2026-10-25T23:00:00Z", "2026-W44", "2026-10-25T23:00:00Z"},
		{"Europe/Berlin", "2026-10-25T22:59:59Z", "2026-W43", "2026-10-18T22:00:00Z"},
		// On this Monday Tehran's clocks went from 00:00 to 01:00.
		{"Asia/Tehran", "2021-03-22T12:00:00Z", "2021-W12", "2021-03-21T20:30:00Z"},
		{"Asia/Tehran", "2016-03-21T12:00:00Z", "2016-W12", "2016-03-20T20:30:00Z"},
	} {
		zone, err := time.LoadLocation(row.zone)
		if err != nil {
			t.Fatal(err)
		}
		w := digest.WeekOf(at(t, row.moment), zone)
		if w.String() != row.week || !w.Begin(zone).Equal(at(t, row.begin)) {
			t.Errorf("%s in %s: %s begins %s, want %s, %s", row.moment, row.zone, w, w.Begin(zone), row.week, row.begin)
		}
	}
}

// TestSkippedMidnight: clocks in Tehran went forward at midnight, sometimes that of a
// Monday. A week begins with the first moment that its Monday has.
func TestSkippedMidnight(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Tehran")
	if err != nil {
		t.Fatal(err)
	}
	skipped := 0
	for year := 1992; year < 2024; year++ {
		for week := 1; week <= 52; week++ {
			begin := digest.Week{Year: year, Number: week}.Begin(zone).In(zone)
			if begin.Weekday() != time.Monday || begin.Add(-time.Nanosecond).In(zone).Weekday() != time.Sunday {
				t.Fatalf("%d-W%02d begins %s", year, week, begin)
			}
			if begin.Hour() == 1 {
				skipped++
			}
		}
	}
	if skipped == 0 {
		t.Error("no Monday without a midnight was met")
	}
}

func TestWeekText(t *testing.T) {
	for _, good := range []string{"2026-W48", "2026-W53", "2025-W01", "0999-W10"} {
		w, err := digest.ParseWeek(good)
		if err != nil || w.String() != good {
			t.Errorf("ParseWeek(%q) = %s, %v", good, w, err)
		}
	}
	for _, bad := range []string{"", "2026-48", "2026-W54", "2025-W53", "2026-W00", "2026-W48x", "26-W48", "2026-W4", "W48-2026"} {
		if w, err := digest.ParseWeek(bad); err == nil {
			t.Errorf("ParseWeek(%q) = %s, want an error", bad, w)
		}
	}
	if got := (digest.Week{Year: 2026, Number: 53}).Add(1).String(); got != "2027-W01" {
		t.Errorf("the week after 2026-W53 is %s", got)
	}
	if got := (digest.Week{Year: 2025, Number: 1}).Add(-1).String(); got != "2024-W52" {
		t.Errorf("the week before 2025-W01 is %s", got)
	}
}

func TestDue(t *testing.T) {
	s := digest.Schedule{Zone: berlin(t), Hour: 7, Minute: 30}
	for moment, want := range map[string]string{
		"2026-11-23T06:29:59Z": "2026-W47", // 07:29 in Berlin
		"2026-11-23T06:30:00Z": "2026-W48",
		"2026-11-29T22:59:59Z": "2026-W48", // made up for all week
		"2026-11-29T23:30:00Z": "2026-W48", // Monday already, but before half past seven
		"2026-11-30T06:30:00Z": "2026-W49",
		"2026-03-30T05:30:00Z": "2026-W14", // summer time since the day before
		"2026-03-30T05:29:00Z": "2026-W13",
		"2027-01-04T06:30:00Z": "2027-W01",
	} {
		if got := s.Due(at(t, moment)).String(); got != want {
			t.Errorf("due at %s: %s, want %s", moment, got, want)
		}
	}
}

// TestDueWhereMidnightIsSkipped: 22 March 2021 began at 01:00 in Tehran.
func TestDueWhereMidnightIsSkipped(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Tehran")
	if err != nil {
		t.Fatal(err)
	}
	for hour, rows := range map[int]map[string]string{
		7: {"2021-03-22T02:29:59Z": "2021-W11", "2021-03-22T02:30:00Z": "2021-W12"},
		0: {"2021-03-21T20:29:59Z": "2021-W11", "2021-03-21T20:30:00Z": "2021-W12"},
	} {
		for moment, want := range rows {
			if got := (digest.Schedule{Zone: zone, Hour: hour}).Due(at(t, moment)).String(); got != want {
				t.Errorf("at %d o'clock, %s: %s, want %s", hour, moment, got, want)
			}
		}
	}
}

func TestWindow(t *testing.T) {
	s := digest.Schedule{Zone: berlin(t), Hour: 7}
	week := digest.Week{Year: 2026, Number: 44} // clocks were put back on Sunday, 25 October
	w := s.Window(week, time.Time{})
	if !w.Since.Equal(at(t, "2026-10-18T22:00:00Z")) || !w.Until.Equal(at(t, "2026-10-25T23:00:00Z")) {
		t.Errorf("window of %s: %s to %s", week, w.Since, w.Until)
	}
	if got := w.Until.Sub(w.Since); got != 169*time.Hour {
		t.Errorf("the week with 25 hours on Sunday has %s", got)
	}
	early := s.Window(week, at(t, "2026-10-01T00:00:00Z"))
	if !early.Since.Equal(at(t, "2026-10-01T00:00:00Z")) || !early.Until.Equal(w.Until) {
		t.Errorf("window since an earlier digest: %s to %s", early.Since, early.Until)
	}
	if late := s.Window(week, w.Until); !late.Since.Equal(w.Since) {
		t.Errorf("a window cannot begin at its end: %s", late.Since)
	}
	for since, want := range map[string]string{
		"":                     "19 – 25 Oct 2026",
		"2026-09-27T22:00:00Z": "28 Sep – 25 Oct 2026",
		"2025-12-28T23:00:00Z": "29 Dec 2025 – 25 Oct 2026",
		"2026-10-24T22:00:00Z": "25 Oct 2026",
	} {
		var from time.Time
		if since != "" {
			from = at(t, since)
		}
		if got := s.Window(week, from).Dates(); got != want {
			t.Errorf("dates since %q: %q, want %q", since, got, want)
		}
	}
}

func FuzzParseWeek(f *testing.F) {
	for _, text := range []string{"2026-W48", "2026-W53", "2025-W53", "0001-W01", "9999-W52", "2026-W-1", "", "２０２６-W48"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := digest.ParseWeek(text)
		if err != nil {
			return
		}
		if w.String() != text || digest.WeekOf(w.Begin(time.UTC), time.UTC) != w || w.Add(1).Add(-1) != w {
			t.Errorf("%q is read as %s", text, w)
		}
	})
}
