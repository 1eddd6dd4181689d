package tracking

import (
	"bytes"
	"slices"
)

// judgeNames decides for every name with company whether those who bear it are one
// person. Joining by one name can speak against another, so they are judged in the
// order of their digests, which is the same for the same rows.
func (m *Merger) judgeNames() {
	slices.SortFunc(m.shared, func(a, b sharedKey) int { return bytes.Compare(a.key[:], b.key[:]) })
	slots := m.slotsInDoubt()
	for start := 0; start < len(m.shared); {
		end := start + 1
		for end < len(m.shared) && m.shared[end].key == m.shared[start].key {
			end++
		}
		m.judgeName(m.shared[start:end], slots)
		start = end
	}
	m.shared = nil
	// any order: each name joins its own rows to the one person who bears it.
	for _, k := range m.weak {
		if k.bare != nobody && k.named != nobody {
			m.join(k.named, k.bare)
		}
	}
}

// judgeName joins all who bear one name, or nobody, when two of them cannot be one.
func (m *Merger) judgeName(bearers []sharedKey, slots map[int32][]slot) {
	k := m.weak[bearers[0].key]
	roots := []int32{m.root(k.named)}
	for _, b := range bearers {
		roots = append(roots, m.root(b.person))
	}
	slices.Sort(roots)
	roots = slices.Compact(roots)
	filled := map[slot]bool{}
	for _, r := range roots {
		for _, s := range slots[r] {
			if filled[s] {
				k.named = nobody
				m.weak[bearers[0].key] = k
				return
			}
		}
		for _, s := range slots[r] {
			filled[s] = true
		}
	}
	var all []slot
	for _, r := range roots {
		all = append(all, slots[r]...)
		delete(slots, r)
		m.join(roots[0], r)
	}
	slots[m.root(roots[0])] = all
}

// slotsInDoubt lists what is known of those people only who share a name.
func (m *Merger) slotsInDoubt() map[int32][]slot {
	out := map[int32][]slot{}
	for _, s := range m.shared {
		out[m.root(s.person)] = nil
		out[m.root(m.weak[s.key].named)] = nil
	}
	if len(out) == 0 {
		return out
	}
	// any order: whether two people fill one slot does not depend on it.
	for _, k := range m.strong {
		r := m.root(k.person)
		if list, ok := out[r]; ok {
			out[r] = append(list, k.slot)
		}
	}
	return out
}
