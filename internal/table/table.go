package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// MaxBytes is the size of the largest file that Read takes, 2 GiB.
const MaxBytes = 2 << 30

// Table is one file that was read.
type Table struct {
	// Name is the file's name as given to Read.
	Name string
	// Header holds the column names, without surrounding blanks. A column
	// without a name is "". No two names are equal, whatever their case.
	Header []string
	// HeaderLine is the line of the header; the first line is 1.
	HeaderLine int
	// Rows are the good rows in the file's order. Blank lines are no rows.
	Rows []Row
	// Problems are the rows that could not be read, in order of their lines.
	Problems []Problem
	// Comma is the character between cells: ',', ';' or a tab.
	Comma rune
}

// Row is one row: exactly one cell for each column of the header. Cells are
// valid UTF-8 and otherwise as they stand in the file.
type Row struct {
	// Line is the line on which the row begins.
	Line  int
	Cells []string
}

// Problem says what is wrong with a place in a file. It quotes no cell, since
// cells may hold personal data.
type Problem struct {
	File string
	// Line is counted from 1; 0 means the file as a whole.
	Line int
	// Column is the name of the column, or its number where it has no name;
	// "" means the whole row.
	Column string
	// Want says what was expected there.
	Want string
}

// Error gives a text such as "Contact.csv:12: column Email: want one address".
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		b.WriteString(":" + strconv.Itoa(p.Line))
	}
	if p.Column != "" {
		b.WriteString(": column " + p.Column)
	}
	b.WriteString(": want " + p.Want)
	return b.String()
}

// Read reads a whole file. Its name is used in problems only.
//
// An error means that the file as a whole cannot be used: it cannot be read, is
// too large or empty, is no text, or has a header with a name twice. It is a
// Problem, or wraps what the reader said. Everything else becomes an entry in
// Problems, and the good rows are there.
func Read(name string, r io.Reader) (*Table, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("table: %s: %w", name, err)
	}
	if len(raw) > MaxBytes {
		return nil, Problem{File: name, Want: "at most " + strconv.Itoa(MaxBytes) + " bytes"}
	}
	text, dec, err := sniffEncoding(raw)
	if err != nil {
		return nil, Problem{File: name, Line: 1, Want: "UTF-8, UTF-16 or Windows-1252 text"}
	}
	t := &Table{Name: name}
	s := &scanner{text: text, line: 1}
	s.comma = sniffComma(s)
	t.Comma = rune(s.comma)
	if err := t.readHeader(s, dec); err != nil {
		return nil, err
	}
	t.readRows(s, dec)
	return t, nil
}

// Column returns the position of the column of that name, compared without
// regard to case, or -1.
func (t *Table) Column(name string) int {
	return slices.IndexFunc(t.Header, func(h string) bool { return h != "" && strings.EqualFold(h, name) })
}

func (t *Table) readHeader(s *scanner, dec decoder) error {
	for !s.done() {
		at := s.mark()
		cells, err := s.row()
		if err != nil {
			return Problem{File: t.Name, Line: at.line, Column: s.columnNumber(), Want: err.Error()}
		}
		if blank(cells) {
			continue
		}
		t.HeaderLine = at.line
		if t.Header, err = dec(cells); err != nil {
			return Problem{File: t.Name, Line: at.line, Want: err.Error()}
		}
		return t.checkHeader()
	}
	return Problem{File: t.Name, Line: 1, Want: "a header with column names"}
}

func (t *Table) checkHeader() error {
	seen := make(map[string]bool, len(t.Header))
	for i, h := range t.Header {
		h = strings.TrimSpace(h)
		t.Header[i] = h
		fold := strings.ToLower(h)
		if h != "" && seen[fold] {
			return Problem{File: t.Name, Line: t.HeaderLine, Column: strconv.Itoa(i + 1), Want: "each column name once"}
		}
		seen[fold] = true
	}
	for len(t.Header) > 0 && t.Header[len(t.Header)-1] == "" {
		t.Header = t.Header[:len(t.Header)-1]
	}
	for i, h := range t.Header {
		if h == "" {
			t.report(t.HeaderLine, strconv.Itoa(i+1), "a column name")
		}
	}
	return nil
}

// readRows reads what follows the header. After a bad row reading goes on at the
// next line, so that one lost quote costs one row and not the rest of the file.
func (t *Table) readRows(s *scanner, dec decoder) {
	for !s.done() {
		at := s.mark()
		cells, err := s.row()
		if err == nil && blank(cells) {
			continue
		}
		if err == nil {
			cells, err = fit(cells, len(t.Header))
		}
		if err != nil {
			t.report(at.line, t.columnName(s, err), err.Error())
			s.restart(at)
			continue
		}
		text, err := dec(cells)
		if err != nil {
			t.report(at.line, "", err.Error())
			continue
		}
		t.Rows = append(t.Rows, Row{Line: at.line, Cells: text})
	}
}

func (t *Table) report(line int, column, want string) {
	t.Problems = append(t.Problems, Problem{File: t.Name, Line: line, Column: column, Want: want})
}

// columnName names the column at which the scanner gave up; a wrong number of
// cells belongs to no column.
func (t *Table) columnName(s *scanner, err error) string {
	if !errors.Is(err, errOpenQuote) && !errors.Is(err, errQuote) {
		return ""
	}
	if i := s.cells; i < len(t.Header) && t.Header[i] != "" {
		return t.Header[i]
	}
	return s.columnNumber()
}

// fit cuts blank cells beyond the header, which spreadsheets like to leave.
func fit(cells [][]byte, want int) ([][]byte, error) {
	for len(cells) > want && len(bytes.TrimSpace(cells[len(cells)-1])) == 0 {
		cells = cells[:len(cells)-1]
	}
	if len(cells) != want {
		return nil, fmt.Errorf("%d cells, as in the header, not %d", want, len(cells))
	}
	return cells, nil
}

func blank(cells [][]byte) bool {
	for _, c := range cells {
		if len(bytes.TrimSpace(c)) > 0 {
			return false
		}
	}
	return true
}
