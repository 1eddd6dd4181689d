package soql

import "strings"

// pattern is the pattern of a LIKE: runs of characters between its per cent
// signs, in lower case.
type pattern [][]rune

// anyRune stands for an underscore: any one character.
const anyRune rune = -1

func newPattern(text string) pattern {
	p := pattern{nil}
	plain := false
	for _, r := range strings.ToLower(text) {
		last := len(p) - 1
		switch {
		case plain:
			p[last] = append(p[last], r)
			plain = false
		case r == '\\':
			plain = true
		case r == '%':
			p = append(p, nil)
		case r == '_':
			p[last] = append(p[last], anyRune)
		default:
			p[last] = append(p[last], r)
		}
	}
	return p
}

// matches finds the first run at the start, the last one at the end, and the
// others in between, each as early as possible.
func (p pattern) matches(text string) bool {
	s := []rune(strings.ToLower(text))
	first, last := p[0], p[len(p)-1]
	if !startsWith(s, first) {
		return false
	}
	if len(p) == 1 {
		return len(s) == len(first)
	}
	s = s[len(first):]
	for _, run := range p[1 : len(p)-1] {
		for !startsWith(s, run) {
			if len(s) == 0 {
				return false
			}
			s = s[1:]
		}
		s = s[len(run):]
	}
	return len(s) >= len(last) && startsWith(s[len(s)-len(last):], last)
}

func startsWith(s, run []rune) bool {
	if len(s) < len(run) {
		return false
	}
	for i, r := range run {
		if r != anyRune && r != s[i] {
			return false
		}
	}
	return true
}
