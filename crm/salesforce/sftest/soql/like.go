package soql

// pattern is the pattern of a LIKE: runs of characters between its per cent
// signs, folded as the field's values are.
type pattern struct {
	runs [][]rune
	fold func(string) string
}

// anyRune stands for an underscore: any one character.
const anyRune rune = -1

// newPattern reads a pattern; fold gives the form in which two equal texts are
// the same.
func newPattern(text string, fold func(string) string) pattern {
	runs := [][]rune{nil}
	plain := false
	for _, r := range fold(text) {
		last := len(runs) - 1
		switch {
		case plain:
			runs[last] = append(runs[last], r)
			plain = false
		case r == '\\':
			plain = true
		case r == '%':
			runs = append(runs, nil)
		case r == '_':
			runs[last] = append(runs[last], anyRune)
		default:
			runs[last] = append(runs[last], r)
		}
	}
	return pattern{runs, fold}
}

// matches finds the first run at the start, the last one at the end, and the
// others in between, each as early as possible.
func (p pattern) matches(text string) bool {
	s := []rune(p.fold(text))
	first, last := p.runs[0], p.runs[len(p.runs)-1]
	if !startsWith(s, first) {
		return false
	}
	if len(p.runs) == 1 {
		return len(s) == len(first)
	}
	s = s[len(first):]
	for _, run := range p.runs[1 : len(p.runs)-1] {
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
