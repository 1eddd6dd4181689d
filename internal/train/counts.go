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

// countWords counts in how many names of accounts each word occurs, of those to which
// queries of free sources point, and of those that have a parent or are one, which only
// a free source tells. Reported names are not counted: a word would be less rare because
// a company that is not in the list has it too, and so give the labels away.
func countWords(s *set) []byte {
	use := map[string]bool{}
	for _, q := range s.queries {
		if !slices.Contains(free, q.source) {
			continue
		}
		for _, id := range q.right {
			use[id] = true
		}
	}
	for _, a := range s.accounts {
		if a.ParentID != "" {
			use[a.ID], use[a.ParentID] = true, true
		}
	}
	counts := map[string]int{}
	names := 0
	for _, a := range s.accounts {
		if !use[a.ID] {
			continue
		}
		names++
		words := slices.Clone(matching.ParseCompany(a.Name).Words)
		slices.Sort(words)
		for _, w := range slices.Compact(words) {
			counts[w]++
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
