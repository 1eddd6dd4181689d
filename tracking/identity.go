package tracking

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/fnv"
	"slices"
	"strings"
)

// A key begins with its kind. All kinds but the last are strong: they belong to one
// person alone. Namesakes at one company share the weak one.
const (
	kindRecord   = "crm:"
	kindLinkedIn = "in:"
	kindHubSpot  = "hs:"
	kindMail     = "mail:"
	kindWeak     = "at:"
)

// ErrNamesakes: a name at a company is all that was said of somebody, and several
// people bear it there.
var ErrNamesakes = errors.New("tracking: several people have this name there")

func isWeak(key string) bool { return strings.HasPrefix(key, kindWeak) }

// Handles are those of a person's keys by which what is stored of them is reached:
// the strong ones, or else the weak one. So nobody is reached through the name that
// they share with another, unless the name is all that is known.
func Handles(keys []string) []string {
	var strong []string
	for _, k := range keys {
		if !isWeak(k) {
			strong = append(strong, k)
		}
	}
	if len(strong) == 0 {
		return keys
	}
	return strong
}

// ErasedBy are those of somebody's keys of which one tombstone is enough to take them
// for a person who was erased: all of them, but for the name at a company of whoever
// bears a CRM's record of their own, which no tombstone names.
func ErasedBy(keys []string) []string {
	recorded := slices.ContainsFunc(keys, func(k string) bool {
		return strings.HasPrefix(k, kindRecord) || strings.HasPrefix(k, kindHubSpot)
	})
	if recorded {
		return Handles(keys)
	}
	return keys
}

// digest stands for a key where there are many: 128 bits of SHA-256, so that no two
// keys meet in one, not even on purpose.
type digest [16]byte

func digestOf(key string) digest {
	sum := sha256.Sum256([]byte(key))
	return digest(sum[:16])
}

func (d digest) String() string { return hex.EncodeToString(d[:]) }

func parseDigest(s string) (d digest, ok bool) {
	if len(s) != 2*len(d) {
		return d, false
	}
	_, err := hex.Decode(d[:], []byte(s))
	return d, err == nil
}

// Digests are the keys in the form in which Tracked.Keys holds them, positionally.
func Digests(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = digestOf(k).String()
	}
	return out
}

// slot is what a person has only one of: two people of one name whose strong keys
// fill the same slot differently are two. A contact and a lead are two slots, and so
// are addresses at two hosts.
type slot uint32

func slotOf(key string) slot {
	kind, value, _ := strings.Cut(key, ":")
	within := ""
	switch kind + ":" {
	case kindRecord:
		if len(value) == 18 {
			within = value[:3]
		}
	case kindHubSpot:
		within, _, _ = strings.Cut(value, "-")
		if within == value {
			within = ""
		}
	case kindMail:
		within = value[strings.LastIndexByte(value, '@')+1:]
	}
	h := fnv.New32a()
	h.Write([]byte(kind + ":" + within))
	return slot(h.Sum32())
}
