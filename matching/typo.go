package matching

import (
	"strings"
	"unicode/utf8"
)

// One typing error is overlooked in words of minTypo to maxTypo letters. Longer
// ones are mostly whole names run together.
const (
	minTypo = 5
	maxTypo = 24
)

// typable tells the words in which a typing error is overlooked. Digits never
// are one, and a sign of a script without letters never is.
func typable(w string) bool {
	if len(w) < minTypo || len(w) > 4*maxTypo || strings.ContainsAny(w, "0123456789") {
		return false
	}
	n := utf8.RuneCountInString(w)
	return n >= minTypo && n <= maxTypo
}

// sureTypo is the length from which the first letter may be the wrong one:
// "Volley" is not "Holley".
const sureTypo = 8

// oneTypo tells that two different words lie one typing error apart: a letter
// too many, too few, a wrong one, or two neighbours swapped.
func oneTypo(a, b string) bool {
	if d := len(a) - len(b); d > utf8.UTFMax || d < -utf8.UTFMax || a == b || !typable(a) || !typable(b) {
		return false
	}
	if a[0] != b[0] && min(len(a), len(b)) < sureTypo {
		return false
	}
	if !isASCII(a) || !isASCII(b) {
		return TypoDistance(a, b) == 1
	}
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(a) <= 1 && len(b) <= 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}
