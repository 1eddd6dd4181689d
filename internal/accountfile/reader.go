package accountfile

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"strings"
	"unicode/utf8"
)

// encodingWanted says what to do about a file in another encoding.
const encodingWanted = `want UTF-8: save the file again as "CSV UTF-8"`

// Reader reads the rows of one file, of type Account or Query. It is not safe
// for concurrent use.
type Reader[T any] struct {
	name       string
	scan       *scanner
	header     []string
	headerLine int
	fields     []field
	at         []int // the column of each field, -1 for none
	build      func(*row) T
	lines      map[[2]uint64]int // by hashed id: where it stood first
	seeds      [2]maphash.Seed
	tally      Tally
	// marked tells that the file says itself that it is UTF-8. Otherwise rows
	// with accented letters say so, and rows that are none speak against it.
	marked         bool
	accents, stray int
}

// open reads the header.
func open[T any](name string, r io.Reader, fields []field, build func(*row) T) (*Reader[T], error) {
	t := &Reader[T]{
		name: name, scan: newScanner(r), fields: fields, build: build,
		lines: map[[2]uint64]int{}, seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
	}
	err := t.readHeader()
	if bad, ok := errors.AsType[Problem](err); ok {
		bad.File, bad.Line = name, t.headerLine
		return nil, bad
	}
	if err != nil {
		return nil, fmt.Errorf("accountfile: %s: %w", name, err)
	}
	return t, nil
}

func (t *Reader[T]) readHeader() error {
	t.headerLine = 1
	if err := t.readMark(); err != nil {
		return err
	}
	for {
		if err := t.findComma(); err != nil {
			return err
		}
		_, err := t.scan.next()
		bad := (*rowError)(nil)
		switch {
		case err == io.EOF:
			return Problem{Message: "empty, want a first row with the names of the columns"}
		case errors.As(err, &bad):
			return Problem{Message: bad.Error()}
		case err != nil:
			return err
		case t.scan.empty():
			continue
		}
		return t.takeHeader()
	}
}

// findComma looks at the next line for the character between cells. A line
// "sep=;", as one spreadsheet writes it, decides and is passed over.
func (t *Reader[T]) findComma() error {
	t.headerLine = t.scan.line
	b, err := t.scan.peekLine()
	if err != nil {
		return err
	}
	said := bytes.TrimRight(b, "\r\n")
	if len(said) == 5 && bytes.EqualFold(said[:4], []byte("sep=")) && bytes.IndexByte([]byte(",;\t"), said[4]) >= 0 {
		t.scan.comma = said[4]
		err := t.scan.skipLine()
		t.headerLine = t.scan.line
		return err
	}
	t.scan.comma = sniffComma(b)
	return nil
}

// readMark looks for what says how the file is encoded.
func (t *Reader[T]) readMark() error {
	b, err := t.scan.in.Peek(4)
	if err != nil && err != io.EOF {
		return err
	}
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}), bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return Problem{Message: "is in UTF-16, " + encodingWanted}
	case bytes.HasPrefix(b, []byte{0xEF, 0xBB, 0xBF}):
		t.marked = true
		_, _ = t.scan.in.Discard(3) // what was peeked is there
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return Problem{Message: "is a spreadsheet or an archive, want a CSV file in UTF-8"}
	}
	return nil
}

func (t *Reader[T]) takeHeader() error {
	if bytes.IndexByte(t.scan.bytes, 0) >= 0 {
		return Problem{Message: "is no text in UTF-8, or in UTF-16, " + encodingWanted}
	}
	if !utf8.Valid(t.scan.bytes) {
		return Problem{Message: "is not in UTF-8 (Latin-1 or Windows-1252, it seems), " + encodingWanted}
	}
	t.count()
	for _, c := range t.scan.cells {
		t.header = append(t.header, strings.TrimSpace(string(c)))
	}
	for n := len(t.header); n > 0 && t.header[n-1] == ""; n-- {
		t.header = t.header[:n-1]
	}
	var err error
	t.at, err = columns(t.fields, t.header)
	return err
}

