package sponsor

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/onward-crm/onward/tracking"
)

// weakPrefix marks the key that namesakes at one company share.
const weakPrefix = "at:"

// strong leaves the keys that nobody shares, sorted.
func strong(keys []string) []string {
	out := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return strings.HasPrefix(k, weakPrefix) })
	slices.Sort(out)
	return slices.Compact(out)
}

// single are the kinds of keys of which one person has one: two that differ are two
// people. Addresses are not among them.
var single = []string{"crm:", "in:", "hs:"}

// alike tells that two lists of keys may be one person's: they share one, be it name
// and company alone, while nothing speaks against it.
func alike(a, b []string) bool { return overlap(a, b) && !contradict(a, b) }

// contradict tells that the keys are two people's.
func contradict(a, b []string) bool {
	for _, kind := range single {
		x, y := ofKind(a, kind), ofKind(b, kind)
		if len(x) > 0 && len(y) > 0 && !overlap(x, y) {
			return true
		}
	}
	return false
}

func ofKind(keys []string, kind string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !strings.HasPrefix(k, kind) })
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(k string) bool { return slices.Contains(b, k) })
}

// add puts what is missing into a sorted list.
func add(list []string, more ...string) []string {
	list = append(list, more...)
	slices.Sort(list)
	return slices.Compact(list)
}

// idOf makes the id of a sponsor from the person's strongest key. When another
// person got that one earlier, as namesakes do, the next number gives another.
func idOf(p tracking.Person, number int) string {
	return "s" + hashOf("sponsor", p.Keys()[0], strings.Repeat("+", number))
}

// hashOf joins parts with a separator that none of them holds: 32 characters.
func hashOf(kind string, parts ...string) string {
	sum := sha256.Sum256([]byte(kind + "\x1f" + strings.Join(parts, "\x1f")))
	return hex.EncodeToString(sum[:16])
}
