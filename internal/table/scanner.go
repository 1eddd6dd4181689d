package table

import (
	"bytes"
	"errors"
	"strconv"
)

// maxCell bounds a quoted cell, in bytes. It is several times the longest text
// field of a CRM; a longer one is a quote that was never closed.
const maxCell = 1 << 20

var (
	errOpenQuote = errors.New("a closing quote")
	errQuote     = errors.New("a separator or the end of the line after the closing quote")
)

// scanner splits text into rows of cells. It works on bytes, because separators
// and quotes are the same in all encodings that are left at this point.
type scanner struct {
	text  []byte
	pos   int
	line  int
	comma byte
	// cells counts the cells of the current row that are complete.
	cells int
}

// place is a position to which the scanner can go back.
type place struct{ pos, line int }

func (s *scanner) done() bool           { return s.pos >= len(s.text) }
func (s *scanner) mark() place          { return place{s.pos, s.line} }
func (s *scanner) columnNumber() string { return strconv.Itoa(s.cells + 1) }

// restart goes on at the line after a row that began at p.
func (s *scanner) restart(p place) {
	s.pos, s.line = p.pos, p.line
	for !s.done() && !s.newline() {
		s.pos++
	}
}

// row reads one row, which may stretch over several lines inside quotes.
func (s *scanner) row() ([][]byte, error) {
	var out [][]byte
	s.cells = 0
	for {
		cell, err := s.cell()
		if err != nil {
			return nil, err
		}
		out = append(out, cell)
		s.cells++
		if s.done() || s.newline() {
			return out, nil
		}
		s.pos++ // the separator
	}
}

func (s *scanner) cell() ([]byte, error) {
	if !s.done() && s.text[s.pos] == '"' {
		return s.quoted()
	}
	start := s.pos
	for !s.done() && !s.atEnd() {
		s.pos++
	}
	return s.text[start:s.pos], nil
}

// quoted reads a cell in quotes; a doubled quote stands for one.
func (s *scanner) quoted() ([]byte, error) {
	s.pos++
	start := s.pos
	var joined []byte // what came before the last doubled quote
	for {
		n := bytes.IndexByte(s.text[s.pos:min(len(s.text), start+maxCell)], '"')
		if n < 0 {
			return nil, errOpenQuote
		}
		s.countLines(s.text[s.pos : s.pos+n])
		s.pos += n + 1
		if s.done() || s.atEnd() {
			return s.finish(joined, start), nil
		}
		if s.text[s.pos] != '"' {
			return nil, errQuote
		}
		joined = append(joined, s.text[start:s.pos]...)
		s.pos++
		start = s.pos
	}
}

func (s *scanner) finish(joined []byte, start int) []byte {
	last := s.text[start : s.pos-1]
	if joined == nil {
		return last
	}
	return append(joined, last...)
}

// atEnd reports whether a cell ends here.
func (s *scanner) atEnd() bool {
	c := s.text[s.pos]
	return c == s.comma || c == '\n' || c == '\r'
}

// newline passes one line end, whichever form it has.
func (s *scanner) newline() bool {
	switch {
	case s.text[s.pos] == '\n':
		s.pos++
	case s.text[s.pos] != '\r':
		return false
	case s.pos+1 < len(s.text) && s.text[s.pos+1] == '\n':
		s.pos += 2
	default:
		s.pos++
	}
	s.line++
	return true
}

func (s *scanner) countLines(b []byte) {
	s.line += bytes.Count(b, []byte{'\n'})
	if bytes.IndexByte(b, '\r') >= 0 {
		s.line += bytes.Count(b, []byte{'\r'}) - bytes.Count(b, []byte("\r\n"))
	}
}

// sniffComma finds the separator by counting candidates outside quotes in the
// first line that is not blank. A first line "sep=;", as one spreadsheet writes
// it, decides and is passed over.
func sniffComma(s *scanner) byte {
	if len(s.text) >= 5 && bytes.EqualFold(s.text[:4], []byte("sep=")) {
		comma := s.text[4]
		if after := s.text[5:]; bytes.IndexByte([]byte(",;\t"), comma) >= 0 && (len(after) == 0 || after[0] == '\n' || after[0] == '\r') {
			s.restart(s.mark())
			return comma
		}
	}
	line := bytes.TrimLeft(s.text, "\r\n ")
	best, most := byte(','), 0
	for _, c := range []byte{',', ';', '\t'} {
		if n := countOutsideQuotes(line, c); n > most {
			best, most = c, n
		}
	}
	return best
}

// countOutsideQuotes counts c up to the first line end, skipping quoted parts.
func countOutsideQuotes(line []byte, c byte) int {
	n, in := 0, false
	for _, b := range line {
		switch {
		case b == '"':
			in = !in
		case in:
		case b == '\n' || b == '\r':
			return n
		case b == c:
			n++
		}
	}
	return n
}
