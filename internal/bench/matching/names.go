package main

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// legalForms are the words at the end of a name that the usual cleaning of names
// takes off, without dots.
var legalForms = wordSet(`inc incorporated corp corporation co company llc llp lp ltd limited plc gmbh mbh ag kg kgaa ohg ug se
	sa sas sarl sasu srl spa snc sl slu bv nv vof cv oy oyj ab as asa aps sp zoo doo dd ad eood ood kft zrt nyrt sro
	pty pte pvt private public kk yk ltda eireli sab de rl jsc ojsc pjsc ooo oao zao pao tbk pt sdn bhd na`)

func wordSet(s string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		out[w] = true
	}
	return out
}

// cleaned is a name as users of string similarity compare it: compatibility forms
// and accents undone, lower case, punctuation out, legal forms off its end.
func cleaned(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '.', r == '\'', r == '’':
		case r == '&':
			b.WriteString(" and ")
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.Mc, r):
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(norm.NFC.String(b.String()))
	for len(words) > 1 && legalForms[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

// vocabulary numbers words, so that equal ones are found without comparing text.
type vocabulary map[string]int32

// number gives a word its number, a new one when it is new.
func (v vocabulary) number(w string) int32 {
	n, ok := v[w]
	if !ok {
		n = int32(len(v))
		v[w] = n
	}
	return n
}

// bag counts letters by their low bits: cheap bounds for similarities.
type bag [32]uint8

func bagOf(text []rune) bag {
	var b bag
	for _, r := range text {
		if k := r & 31; b[k] < 255 {
			b[k]++
		}
	}
	return b
}

// common is at least the number of letters that two texts share, as long as
// neither holds 255 of one.
func (b *bag) common(o *bag) int {
	n := 0
	for i := range b {
		n += int(min(b[i], o[i]))
	}
	return n
}

// nameOf is a cleaned name made ready for comparing with many.
type nameOf struct {
	text   []rune
	sorted []rune // the different words in order, joined by blanks
	words  [][]rune
	number []int32 // of the words
	bag    bag
}

func newNameOf(s string, v vocabulary) *nameOf {
	text := cleaned(s)
	words := strings.Fields(text)
	slices.Sort(words)
	words = slices.Compact(words)
	n := &nameOf{text: []rune(text), sorted: []rune(strings.Join(words, " "))}
	n.bag = bagOf(n.text)
	for _, w := range words {
		n.words = append(n.words, []rune(w))
		n.number = append(n.number, v.number(w))
	}
	return n
}

// newQueryName makes the name of a query ready. Words that no account has get
// numbers below zero; the vocabulary stays as it is, for others read it.
func newQueryName(s string, v vocabulary) *nameOf {
	n := newNameOf(s, vocabulary{})
	for i, w := range n.words {
		if at, ok := v[string(w)]; ok {
			n.number[i] = at
		} else {
			n.number[i] = int32(-1 - i)
		}
	}
	return n
}
