package matching

import (
	"cmp"
	"math/bits"
	"slices"
)

// lists keeps sets of slots under hashed keys. A key with one of its slots is one
// word of 64 bits, the slot in the low bits; most are in one sorted array, which
// takes eight bytes each, no pointers, and can be written to a file as it is. What
// was added since the last fold stands beside it in chains.
type lists struct {
	base []uint64 // sorted
	// starts says where in base the words with each upper part begin.
	starts []uint32
	upper  uint // how far a word is shifted to give that upper part

	heads map[uint64]uint32 // newest link of each key, counted from one
	links []link
}

type link struct {
	pair  uint64
	older uint32
}

const slotMask = 1<<slotBits - 1

// pairOf is the word for a key's hash and a slot.
func pairOf(hash uint64, slot uint32) uint64 { return hash>>slotBits<<slotBits | uint64(slot) }

// add puts a slot under the key of a hash. Equal ones that come one after another
// are kept once.
func (l *lists) add(hash uint64, slot uint32) {
	key, pair := hash>>slotBits, pairOf(hash, slot)
	older := l.heads[key]
	if older > 0 && l.links[older-1].pair == pair {
		return
	}
	l.links = append(l.links, link{pair, older})
	l.heads[key] = uint32(len(l.links))
}

// each calls yield with the slots under the key of a hash until it says false.
func (l *lists) each(hash uint64, yield func(slot uint32) bool) {
	for _, pair := range l.span(hash) {
		if !yield(uint32(pair & slotMask)) {
			return
		}
	}
	if len(l.links) == 0 {
		return
	}
	for at := l.heads[hash>>slotBits]; at > 0; at = l.links[at-1].older {
		if !yield(uint32(l.links[at-1].pair & slotMask)) {
			return
		}
	}
}

// span returns the words of base under the key of a hash.
func (l *lists) span(hash uint64) []uint64 {
	key := hash >> slotBits
	from := l.find(key << slotBits)
	to := from
	for to < len(l.base) && to < from+8 && l.base[to]>>slotBits == key {
		to++
	}
	if to == from+8 {
		last := pairOf(hash, slotMask) // not the next key, which the last one does not have
		if to = l.find(last); to < len(l.base) && l.base[to] == last {
			to++
		}
	}
	return l.base[from:to]
}

// holds tells whether a slot stands under the key of a hash.
func (l *lists) holds(hash uint64, slot uint32) bool { return l.holdsIn(l.span(hash), hash, slot) }

// holdsIn is holds where the span of the key is known.
func (l *lists) holdsIn(span []uint64, hash uint64, slot uint32) bool {
	pair := pairOf(hash, slot)
	if within(span, pair) {
		return true
	}
	if len(l.links) == 0 {
		return false
	}
	for at := l.heads[hash>>slotBits]; at > 0; at = l.links[at-1].older {
		if l.links[at-1].pair == pair {
			return true
		}
	}
	return false
}

// within tells whether a span has a word. It looks first where the word would be if the
// slots were spread evenly, and from there in strides of double length: few steps, each
// of which would wait for memory.
func within(span []uint64, pair uint64) bool {
	n := len(span)
	if n == 0 || pair < span[0] || pair > span[n-1] {
		return false
	}
	from, to := 0, n-1 // the word lies from from to to
	if wide := span[n-1] - span[0]; wide > 0 {
		at := int(float64(pair-span[0]) / float64(wide) * float64(n-1))
		if span[at] <= pair {
			from = at
			for step := 1; from+step < to; step *= 2 {
				if span[from+step] > pair {
					to = from + step
					break
				}
				from += step
			}
		} else {
			to = at
			for step := 1; to-step > from; step *= 2 {
				if span[to-step] <= pair {
					from = to - step
					break
				}
				to -= step
			}
		}
	}
	_, found := slices.BinarySearch(span[from:to+1], pair)
	return found
}

// any tells whether there are slots under the key of a hash.
func (l *lists) any(hash uint64) bool { return len(l.span(hash)) > 0 || l.heads[hash>>slotBits] > 0 }

// find returns the position of the first word that is not below pair.
func (l *lists) find(pair uint64) int {
	part := pair >> l.upper
	from, to := l.starts[part], l.starts[part+1]
	at, _ := slices.BinarySearch(l.base[from:to], pair)
	return int(from) + at
}

// gone is the new number of what is no longer there.
const gone = ^uint32(0)

// folded returns the lists with the chains in the sorted array. renumber maps the
// slots in use to new ones in the same order, or to gone; nil leaves them.
func (l *lists) folded(renumber []uint32) lists {
	added := make([]uint64, len(l.links))
	for i := range l.links {
		added[i] = l.links[i].pair
	}
	slices.Sort(added)
	out := make([]uint64, 0, len(l.base)+len(added))
	old := l.base
	for len(old)+len(added) > 0 {
		from := &old
		if len(old) == 0 || len(added) > 0 && added[0] < old[0] {
			from = &added
		}
		pair := (*from)[0]
		*from = (*from)[1:]
		if renumber != nil {
			n := renumber[pair&slotMask]
			if n == gone {
				continue
			}
			pair = pairOf(pair, n)
		}
		if len(out) == 0 || out[len(out)-1] != pair {
			out = append(out, pair)
		}
	}
	return listsOf(out)
}

