package importfile

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// garbled reports whether a text was UTF-8, was read as Windows-1252, and saved so:
// "NÃºÃ±ez" for "Núñez". In the bytes of Windows-1252 it is valid UTF-8 then, which
// real words are not: there an accented capital is followed by a letter or a blank.
// Replacement characters tell of text that is lost already.
func garbled(text string) bool {
	if isASCII(text) {
		return false
	}
	if strings.ContainsRune(text, utf8.RuneError) {
		return true
	}
	// What is read wrongly holds one of the bytes that begin a character of UTF-8; all
	// the others are looked at only then.
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= 0xC2 && r <= 0xF4 }) {
		return false
	}
	raw, ok := as1252(text)
	return ok && utf8.Valid(raw)
}

// as1252 are the bytes of a text in Windows-1252. The five bytes that it leaves
// undefined stand for themselves, as browsers and spreadsheets read them.
func as1252(text string) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		b, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			if r < 0x80 || r > 0x9F {
				return nil, false
			}
			b = byte(r)
		}
		out = append(out, b)
	}
	return out, true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
