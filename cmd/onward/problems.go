package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/onward-crm/onward/internal/eventfile"
)

// maxListed is the number of problems that are listed; the rest is counted.
const maxListed = 20

// reportLoad says what was wrong with the CRM's files, and which columns are
// kept without being understood.
func (p *program) reportLoad(w *world) {
	texts := make([]string, len(w.report.Problems))
	for i, problem := range w.report.Problems {
		texts[i] = problem.String()
	}
	if bad := w.report.Bad(); bad > 0 {
		p.say("%s of the CRM left out:", count(bad, "row"))
	}
	list(p.stderr, texts)
	for _, f := range w.report.Files {
		if len(f.Custom) > 0 {
			p.say("%s: custom columns kept: %s", f.File, printable(strings.Join(f.Custom, ", ")))
		}
	}
}

// reportEvents says what was wrong with the file of moves.
func (p *program) reportEvents(f *eventfile.File) {
	texts := make([]string, len(f.Problems))
	for i, problem := range f.Problems {
		texts[i] = problem.Error()
	}
	if f.BadRows > 0 {
		p.say("%s of %s left out, %s good:", count(f.BadRows, "row"), f.Name, count(len(f.Events), "row"))
	}
	list(p.stderr, texts)
	if len(f.Unknown) > 0 {
		p.say("%s: unknown names kept as custom values: %s", f.Name, printable(strings.Join(f.Unknown, ", ")))
	}
}

func list(out io.Writer, texts []string) {
	for i, text := range texts {
		if i == maxListed {
			fmt.Fprintf(out, "  … and %d more\n", len(texts)-maxListed)
			return
		}
		fmt.Fprintf(out, "  %s\n", printable(text))
	}
}

// count writes a number with its noun: 1 row, 2 rows.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
