package main

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/onward-crm/onward/matching"
)

// free are the sources whose names may be counted into the repository: their data is
// in the public domain, CC0 or under the Apache licence (see NOTICE).
var free = []string{"ror", "sec", "occ", "stack"}

// leastCount is the least number of names that a word has to be in to be listed: no
// single name can be told from the counts.
const leastCount = 2

// countWords counts in how many names each word occurs, of the accounts to which
// queries of free sources point, and of the queries of those that have none.
func countWords(s *set) []byte {
	use := map[string]bool{}
	counts := map[string]int{}
	names := 0
	count := func(name string) {
		names++
		words := slices.Clone(matching.ParseCompany(name).Words)
		slices.Sort(words)
		for _, w := range slices.Compact(words) {
			counts[w]++
		}
	}
	for _, q := range s.queries {
		if !slices.Contains(free, q.source) {
			continue
		}
		for _, id := range q.right {
			use[id] = true
		}
		if len(q.right) == 0 {
			count(q.company.Name)
		}
	}
	for _, a := range s.accounts {
		if use[a.ID] {
			count(a.Name)
		}
	}
	var words []string
	for w, n := range counts {
		if n >= leastCount {
			words = append(words, w)
		}
	}
	slices.Sort(words)
	var b bytes.Buffer
	fmt.Fprintln(&b, names)
	for _, w := range words {
		fmt.Fprintln(&b, w, counts[w])
	}
	return b.Bytes()
}
