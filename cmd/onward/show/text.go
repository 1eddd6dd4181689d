package main

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// printable makes a text safe for a terminal: control characters, which could
// move the cursor or colour the rest, become blanks.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}

// cells is the number of columns that a text takes on a terminal.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += cellsOf(r)
	}
	return n
}

func cellsOf(r rune) int {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case width.LookupRune(r).Kind() == width.EastAsianWide, width.LookupRune(r).Kind() == width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// clip cuts a text to a number of columns, with an ellipsis for what is cut.
func clip(s string, limit int) string {
	if cells(s) <= limit {
		return s
	}
	n := 0
	for i, r := range s {
		if n += cellsOf(r); n > limit-1 {
			return s[:i] + "…"
		}
	}
	return s
}
