package main

import (
	"fmt"
	"io"
	"strings"
)

// column is one column of a table for people. Its text is cut at most cells.
type column struct {
	title string
	most  int
}

// writeTable writes rows under their titles. Columns are as wide as their texts,
// and at most as wide as they may be.
func writeTable(out io.Writer, columns []column, rows [][]string) {
	wide := make([]int, len(columns))
	for i, c := range columns {
		wide[i] = cells(c.title)
		for _, row := range rows {
			wide[i] = max(wide[i], min(c.most, cells(row[i])))
		}
	}
	titles := make([]string, len(columns))
	rules := make([]string, len(columns))
	for i, c := range columns {
		titles[i], rules[i] = c.title, strings.Repeat("─", wide[i])
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
		text = clip(printable(text), wide[i])
		b.WriteString(text)
		b.WriteString(strings.Repeat(" ", wide[i]-cells(text)+2))
	}
	fmt.Fprintln(out, strings.TrimRight(b.String(), " "))
}
