package matching

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawHashes are few or many, some of them equal.
func drawHashes(t *rapid.T) []uint64 {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	hashes := make([]uint64, rapid.SampledFrom([]int{0, 1, 40, 3_000, 150_000}).Draw(t, "how many"))
	common := rapid.IntRange(0, 3).Draw(t, "common")
	for i := range hashes {
		if hashes[i] = r.Uint64(); r.IntN(4) < common {
			hashes[i] = hashes[i] >> 61 * 0x9e3779b97f4a7c15
		}
	}
	return hashes
}

// A pile is sorted by the bits that are asked for and by nothing else.
func TestAPileIsSortedByItsUpperBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words, upper := drawHashes(t), rapid.UintRange(1, 64).Draw(t, "upper")
		var p pile
		for _, w := range words {
			p.add(w)
		}
		got := p.sorted(upper)
		slices.SortStableFunc(words, func(a, b uint64) int { return cmp.Compare(a>>(64-upper), b>>(64-upper)) })
		if !slices.Equal(got, words) {
			t.Fatalf("%d words are not in the order of their %d upper bits", len(words), upper)
		}
	})
}

// A bucket gives all the numbers of its hashes in the order in which they came.
func TestABucketKeepsTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hashes := drawHashes(t)
		b := newBuckets(len(hashes), func(yield func(uint64, uint32)) {
			for i, hash := range hashes {
				yield(hash, uint32(i))
			}
		})
		want := map[uint64][]uint32{}
		for i, hash := range hashes {
			want[hash>>b.shift] = append(want[hash>>b.shift], uint32(i))
		}
		if len(b.items) != len(hashes) || !b.whole(len(hashes)) {
			t.Fatalf("%d of %d numbers", len(b.items), len(hashes))
		}
		for at, numbers := range want {
			var got []uint32
			b.each(at<<b.shift, func(n uint32) bool { got = append(got, n); return true })
			if !slices.Equal(got, numbers) {
				t.Fatalf("bucket %d holds %v, want %v", at, got, numbers)
			}
		}
	})
}

func TestAHashIsNewOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s hashSet
		seen := map[uint64]bool{}
		for _, hash := range append(drawHashes(t), 0, 0, ^uint64(0)) {
			if fresh := s.enter(hash); fresh == seen[hash|1] {
				t.Fatalf("%x: new %v", hash, fresh)
			}
			seen[hash|1] = true
		}
	})
}

// The forms of a word are the word and what is left of it without one of its letters.
func FuzzEachShorter(f *testing.F) {
	for _, w := range []string{"", "a", "apple", "büro", "日立製作所", "aab\xff\xa0\xa0", "\xa0\xa0\xa0"} {
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, w string) {
		form := func(s string) uint64 { return hashOf('s').text(s).mixed() }
		want := []uint64{form(w)}
		last := rune(-1)
		for i, r := range w {
			if r != last {
				want = append(want, form(w[:i]+w[i+runeBytes(w, i):]))
			}
			last = r
		}
		var got []uint64
		eachShorter(w, func(hash uint64) { got = append(got, hash) })
		if !slices.Equal(got, want) {
			t.Errorf("%q has the forms %x, want %x", w, got, want)
		}
	})
}

// TestWithin: a word is found in a span however the slots are spread, and no other.
func TestWithin(t *testing.T) {
	spans := [][]uint64{nil, {7}, {7, 8}, {1, 2, 3, 1000, 1001, 1_000_000}, {0, 999_999, 1_000_000, 1_000_001, 1_000_002}}
	var even, squares []uint64
	for i := range uint64(1000) {
		even, squares = append(even, 3*i+5), append(squares, i*i)
	}
	for _, span := range append(spans, even, squares) {
		for _, at := range span {
			for _, pair := range []uint64{at - 1, at, at + 1} {
				if got, want := within(span, pair), slices.Contains(span, pair); got != want {
					t.Fatalf("%d in %d from %d to %d: %v", pair, len(span), span[0], span[len(span)-1], got)
				}
			}
		}
	}
}