// count notes that the row bears accented letters in good UTF-8.
func (t *Reader[T]) count() {
	for _, b := range t.scan.bytes {
		if b >= utf8.RuneSelf {
			t.accents++
			return
		}
	}
}

// Name is the file's name as given.
func (t *Reader[T]) Name() string { return t.name }

// Tally counts what was read so far.
func (t *Reader[T]) Tally() Tally { return t.tally }

// Note reports a value of a good row that is of no use, by its field's name in
// the documentation. The caller leaves the value out.
func (t *Reader[T]) Note(line int, name, message string) {
	t.tally.Noted++
	t.tally.add(Problem{File: t.name, Line: line, Column: t.called(name), Message: message})
}

// called is the column of a field as the file calls it.
func (t *Reader[T]) called(name string) string {
	for i, f := range t.fields {
		if f.name == name && t.at[i] >= 0 {
			return t.header[t.at[i]]
		}
	}
	return name
}

// All gives the good rows in the order of the file; it can be read once. An error
// ends it: the file cannot be used further. It is a Problem, or wraps what the
// reader said.
func (t *Reader[T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			got, ok, err := t.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(got, err)
				return
			}
			if ok && !yield(got, nil) {
				return
			}
		}
	}
}

// next reads one row; ok tells that it is a good one.
func (t *Reader[T]) next() (got T, ok bool, err error) {
	line, err := t.scan.next()
	bad := (*rowError)(nil)
	switch {
	case err == io.EOF:
		return got, false, err
	case errors.As(err, &bad):
		t.refuse(line, t.columnAt(bad.cell), bad.Error())
		return got, false, nil
	case err != nil:
		return got, false, fmt.Errorf("accountfile: %s: %w", t.name, err)
	case t.scan.empty():
		return got, false, nil
	case !utf8.Valid(t.scan.bytes):
		return got, false, t.notUTF8(line)
	}
	t.count()
	if err := t.scan.fit(len(t.header)); err != nil {
		t.refuse(line, "", err.Error())
		return got, false, nil
	}
	got, ok = t.take(line)
	return got, ok, nil
}

// notUTF8 refuses one row of a file that else is UTF-8, and the whole file when
// it is not: half of its names would be missing.
func (t *Reader[T]) notUTF8(line int) error {
	if t.stray++; t.stray > t.accents && !t.marked {
		return Problem{File: t.name, Line: line, Message: "not in UTF-8 (Latin-1 or Windows-1252, it seems), " + encodingWanted}
	}
	t.refuse(line, "", "not in UTF-8 as the rest of the file, "+encodingWanted)
	return nil
}

func (t *Reader[T]) refuse(line int, column, message string) {
	t.tally.Bad++
	t.tally.add(Problem{File: t.name, Line: line, Column: column, Message: message})
}

// columnAt is the name of a column, "" for none.
func (t *Reader[T]) columnAt(i int) string {
	if i < len(t.header) {
		return t.header[i]
	}
	return ""
}

// take checks the row that was read last.
func (t *Reader[T]) take(line int) (got T, ok bool) {
	r := &row{line: line, values: make([]string, len(t.fields))}
	for i, column := range t.at {
		if column >= 0 {
			r.values[i] = string(t.scan.cells[column])
		}
	}
	r.check(t.fields)
	if !r.bad {
		t.onlyOnce(r)
	}
	for _, f := range r.faults {
		t.tally.add(Problem{File: t.name, Line: line, Column: t.header[t.at[f.field]], Message: f.message})
	}
	if r.bad {
		t.tally.Bad++
		return got, false
	}
	t.tally.Good++
	t.tally.Noted += len(r.faults)
	return t.build(r), true
}

// onlyOnce refuses a row whose id another one had. Ids are kept as hashes of 128
// bits, which takes the same memory however long they are.
func (t *Reader[T]) onlyOnce(r *row) {
	key := [2]uint64{maphash.String(t.seeds[0], r.values[0]), maphash.String(t.seeds[1], r.values[0])}
	if first, twice := t.lines[key]; twice {
		r.fail(0, fmt.Sprintf("stands on line %d already, want each id once", first))
		return
	}
	t.lines[key] = r.line
}
