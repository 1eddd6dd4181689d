package matching

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// SamePhone tells that two telephone numbers are the same line: equal digits
// after the international prefix or the national zero, extensions aside. One
// number may lack the country code; at least eight digits must then agree.
func SamePhone(a, b string) bool {
	x, y := phoneDigits(a), phoneDigits(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	return len(x) >= 7 && x == y || len(x) >= 8 && len(y)-len(x) <= 3 && strings.HasSuffix(y, x)
}

// phoneDigits returns the digits without extension, prefix and leading zeros.
func phoneDigits(s string) string {
	s = strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(cut(s, 64), "")))
	if i := strings.IndexAny(s, "x;,#"); i > 0 {
		s = s[:i]
	}
	s, _, _ = strings.Cut(s, "ext")
	s = strings.ReplaceAll(s, "(0)", "")
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	return strings.TrimLeft(digits, "0")
}
