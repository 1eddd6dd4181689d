package main

import (
	"math/bits"
	"slices"
)

// wordBits is how many letters a pattern holds.
const wordBits = 64

// pattern holds where each letter stands in a text of at most 64, for counting
// common letters 64 at a time.
type pattern struct {
	size  int
	ascii [128]uint64
	other []placed
}

type placed struct {
	letter rune
	at     uint64
}

// set makes the pattern that of a text and tells whether the text is short enough.
func (p *pattern) set(text []rune) bool {
	p.size, p.ascii, p.other = len(text), [128]uint64{}, p.other[:0]
	if len(text) > wordBits {
		return false
	}
	for i, r := range text {
		if r < 128 {
			p.ascii[r] |= 1 << i
			continue
		}
		k := slices.IndexFunc(p.other, func(o placed) bool { return o.letter == r })
		if k < 0 {
			k = len(p.other)
			p.other = append(p.other, placed{letter: r})
		}
		p.other[k].at |= 1 << i
	}
	return true
}

func (p *pattern) places(r rune) uint64 {
	if r < 128 {
		return p.ascii[r]
	}
	for _, o := range p.other {
		if o.letter == r {
			return o.at
		}
	}
	return 0
}

// longest is the length of the longest common subsequence with a text.
func (p *pattern) longest(text []rune) int {
	s := ^uint64(0)
	for _, r := range text {
		u := s & p.places(r)
		s = (s + u) | (s - u)
	}
	s = ^s
	if p.size < wordBits {
		s &= 1<<p.size - 1
	}
	return bits.OnesCount64(s)
}

// slack keeps rounding from cutting off what equals the best.
const slack = 1e-9

// comparer holds the room that comparing needs; not for several goroutines.
type comparer struct {
	scratch pattern
	row     []int
	taken   []bool
	matched []rune
	left    []rune
	right   []rune
}

// common is the length of the longest common subsequence of two texts.
func (c *comparer) common(a, b []rune) int {
	if len(a) > len(b) {
		a, b = b, a
	}
	if c.scratch.set(a) {
		return c.scratch.longest(b)
	}
	c.row = append(c.row[:0], make([]int, len(b)+1)...)
	for _, r := range a {
		diagonal := 0
		for j, s := range b {
			above := c.row[j+1]
			if r == s {
				c.row[j+1] = diagonal + 1
			} else {
				c.row[j+1] = max(above, c.row[j])
			}
			diagonal = above
		}
	}
	return c.row[len(b)]
}

// ratio is the part of the letters of both texts that insertions and deletions
// alone leave in place, from 0 to 1.
func (c *comparer) ratio(a, b []rune) float64 {
	if len(a)+len(b) == 0 {
		return 0
	}
	return 2 * float64(c.common(a, b)) / float64(len(a)+len(b))
}

// tokenSet is the token-set ratio as RapidFuzz defines it: words that both names
// have stand apart from the rest, and the best of three ratios counts. A result
// below floor may be any other below floor.
func (c *comparer) tokenSet(a, b *nameOf, floor float64) float64 {
	if len(a.sorted) == 0 || len(b.sorted) == 0 {
		return 0
	}
	shared, words := 0, 0
	c.left, c.right = c.left[:0], c.right[:0]
	for i, n := range a.number {
		if slices.Contains(b.number, n) {
			shared += len(a.words[i])
			words++
		} else {
			c.left = joined(c.left, a.words[i])
		}
	}
	if words == 0 {
		if 2*float64(a.bag.common(&b.bag)) < (floor-slack)*float64(len(a.sorted)+len(b.sorted)) {
			return 0
		}
		return c.ratio(a.sorted, b.sorted)
	}
	for i, n := range b.number {
		if !slices.Contains(a.number, n) {
			c.right = joined(c.right, b.words[i])
		}
	}
	if len(c.left) == 0 || len(c.right) == 0 {
		return 1
	}
	shared += words - 1
	withLeft, withRight := shared+1+len(c.left), shared+1+len(c.right)
	apart := len(c.left) + len(c.right) - 2*c.common(c.left, c.right)
	return max(
		1-float64(apart)/float64(withLeft+withRight),
		1-float64(1+len(c.left))/float64(shared+withLeft),
		1-float64(1+len(c.right))/float64(shared+withRight),
	)
}

func joined(to, word []rune) []rune {
	if len(to) > 0 {
		to = append(to, ' ')
	}
	return append(to, word...)
}

// winkler is the Jaro-Winkler similarity with the usual weight 0.1 for up to four
// equal letters at the beginning. A result below floor may be any other below it.
func (c *comparer) winkler(a, b *nameOf, floor float64) float64 {
	x, y := a.text, b.text
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) == 0 {
		return 0
	}
	prefix := 0
	for prefix < min(4, len(x)) && x[prefix] == y[prefix] {
		prefix++
	}
	bonus := float64(prefix) * 0.1
	most := float64(a.bag.common(&b.bag))
	if bound := (most/float64(len(x)) + most/float64(len(y)) + 1) / 3; bound+bonus*(1-bound) < floor-slack {
		return 0
	}
	jaro := c.jaro(x, y)
	return jaro + bonus*(1-jaro)
}

// jaro compares a text with one that is not shorter.
func (c *comparer) jaro(x, y []rune) float64 {
	window := max(len(y)/2-1, 0)
	c.taken = append(c.taken[:0], make([]bool, len(y))...)
	c.matched = c.matched[:0]
	for i, r := range x {
		for j := max(0, i-window); j < min(len(y), i+window+1); j++ {
			if !c.taken[j] && y[j] == r {
				c.taken[j] = true
				c.matched = append(c.matched, r)
				break
			}
		}
	}
	if len(c.matched) == 0 {
		return 0
	}
	swapped, k := 0, 0
	for j, r := range y {
		if c.taken[j] {
			if c.matched[k] != r {
				swapped++
			}
			k++
		}
	}
	m := float64(len(c.matched))
	return (m/float64(len(x)) + m/float64(len(y)) + (m-float64(swapped)/2)/m) / 3
}
