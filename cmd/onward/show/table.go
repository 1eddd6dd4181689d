// Package show writes results for people at a terminal, and for programs as JSON.
package show

import (
	"fmt"
	"io"
	"strings"
)

// Column is one column of a table for people. Its text is cut at Most cells of the terminal.
type Column struct {
	Title string
	Most  int
}

// Table writes rows under their titles. Columns are as wide as their texts,
// and at most as wide as they may be.
func Table(out io.Writer, columns []Column, rows [][]string) {
	wide := make([]int, len(columns))
	for i, c := range columns {
		wide[i] = Cells(c.Title)
		for _, row := range rows {
			wide[i] = max(wide[i], min(c.Most, Cells(row[i])))
		}
	}
	titles := make([]string, len(columns))
	rules := make([]string, len(columns))
	for i, c := range columns {
		titles[i], rules[i] = c.Title, strings.Repeat("─", wide[i])
	}
	writeRow(out, wide, titles)
	writeRow(out, wide, rules)
	for _, row := range rows {
		writeRow(out, wide, row)
	}
}

func writeRow(out io.Writer, wide []int, row []string) {
	var b strings.Builder
	for i, text := range row {
		text = Clip(Printable(text), wide[i])
		b.WriteString(text)
		b.WriteString(strings.Repeat(" ", wide[i]-Cells(text)+2))
	}
	fmt.Fprintln(out, strings.TrimRight(b.String(), " "))
}
