package show

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Printable makes a text safe for a terminal: control characters, which could
// move the cursor or colour the rest, become blanks.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}

// Cells is the number of columns that a text takes on a terminal.
func Cells(s string) int {
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

// Clip cuts a text to a number of columns, with an ellipsis for what is cut.
func Clip(s string, limit int) string {
	if Cells(s) <= limit {
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
