package crm

import (
	"strconv"
	"strings"
	"time"
)

// IsTrue reads a checkbox: "true" or "1" in any case, as exports and APIs
// write it.
func IsTrue(s string) bool { return s == "1" || strings.EqualFold(s, "true") }

// FormatBool writes a checkbox.
func FormatBool(b bool) string { return strconv.FormatBool(b) }

// FormatTime writes a time in UTC with milliseconds; "" for the zero time.
func FormatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// FormatDate writes the day of a time in UTC; "" for the zero time.
func FormatDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func parseNumber(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return n
}
