package digest

import (
	"fmt"
	"time"
)

// Week is an ISO 8601 week: it begins on Monday, and week 1 is the one with the
// year's first Thursday, so the last days of December may belong to week 1 of the
// next year.
type Week struct {
	Year, Number int
}

// WeekOf is the week that a moment lies in, on the clock of a zone.
func WeekOf(t time.Time, zone *time.Location) Week {
	year, number := t.In(zone).ISOWeek()
	return Week{year, number}
}

// ParseWeek reads what String writes.
func ParseWeek(s string) (Week, error) {
	var w Week
	if _, err := fmt.Sscanf(s, "%4d-W%2d", &w.Year, &w.Number); err != nil || w.String() != s || WeekOf(w.monday(12, time.UTC), time.UTC) != w {
		return Week{}, fmt.Errorf("digest: week %q: want a week such as 2026-W48", s)
	}
	return w, nil
}

// String writes the week as ISO 8601 does: "2026-W48".
func (w Week) String() string { return fmt.Sprintf("%04d-W%02d", w.Year, w.Number) }

// MarshalText writes what String writes.
func (w Week) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads what ParseWeek reads.
func (w *Week) UnmarshalText(text []byte) (err error) {
	*w, err = ParseWeek(string(text))
	return err
}

// Begin is the first moment of the week's Monday in a zone. Where clocks are put
// forward at midnight that is not 00:00.
func (w Week) Begin(zone *time.Location) time.Time {
	noon := w.monday(12, zone)
	t := w.monday(0, zone)
	for t.In(zone).Day() != noon.Day() { // midnight is skipped, and was read as the hour before
		t = t.Add(30 * time.Minute)
	}
	return t.UTC()
}

// monday is an hour of the week's Monday. The 4th of January is always in week 1.
func (w Week) monday(hour int, zone *time.Location) time.Time {
	fourth := time.Date(w.Year, time.January, 4, 12, 0, 0, 0, time.UTC)
	back := (int(fourth.Weekday()) + 6) % 7
	return time.Date(w.Year, time.January, 4-back+7*(w.Number-1), hour, 0, 0, 0, zone)
}

// Add is the week n weeks later, or earlier for a negative n.
func (w Week) Add(n int) Week { return WeekOf(w.monday(12, time.UTC).AddDate(0, 0, 7*n), time.UTC) }

// Schedule says when digests are due: on Mondays at a time of day. The zero
// Schedule means midnight UTC.
type Schedule struct {
	// Zone is the organisation's; nil means UTC.
	Zone *time.Location
	// Hour and Minute are the time of day, 00:00 to 23:59.
	Hour, Minute int
}

// Due is the latest week whose digest is due at a moment.
func (s Schedule) Due(now time.Time) Week {
	zone := s.zone()
	w := WeekOf(now, zone)
	noon := w.monday(12, zone)
	at := time.Date(noon.Year(), noon.Month(), noon.Day(), s.Hour, s.Minute, 0, 0, zone)
	if now.Before(at) {
		return w.Add(-1)
	}
	return w
}

// Window is the week before a week's Monday; since moves its beginning, unless it is
// zero or not before the end.
func (s Schedule) Window(w Week, since time.Time) Window {
	out := Window{Week: w, Since: w.Add(-1).Begin(s.zone()), Until: w.Begin(s.zone()), Zone: s.zone()}
	if !since.IsZero() && since.Before(out.Until) {
		out.Since = since.UTC()
	}
	return out
}

func (s Schedule) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// Window is what a digest tells of: Since <= t < Until.
type Window struct {
	// Week is the one on whose Monday the digest is due, which is the week after
	// Until.
	Week         Week
	Since, Until time.Time
	// Zone is where dates are written; nil means UTC.
	Zone *time.Location
}

// holds reports whether a moment lies within the window.
func (w Window) holds(t time.Time) bool { return !t.Before(w.Since) && t.Before(w.Until) }

// Dates writes the days of the window: "16 – 22 Nov 2026".
func (w Window) Dates() string {
	zone := Schedule{Zone: w.Zone}.zone()
	from, to := w.Since.In(zone), w.Until.Add(-time.Nanosecond).In(zone)
	last := to.Format("2 Jan 2006")
	switch {
	case from.Year() != to.Year():
		return from.Format("2 Jan 2006") + " – " + last
	case from.Month() != to.Month():
		return from.Format("2 Jan") + " – " + last
	case from.Day() != to.Day():
		return from.Format("2") + " – " + last
	}
	return last
}