// listsOf returns lists with a sorted array as their base.
func listsOf(base []uint64) lists {
	const perPart = 16
	width := uint(max(1, bits.Len(uint(len(base)/perPart))))
	l := lists{base: base, upper: 64 - width, starts: make([]uint32, 1<<width+1), heads: map[uint64]uint32{}}
	begin(l.starts, base, l.upper)
	return l
}

// begin notes where the words with each upper part begin, and where the last end.
func begin(starts []uint32, sorted []uint64, shift uint) {
	part := 0
	for i, word := range sorted {
		for ; part <= int(word>>shift); part++ {
			starts[part] = uint32(i)
		}
	}
	for ; part < len(starts); part++ {
		starts[part] = uint32(len(sorted))
	}
}

// pile gathers words of 64 bits to be sorted. It grows without moving them.
type pile struct {
	full [][]uint64
	last []uint64
}

// A block of a pile has room for leastBlock to mostBlock words.
const (
	leastBlock = 1 << 6
	mostBlock  = 1 << 16
)

func (p *pile) add(w uint64) {
	if len(p.last) == cap(p.last) {
		p.grow()
	}
	p.last = append(p.last, w)
}

func (p *pile) grow() {
	p.full = append(p.full, p.last)
	p.last = make([]uint64, 0, max(min(2*cap(p.last), mostBlock), leastBlock))
}

// sorted empties the pile and returns its words sorted by their upper bits, those of
// equal ones in the order in which they came. The upper bits are spread evenly, as those
// of hashes are: a first pass sorts into parts that fit a near memory, where the others
// work, from the lower of the upper bits to the higher.
func (p *pile) sorted(upper uint) []uint64 {
	const partBits = 10
	to := 64 - min(upper, partBits)
	blocks := append(p.full, p.last)
	*p = pile{}
	var ends [1<<partBits + 1]int
	for _, words := range blocks {
		for _, w := range words {
			ends[w>>to+1]++
		}
	}
	most := 0
	for i := 1; i < len(ends); i++ {
		most = max(most, ends[i])
		ends[i] += ends[i-1]
	}
	starts := ends
	out := make([]uint64, ends[len(ends)-1])
	for _, words := range blocks {
		for _, w := range words {
			at := &ends[w>>to]
			out[*at] = w
			*at++
		}
	}
	room := make([]uint64, most)
	for i := range len(starts) - 1 {
		sortPart(out[starts[i]:starts[i+1]], room, 64-upper, to)
	}
	return out
}

// sortPart sorts words by their bits from one to another, and leaves the order of equal
// ones. room is for reuse.
func sortPart(words, room []uint64, from, to uint) {
	const passBits, few = 7, 48
	if from < to && len(words) < few {
		slices.SortStableFunc(words, func(a, b uint64) int { return cmp.Compare(a>>from, b>>from) })
		return
	}
	target := room[:len(words)]
	for odd := false; from < to || odd; from += passBits {
		odd = !odd
		var ends [1 << passBits]uint32
		for _, w := range words {
			ends[w>>from%(1<<passBits)]++
		}
		sum := uint32(0)
		for i, n := range ends {
			ends[i] = sum
			sum += n
		}
		for _, w := range words {
			at := &ends[w>>from%(1<<passBits)]
			target[*at] = w
			*at++
		}
		words, target = target, words
	}
}

// buckets finds numbers by a hash of what they stand for. Numbers in one bucket have
// but the upper bits of their hashes in common: who asks has to compare.
type buckets struct {
	starts []uint32 // where each bucket begins in items, and where the last ends
	items  []uint32
	shift  uint                // how far a hash is shifted to give its bucket
	added  map[uint64][]uint32 // by bucket, since the buckets were made
}

// newBuckets makes buckets of n numbers or fewer; all gives them with their hashes.
func newBuckets(n int, all func(yield func(hash uint64, item uint32))) buckets {
	const perBucket = 8
	width := uint(max(1, bits.Len(uint(n/perBucket))))
	b := buckets{starts: make([]uint32, 1<<width+1), shift: 64 - width, added: map[uint64][]uint32{}}
	var given pile
	all(func(hash uint64, item uint32) { given.add(hash>>32<<32 | uint64(item)) })
	sorted := given.sorted(width)
	b.items = make([]uint32, len(sorted))
	for i, word := range sorted {
		b.items[i] = uint32(word)
	}
	begin(b.starts, sorted, b.shift)
	return b
}

func (b *buckets) add(hash uint64, item uint32) {
	at := hash >> b.shift
	b.added[at] = append(b.added[at], item)
}

// each calls yield with the numbers in the bucket of a hash until it says false.
func (b *buckets) each(hash uint64, yield func(item uint32) bool) {
	at := hash >> b.shift
	for _, item := range b.items[b.starts[at]:b.starts[at+1]] {
		if !yield(item) {
			return
		}
	}
	for _, item := range b.added[at] {
		if !yield(item) {
			return
		}
	}
}
