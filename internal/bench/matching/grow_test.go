package main

import (
	"slices"
	"testing"
)

// TestGrow: the same list every time, the real accounts first, a shorter list the
// beginning of a longer, nothing that equals a real name or a query.
func TestGrow(t *testing.T) {
	d := dataset{accounts: ten, queries: []query{{id: "q", company: "Quellbrook Logistics"}, {id: "r", company: "Okapi Robotics Inc"}}}
	const n = 400
	all := grow(d, n)
	if !slices.Equal(all, grow(d, n)) {
		t.Error("two runs differ")
	}
	if short := grow(d, n/2); !slices.Equal(short, all[:n/2]) {
		t.Error("a shorter list is not the beginning of a longer")
	}
	if !slices.Equal(all[:len(ten)], ten) {
		t.Error("the real accounts do not come first")
	}
	if few := grow(d, 3); !slices.Equal(few, ten[:3]) {
		t.Error("a list shorter than the real one is not its beginning")
	}
	names, ids, sites := map[string]bool{}, map[string]bool{}, 0
	for _, q := range d.queries {
		names[letters(cleaned(q.company))] = true
	}
	for i, a := range all {
		key := letters(cleaned(a.name))
		if i >= len(ten) && (names[key] || ids[a.id]) || a.id == "" {
			t.Errorf("account %q with the name %q is there already", a.id, a.name)
		}
		names[key], ids[a.id] = true, true
		if i >= len(ten) && a.website != "" {
			sites++
		}
	}
	if part := float64(sites) / float64(n-len(ten)); part < 0.5 || part > 0.7 {
		t.Errorf("%.2f of the made accounts have a website, want about 0.6", part)
	}
}

// TestGrowEnds where the names cannot be joined in so many ways.
func TestGrowEnds(t *testing.T) {
	one := dataset{accounts: []account{{id: "1", name: "Acme"}}}
	if all := grow(one, 1000); len(all) < 2 || len(all) >= 1000 {
		t.Errorf("%d accounts of one name", len(all))
	}
}
