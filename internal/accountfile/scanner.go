package accountfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// maxRecord bounds one row, in bytes. It is several times the longest row of an
// export; a longer one is a quote that was never closed.
const maxRecord = 1 << 20

var (
	errMore      = errors.New("the row goes on behind what was read")
	errOpenQuote = errors.New("no closing quote, want one within 1 MiB")
	errQuote     = errors.New("text after a closing quote, want a separator or the end of the line")
	errTooLong   = errors.New("longer than 1 MiB, want a row")
)

// scanner splits a stream into rows of cells. Only one row is in memory at a
// time, and what was read ahead.
type scanner struct {
	in    *bufio.Reader
	comma byte
	line  int      // of the next row, from 1
	cells [][]byte // of the row that was read last; good until the next one
	bytes []byte   // the same row as it stands in the file
}

func newScanner(r io.Reader) *scanner {
	return &scanner{in: bufio.NewReaderSize(r, maxRecord), comma: ',', line: 1}
}

// rowError says that one row cannot be split; the rows after it can be read.
type rowError struct {
	cell int // counted from 0
	err  error
}

func (e *rowError) Error() string { return e.err.Error() }

// next reads one row and returns the line on which it begins. The error is
// io.EOF after the last row, a *rowError for a row that was passed over, or what
// the reader said.
func (s *scanner) next() (line int, err error) {
	line = s.line
	for want := 1; ; {
		b, err := s.in.Peek(max(want, s.in.Buffered()))
		if err != nil && err != io.EOF || len(b) == 0 {
			return line, err
		}
		n, bad := s.split(b, err == io.EOF)
		switch {
		case bad == errMore && len(b) < maxRecord:
			want = len(b) + 1
			continue
		case bad == errMore:
			bad = s.endless(b)
		}
		if bad != nil { // a lost quote costs one line, not the rest of the file
			if err := s.skipLine(); err != nil {
				return line, err
			}
			return line, &rowError{len(s.cells), bad}
		}
		s.bytes = b[:n]
		s.line += lineEnds(s.bytes)
		_, err = s.in.Discard(n)
		return line, err
	}
}

// endless says why a row fills the whole buffer.
func (s *scanner) endless(b []byte) error {
	if bytes.IndexByte(b, '"') >= 0 {
		return errOpenQuote
	}
	return errTooLong
}

// split cuts the first row of b into cells and returns its length with the line
// end. all tells that nothing follows b.
func (s *scanner) split(b []byte, all bool) (n int, err error) {
	s.cells = s.cells[:0]
	for pos := 0; ; pos++ {
		cell, end, err := s.cell(b, pos, all)
		if err != nil {
			return 0, err
		}
		s.cells = append(s.cells, cell)
		switch pos = end; {
		case pos == len(b):
			return pos, nil
		case b[pos] == '\n':
			return pos + 1, nil
		case b[pos] == '\r' && pos+1 == len(b) && !all:
			return 0, errMore // a line feed may follow
		case b[pos] == '\r' && pos+1 < len(b) && b[pos+1] == '\n':
			return pos + 2, nil
		case b[pos] == '\r':
			return pos + 1, nil
		}
	}
}

// cell reads one cell and returns where it ends: at a separator, a line end or
// the end of b.
func (s *scanner) cell(b []byte, pos int, all bool) (cell []byte, end int, err error) {
	if pos < len(b) && b[pos] == '"' {
		return s.quoted(b, pos+1, all)
	}
	for end = pos; end < len(b); end++ {
		if s.ends(b[end]) {
			return b[pos:end], end, nil
		}
	}
	if !all {
		return nil, 0, errMore
	}
	return b[pos:], len(b), nil
}

// quoted reads a cell in quotes from behind the first; a doubled quote stands
// for one.
func (s *scanner) quoted(b []byte, pos int, all bool) (cell []byte, end int, err error) {
	var joined []byte // what came before the last doubled quote
	for {
		i := bytes.IndexByte(b[pos:], '"')
		switch {
		case i < 0 && all:
			return nil, 0, errOpenQuote
		case i < 0, pos+i+1 == len(b) && !all:
			return nil, 0, errMore
		}
		part := b[pos : pos+i]
		pos += i + 1
		switch {
		case pos == len(b) || s.ends(b[pos]):
			if joined == nil {
				return part, pos, nil
			}
			return append(joined, part...), pos, nil
		case b[pos] != '"':
			return nil, 0, errQuote
		}
		joined = append(append(joined, part...), '"')
		pos++
	}
}

// ends tells that a cell ends before c.
func (s *scanner) ends(c byte) bool { return c == s.comma || c == '\n' || c == '\r' }

// peekLine gives the next line with its end, without reading it; less of it when
// it is longer than any row.
func (s *scanner) peekLine() ([]byte, error) {
	for want := 1; ; {
		b, err := s.in.Peek(max(want, s.in.Buffered()))
		if err != nil && err != io.EOF {
			return nil, err
		}
		if i := bytes.IndexAny(b, "\r\n"); i >= 0 {
			return b[:i+1], nil
		}
		if err == io.EOF || len(b) == maxRecord {
			return b, nil
		}
		want = len(b) + 1
	}
}

// skipLine passes over everything up to the next line end.
func (s *scanner) skipLine() error {
	for {
		b, err := s.in.Peek(max(1, s.in.Buffered()))
		if len(b) == 0 {
			if err == io.EOF {
				return nil
			}
			return err
		}
		i := bytes.IndexAny(b, "\r\n")
		if i < 0 {
			_, _ = s.in.Discard(len(b)) // what was peeked is there
			continue
		}
		s.line++
		_, _ = s.in.Discard(i + 1)
		if b[i] == '\r' {
			if after, _ := s.in.Peek(1); len(after) == 1 && after[0] == '\n' {
				_, _ = s.in.Discard(1)
			}
		}
		return nil
	}
}

// fit cuts blank cells beyond the header, which spreadsheets like to leave, and
// refuses any other number of cells than there are columns.
func (s *scanner) fit(columns int) error {
	for len(s.cells) > columns && blank(s.cells[len(s.cells)-1]) {
		s.cells = s.cells[:len(s.cells)-1]
	}
	if len(s.cells) != columns {
		return errors.New("has " + strconv.Itoa(len(s.cells)) + " cells, want " + strconv.Itoa(columns) + " as in the header")
	}
	return nil
}

// empty tells that the row has no text at all.
func (s *scanner) empty() bool {
	for _, c := range s.cells {
		if !blank(c) {
			return false
		}
	}
	return true
}

func blank(cell []byte) bool { return len(bytes.TrimSpace(cell)) == 0 }

// lineEnds counts line ends, whichever form they have.
func lineEnds(b []byte) int {
	n := bytes.Count(b, []byte{'\n'})
	if bytes.IndexByte(b, '\r') >= 0 {
		n += bytes.Count(b, []byte{'\r'}) - bytes.Count(b, []byte("\r\n"))
	}
	return n
}
