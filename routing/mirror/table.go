package mirror

import "math/bits"

// table gives numbers, from 0, to texts such as ids and domains. There may be
// many millions of them: it holds no pointers, and each text once.
type table struct {
	text []byte
	ends []uint32
	find finder
}

func (t *table) len() int { return len(t.ends) }

// name is the text with a number.
func (t *table) name(n uint32) string { return string(t.bytes(n)) }

func (t *table) bytes(n uint32) []byte {
	from := uint32(0)
	if n > 0 {
		from = t.ends[n-1]
	}
	return t.text[from:t.ends[n]]
}

// number is the number of a text, if it has one.
func (t *table) number(s string) (uint32, bool) {
	return t.find.get(hashText(s), func(n uint32) bool { return string(t.bytes(n)) == s })
}

// add gives a text a number, unless it has one.
func (t *table) add(s string) (n uint32, isNew bool) {
	if n, ok := t.number(s); ok {
		return n, false
	}
	t.text = append(t.text, s...)
	t.ends = append(t.ends, uint32(len(t.text)))
	n = uint32(len(t.ends) - 1)
	t.find.put(n, t.hash)
	return n, true
}

func (t *table) hash(n uint32) uint64 { return hashText(t.bytes(n)) }

// restore makes the look-up for texts that were read from a file.
func (t *table) restore() { t.find.restore(t.len(), t.hash) }

// finder finds numbers by the hash of what they stand for: an open hash table of
// four bytes a place, at most half of them in use.
type finder struct {
	places []uint32 // number and one; 0 is free
	used   int
}

// get returns the number for which same holds among those with a hash.
func (f *finder) get(hash uint64, same func(n uint32) bool) (uint32, bool) {
	if len(f.places) == 0 {
		return 0, false
	}
	mask := uint64(len(f.places) - 1)
	for at := hash & mask; ; at = (at + 1) & mask {
		n := f.places[at]
		if n == 0 {
			return 0, false
		}
		if same(n - 1) {
			return n - 1, true
		}
	}
}

// put adds a number that is not there. hash gives the hash of any number.
func (f *finder) put(n uint32, hash func(n uint32) uint64) {
	if 2*f.used >= len(f.places) {
		old := f.places
		f.places = make([]uint32, max(16, 2*len(old)))
		for _, have := range old {
			if have > 0 {
				f.store(have, hash(have-1))
			}
		}
	}
	f.store(n+1, hash(n))
	f.used++
}

func (f *finder) store(place uint32, hash uint64) {
	mask := uint64(len(f.places) - 1)
	at := hash & mask
	for f.places[at] != 0 {
		at = (at + 1) & mask
	}
	f.places[at] = place
}

// restore takes in the numbers below n.
func (f *finder) restore(n int, hash func(n uint32) uint64) {
	f.places, f.used = make([]uint32, 1<<max(4, bits.Len(uint(2*n)))), n
	for i := range uint32(n) {
		f.store(i+1, hash(i))
	}
}

func hashText[T string | []byte](s T) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return spread(h)
}

// spread lets every bit of a hash count in its low bits.
func spread(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	return h ^ h>>33
}
