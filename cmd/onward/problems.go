package main

import (
	"strings"

	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/internal/eventfile"
)

// reportLoad says what was wrong with the CRM's files, and which columns are
// kept without being understood.
func (p *program) reportLoad(w *world) {
	texts := make([]string, len(w.report.Problems))
	for i, problem := range w.report.Problems {
		texts[i] = problem.String()
	}
	if bad := w.report.Bad(); bad > 0 {
		p.Say("%s of the CRM left out:", show.Count(bad, "row"))
	}
	show.List(p.Stderr, texts)
	for _, f := range w.report.Files {
		if len(f.Custom) > 0 {
			p.Say("%s: custom columns kept: %s", f.File, show.Printable(strings.Join(f.Custom, ", ")))
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
		p.Say("%s of %s left out, %s good:", show.Count(f.BadRows, "row"), f.Name, show.Count(len(f.Events), "row"))
	}
	show.List(p.Stderr, texts)
	if len(f.Unknown) > 0 {
		p.Say("%s: unknown names kept as custom values: %s", f.Name, show.Printable(strings.Join(f.Unknown, ", ")))
	}
}
