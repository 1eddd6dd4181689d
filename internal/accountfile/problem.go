package accountfile

import (
	"strconv"
	"strings"
)

// MaxProblems is how many problems a Tally lists; the rest is only counted.
const MaxProblems = 100

// Problem says what is wrong with a place in a file. It quotes no cell, since
// cells may hold personal data.
type Problem struct {
	File string
	// Line is counted from 1; 0 means the file as a whole.
	Line int
	// Column is the column as the file calls it; "" means the whole row.
	Column string
	// Message says what is wrong and what was expected.
	Message string
}

// Error gives a text such as "accounts.csv:12: Account Name: empty, want a name".
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		b.WriteString(":" + strconv.Itoa(p.Line))
	}
	if p.Column != "" {
		b.WriteString(": " + p.Column)
	}
	b.WriteString(": " + p.Message)
	return b.String()
}

// Tally counts what a file held, as far as it was read.
type Tally struct {
	// Good and Bad count rows, Noted the remarks on good ones: a value that was
	// left out, a name that can hardly be found.
	Good, Bad, Noted int
	// Problems says what was wrong with bad rows and noted values, in the order
	// of their lines; at most MaxProblems.
	Problems []Problem
	// Total counts the problems, those that are not listed too.
	Total int
}

func (t *Tally) add(p Problem) {
	t.Total++
	if len(t.Problems) < MaxProblems {
		t.Problems = append(t.Problems, p)
	}
}
