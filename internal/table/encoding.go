package table

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

var (
	errNotText   = errors.New("text without control character 0")
	errNotUTF8   = errors.New("UTF-8, as in the rest of the file")
	errUndefined = errors.New("characters that Windows-1252 defines")
	errMixed     = errors.New("one encoding for the whole file, UTF-8 or Windows-1252")
)

// decoder turns the cells of one row into UTF-8.
type decoder func(cells [][]byte) ([]string, error)

// sniffEncoding finds a file's encoding. A mark at the start decides. Without
// one the file is UTF-8 if it is valid, or if it holds more valid multi-byte
// characters than stray bytes; else it is Windows-1252, which contains Latin-1.
// Rows that do not fit what the rest says are refused by the decoder: a wrong
// guess would put garbled names into a CRM.
func sniffEncoding(raw []byte) ([]byte, decoder, error) {
	if bytes.HasPrefix(raw, []byte{0xFF, 0xFE}) || bytes.HasPrefix(raw, []byte{0xFE, 0xFF}) {
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(raw)
		if err != nil {
			return nil, nil, fmt.Errorf("table: UTF-16: %w", err)
		}
		return text, decodeUTF8, nil
	}
	if text, ok := bytes.CutPrefix(raw, []byte{0xEF, 0xBB, 0xBF}); ok {
		return text, decodeUTF8, nil
	}
	if multi, stray := countMultiByte(raw); stray == 0 || multi > stray {
		return raw, decodeUTF8, nil
	}
	return raw, decode1252, nil
}

// countMultiByte counts the characters of two bytes and more, and the bytes that
// belong to no UTF-8 character.
func countMultiByte(b []byte) (multi, stray int) {
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			stray++
		} else {
			multi++
		}
		b = b[n:]
	}
	return multi, stray
}

func decodeUTF8(cells [][]byte) ([]string, error) {
	all, ends := join(cells)
	if !utf8.Valid(all) {
		return nil, errNotUTF8
	}
	return split(string(all), ends)
}

func decode1252(cells [][]byte) ([]string, error) {
	out := make([]string, len(cells))
	for i, c := range cells {
		multi, stray := countMultiByte(c)
		switch {
		case multi > 0:
			return nil, errMixed
		case bytes.IndexByte(c, 0) >= 0:
			return nil, errNotText
		case stray == 0:
			out[i] = string(c)
			continue
		}
		text, err := charmap.Windows1252.NewDecoder().Bytes(c)
		if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
			return nil, errUndefined
		}
		out[i] = string(text)
	}
	return out, nil
}

// join and split make one string of a row, so that its cells share one piece of
// memory.
func join(cells [][]byte) (all []byte, ends []int) {
	ends = make([]int, len(cells))
	for i, c := range cells {
		all = append(all, c...)
		ends[i] = len(all)
	}
	return all, ends
}

func split(all string, ends []int) ([]string, error) {
	out := make([]string, len(ends))
	start := 0
	for i, end := range ends {
		out[i] = all[start:end]
		for j := range out[i] {
			if out[i][j] == 0 {
				return nil, errNotText
			}
		}
		start = end
	}
	return out, nil
}
