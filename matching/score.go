package matching

import "slices"

// How alike two names are, whatever else is known of the companies. It decides
// nothing about an account, for which the learned probability is there: it tells
// whether a name fits a domain that was found, which of several accounts of one
// domain is the nearest by name, and whether two reports may mean one company.

// Least shares of their rarity that alike names have in common: most of one name and
// some of the other.
const (
	leastCover = 0.25
	mostCover  = 0.60
)

// Rarities: from ownWord on a word tells which company is meant.
const ownWord = 0.5

// alike tells that the names have enough in common to be listed beside each other,
// however unlikely the account is.
func (v *vector) alike() bool {
	least, most := v.covers()
	return v[featSameKey] > 0 || v[featJoined] > 0 || least >= leastCover && most >= mostCover
}

// likeness tells from 0 to 1 how alike the two names of a vector are.
func (v *vector) likeness() float64 {
	least, most := v.covers()
	whole := v[featSameKey] > 0 || v[featJoined] > 0
	if !v.alike() || !whole && v[featDigits] < 0 {
		return 0
	}
	c := 0.10 + 0.50*least + 0.25*most + 0.15*float64(v[featLetters])
	switch {
	case whole:
		c = 0.93
	case v.contained():
		c = min(c, 0.60+0.08*least)
	case min(v[featQueryMissed], v[featAccountMissed]) >= ownWord:
		c = min(c, 0.50) // each name says something that the other does not
	}
	if v[featTurned] > 0 {
		c *= 0.9
	}
	if v[featTransliterated] > 0 {
		c = min(c, 0.80)
	}
	if v[featLegal] < 0 {
		c = min(c, 0.66)
	}
	return c
}

// covers returns the smaller and the larger share of a name that was found in the
// other.
func (v *vector) covers() (least, most float64) {
	a, b := float64(v[featQueryCover]), float64(v[featAccountCover])
	return min(a, b), max(a, b)
}

// contained tells that one name is a single word of the other, which says more:
// "Delta" of "Delta Dental" (MA23).
func (v *vector) contained() bool {
	least, most := v.covers()
	return min(v[featQueryWords], v[featAccountWords]) == 1 && max(v[featQueryWords], v[featAccountWords]) > 1 &&
		v[featJoined] == 0 && v[featSameKey] == 0 && v.initials() == 0 && most > 0.8 && least < 0.7
}

// initials returns the number of letters of a name that is the initials of the other.
func (v *vector) initials() int { return int(max(v[featQueryInitials], v[featAccountInitials])) }

// related tells that the names have something in common, however little.
func (v *vector) related() bool {
	_, most := v.covers()
	return v[featSameKey] > 0 || v[featJoined] > 0 || v[featShared] > 0 && most >= 0.3 || v[featLetters] >= 0.5
}

// reported is the vector without what an account has whatever was reported.
func (v *vector) reported() vector {
	out := *v
	out[featAccountDomain], out[featChild] = 0, 0
	return out
}

// likenessOf compares two names alone, in one order whichever comes first.
func likenessOf(a, b *named) float64 {
	if a.Generic || b.Generic {
		return 0
	}
	if a.Key > b.Key {
		a, b = b, a
	}
	pair := newComparer(&query{name: *a})
	v := pair.start
	pair.names(b, around{account: &facts{}}, &v)
	if like := v.likeness(); !sameOwn(a, b) || like == 0 {
		return like
	}
	return max(v.likeness(), sameOwnLike)
}

// sameOwnLike is how alike names are that differ in general words alone: "Acme" and
// "Acme Consulting".
const sameOwnLike = 0.80

// sameOwn tells that two names have the same words, general ones apart.
func sameOwn(a, b *named) bool {
	general := func(w string) bool { return genericWords()[w] || smallWords()[w] }
	x, y := slices.DeleteFunc(slices.Clone(a.Words), general), slices.DeleteFunc(slices.Clone(b.Words), general)
	return len(x) > 0 && slices.Equal(x, y)
}

// saysMore tells that one name is a single word of the other, which says more than
// that in words of its own.
func saysMore(v *vector, a, b *named) bool { return v.contained() && !sameOwn(a, b) }

// latinForm is the name in Latin script, so far as there is one.
func (n *named) latinForm() (words []string, letters string) {
	if n.latin != nil {
		return n.latin.words, n.latin.letters
	}
	return n.Words, n.letters
}

// turned tells that two names have the same words, small ones apart, in another
// order.
func turned(a, b []string) bool {
	a, b = weighty(a), weighty(b)
	if slices.Equal(a, b) {
		return false
	}
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func weighty(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return smallWords()[w] })
}

// swapped tells that two names of as many words are equal but for two neighbouring
// letters that changed places in one long word. Few companies are told apart by that,
// and fingers do it often (MA26).
func swapped(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	slips := 0
	for i, x := range a {
		y := b[i]
		if x == y {
			continue
		}
		if slips++; len(x) < sureTypo || len(x) != len(y) || slips > 1 {
			return false
		}
		at := 0
		for x[at] == y[at] {
			at++
		}
		if at+2 > len(x) || x[at] != y[at+1] || x[at+1] != y[at] || x[at+2:] != y[at+2:] {
			return false
		}
	}
	return slips == 1
}

// otherWord returns the rarest word of a name that another has not, empty when none
// of those is telling. missed is the rarity of the word, as it was measured.
func otherWord(a, b []string, missed float32) string {
	if missed < ownWord {
		return ""
	}
	i := slices.IndexFunc(a, func(w string) bool { return float32(rarity(w)) == missed && !slices.Contains(b, w) })
	if i < 0 {
		return ""
	}
	return a[i]
}

// maxWords bounds the words of a name that are compared.
const maxWords = 16

// typoWorth is what a word with a typing error counts when candidates are gathered.
const typoWorth = 0.9
