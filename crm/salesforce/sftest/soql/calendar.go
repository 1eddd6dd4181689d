package soql

import (
	"slices"
	"strings"
	"time"
)

// calendarWords are the date literals that stand alone.
var calendarWords = []string{
	"YESTERDAY", "TODAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS",
	"LAST_WEEK", "THIS_WEEK", "NEXT_WEEK", "LAST_MONTH", "THIS_MONTH", "NEXT_MONTH",
	"LAST_QUARTER", "THIS_QUARTER", "NEXT_QUARTER", "LAST_YEAR", "THIS_YEAR", "NEXT_YEAR",
}

// countedWords are the date literals that take a number after a colon.
var countedWords = []string{
	"LAST_N_DAYS", "NEXT_N_DAYS", "N_DAYS_AGO", "LAST_N_WEEKS", "NEXT_N_WEEKS", "N_WEEKS_AGO",
	"LAST_N_MONTHS", "NEXT_N_MONTHS", "N_MONTHS_AGO", "LAST_N_QUARTERS", "NEXT_N_QUARTERS", "N_QUARTERS_AGO",
	"LAST_N_YEARS", "NEXT_N_YEARS", "N_YEARS_AGO",
}

// span is the time from its start up to, but without, its end.
type span struct{ start, end time.Time }

// calendar gives the span that a date literal names, seen from now.
func calendar(v Literal, now time.Time) span {
	word, n := v.Text, v.N
	switch word {
	case "YESTERDAY":
		word, n = "N_DAYS_AGO", 1
	case "TODAY":
		word, n = "N_DAYS_AGO", 0
	case "TOMORROW":
		word, n = "NEXT_N_DAYS", 1
	case "LAST_90_DAYS":
		word, n = "LAST_N_DAYS", 90
	case "NEXT_90_DAYS":
		word, n = "NEXT_N_DAYS", 90
	}
	unit := unitOf(word)
	this := unit.floor(now.UTC())
	next := unit.add(this, 1)
	switch {
	case slices.Contains(countedWords, word) && strings.HasSuffix(word, "_AGO"):
		return span{unit.add(this, -n), unit.add(this, 1-n)}
	case word == "LAST_N_DAYS": // today counts, unlike the present week or month
		return span{unit.add(this, -n), next}
	case strings.HasPrefix(word, "LAST_N_"):
		return span{unit.add(this, -n), this}
	case strings.HasPrefix(word, "NEXT_N_"):
		return span{next, unit.add(next, n)}
	case strings.HasPrefix(word, "LAST_"):
		return span{unit.add(this, -1), this}
	case strings.HasPrefix(word, "NEXT_"):
		return span{next, unit.add(next, 1)}
	default:
		return span{this, next}
	}
}

// unit is a stretch of the calendar: days or months, and how many of them.
type unit struct {
	days, months int
}

func unitOf(word string) unit {
	switch {
	case strings.Contains(word, "DAY"):
		return unit{days: 1}
	case strings.Contains(word, "WEEK"):
		return unit{days: 7}
	case strings.Contains(word, "MONTH"):
		return unit{months: 1}
	case strings.Contains(word, "QUARTER"):
		return unit{months: 3}
	default:
		return unit{months: 12}
	}
}

// floor gives the start of the stretch in which t lies. Weeks begin on Sunday.
func (u unit) floor(t time.Time) time.Time {
	year, month, day := t.Date()
	switch {
	case u.days == 7:
		day -= int(t.Weekday())
	case u.months > 0:
		month, day = month-(month-1)%time.Month(u.months), 1
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// add moves the start of a stretch by n stretches.
func (u unit) add(t time.Time, n int) time.Time { return t.AddDate(0, u.months*n, u.days*n) }
