// Package importfile reads lists of people from CSV files, as people export them: in
// any of the usual encodings, separators and line ends. A row that cannot be read is
// reported with its line, and text that was garbled before is refused, so that it
// never gets into a CRM.
package importfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/onward-crm/onward/internal/table"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// MaxBytes is the size of the largest file, 64 MiB: half a million rows and more. A
// file is held in memory while it is imported.
const MaxBytes = 64 << 20

// ErrFile is the class of errors about a file as a whole: it cannot be read, is too
// large, is no text, has no header or a header with a name twice.
var ErrFile = errors.New("importfile: the file cannot be used")

// File is a file that was read. It is not changed any more and safe for concurrent use.
type File struct{ table *table.Table }

// Read reads a whole file; its name is used in messages only. The error is an ErrFile
// and says what is wrong where.
func Read(name string, r io.Reader) (*File, error) {
	t, err := table.Read(name, &bounded{r, MaxBytes})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return &File{table: t}, nil
}

// bounded fails where a reader goes on beyond a number of bytes.
type bounded struct {
	from io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, fmt.Errorf("more than %d MiB; split it", MaxBytes>>20)
	}
	return n, err
}

// Header lists the columns' names, for people who map them; tracking.GuessMapping
// proposes how.
func (f *File) Header() []string { return f.table.Header }

// Source gives the file's rows by a mapping. The error is that of Mapping.Bind: it
// names columns that the file does not have.
func (f *File) Source(m tracking.Mapping) (contacts.Source, error) {
	columns, err := m.Bind(f.table.Header)
	if err != nil {
		return nil, err
	}
	return source{f.table, columns}, nil
}

// source gives rows in order of their lines.
type source struct {
	table   *table.Table
	columns tracking.Columns
}

// Rows gives good and bad rows in order of their lines; the number of a row is the
// line on which it begins.
func (s source) Rows(ctx context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		bad := s.table.Problems
		for len(bad) > 0 && bad[0].Line <= s.table.HeaderLine {
			bad = bad[1:] // about the header: a column without a name is not read
		}
		for _, r := range s.table.Rows {
			for len(bad) > 0 && bad[0].Line < r.Line {
				if !yield(unreadable(bad[0]), nil) {
					return
				}
				bad = bad[1:]
			}
			if err := ctx.Err(); err != nil {
				yield(tracking.Row{}, err)
				return
			}
			if !yield(s.row(r), nil) {
				return
			}
		}
		for _, p := range bad {
			if !yield(unreadable(p), nil) {
				return
			}
		}
	}
}

func (s source) row(r table.Row) tracking.Row {
	for i, cell := range r.Cells {
		if garbled(cell) {
			text := fmt.Sprintf("column %s was read in a wrong encoding before it was saved; export it again as UTF-8", s.name(i))
			return tracking.Row{Number: r.Line, Problem: &tracking.RowProblem{Row: r.Line, Reason: tracking.RowGarbled, Text: text}}
		}
	}
	return tracking.Row{Number: r.Line, Person: s.columns.Person(r.Cells)}
}

// name is the column's name, or its number where it has none.
func (s source) name(column int) string {
	if h := s.table.Header[column]; h != "" {
		return `"` + h + `"`
	}
	return fmt.Sprint(column + 1)
}

func unreadable(p table.Problem) tracking.Row {
	text := "want " + p.Want
	if p.Column != "" {
		text = "column " + p.Column + ": " + text
	}
	return tracking.Row{Number: p.Line, Problem: &tracking.RowProblem{Row: p.Line, Reason: tracking.RowUnreadable, Text: text}}
}
