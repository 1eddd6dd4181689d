package memcrm

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/onward-crm/onward/crm"
)

// indexed reports whether look-ups by a column go through an index. Blank
// values and defaults stand in no index.
func (s *store) indexed(col int) bool {
	switch s.columns[col].origin {
	case fromNothing, fromNames:
		return true
	default:
		return false
	}
}

// postings returns the rows that hold, or once held, a value in a column. The
// index is built when it is first asked for; rows that have another value by now
// stay in their old places, so readers compare again.
func (s *store) postings(col int, key string) []*row {
	ix := s.indexes[col]
	if ix == nil {
		ix = make(map[string][]*row)
		for _, r := range s.order {
			if k := s.key(r, col); k != "" {
				ix[k] = append(ix[k], r)
			}
		}
		s.indexes[col] = ix
	}
	return ix[key]
}

// index adds a row under its present value, if the column has an index.
func (s *store) index(r *row, col int) {
	ix := s.indexes[col]
	if ix == nil {
		return
	}
	k := s.key(r, col)
	if k == "" {
		return
	}
	if rows := ix[k]; len(rows) == 0 || rows[len(rows)-1] != r {
		ix[k] = append(rows, r)
	}
}

// one finds the live row that has a value in a unique column.
func (s *store) one(col int, value string) *row {
	key := compareKey(s.columns[col].field, value)
	if key == "" {
		return nil
	}
	for _, r := range s.postings(col, key) {
		if !r.deleted && s.key(r, col) == key {
			return r
		}
	}
	return nil
}

// key gives the comparable form of what a row holds; ids and times are stored in
// that form already.
func (s *store) key(r *row, col int) string {
	f, v := s.columns[col].field, s.value(r, col)
	switch f.Type {
	case crm.TypeID, crm.TypeReference, crm.TypeDateTime:
		return v
	default:
		return compareKey(f, v)
	}
}

// compareKey gives the form in which two values of a field are equal.
func compareKey(f crm.Field, v string) string {
	switch f.Type {
	case crm.TypeID, crm.TypeReference:
		if wide, err := crm.WidenID(v); err == nil {
			return wide
		}
		return v
	case crm.TypeBoolean:
		return strconv.FormatBool(crm.IsTrue(v))
	case crm.TypeDateTime:
		if t := crm.ParseTime(v); !t.IsZero() {
			return crm.FormatTime(t)
		}
		return v
	case crm.TypeNumber, crm.TypeCurrency, crm.TypePercent:
		if n, err := strconv.ParseFloat(v, 64); err == nil {
			return strconv.FormatFloat(n, 'g', -1, 64)
		}
		return v
	default:
		if f.ExternalID && f.Unique {
			return v
		}
		return strings.ToLower(v)
	}
}

// wordIndex finds rows by the words of their names. Words are numbered, so that
// checking a row costs no text.
type wordIndex struct {
	ids      map[string]uint32
	postings [][]*row
}

func (s *store) wordIndex() *wordIndex {
	if s.words == nil {
		s.words = &wordIndex{ids: map[string]uint32{}}
		for _, r := range s.order {
			s.words.add(r, s.value(r, s.name))
		}
	}
	return s.words
}

func (x *wordIndex) add(r *row, name string) {
	before := r.words
	r.words = nil
	for _, w := range foldWords(name) {
		id, ok := x.ids[w]
		if !ok {
			id = uint32(len(x.postings))
			x.ids[w] = id
			x.postings = append(x.postings, nil)
		}
		if slices.Contains(r.words, id) {
			continue
		}
		r.words = append(r.words, id)
		if !slices.Contains(before, id) {
			x.postings[id] = append(x.postings[id], r)
		}
	}
}

// numbers translates the words of a name; false when one of them occurs in no
// record, or when there is none.
func (x *wordIndex) numbers(name string) ([]uint32, bool) {
	var out []uint32
	for _, w := range foldWords(name) {
		id, ok := x.ids[w]
		if !ok {
			return nil, false
		}
		out = append(out, id)
	}
	return out, len(out) > 0
}

// rarest returns the rows of the word that fewest rows have.
func (x *wordIndex) rarest(words []uint32) []*row {
	best := x.postings[words[0]]
	for _, w := range words[1:] {
		if p := x.postings[w]; len(p) < len(best) {
			best = p
		}
	}
	return best
}

// foldWords splits a name into words without case and accents.
func foldWords(name string) []string {
	fold := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(name))
	return strings.FieldsFunc(fold, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
