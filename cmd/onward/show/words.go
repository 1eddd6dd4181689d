package show

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// MaxListed is the number of texts that are listed; the rest is counted.
const MaxListed = 20

// List writes texts, one a line. Of very many the first are written and the rest is counted.
func List(out io.Writer, texts []string) {
	for i, text := range texts {
		if i == MaxListed {
			fmt.Fprintf(out, "  … and %d more\n", len(texts)-MaxListed)
			return
		}
		fmt.Fprintf(out, "  %s\n", Printable(text))
	}
}

// Count writes a number with its noun: 1 row, 2 rows.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Counts writes what is counted, most first; equal numbers by name. Lines are
// folded at 110 columns.
func Counts(of map[string]int) string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(of[b]-of[a], strings.Compare(a, b)) })
	var b strings.Builder
	wide := 10
	for i, name := range names {
		text := fmt.Sprintf("%d %s", of[name], name)
		wide += len(text) + 2
		switch {
		case i > 0 && wide > 110:
			b.WriteString(",\n  ")
			wide = len(text) + 4
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(text)
	}
	return b.String()
}
