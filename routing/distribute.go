package routing

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// distributor gives the records of a query that was put together from many asks
// back to the events that asked.
type distributor struct {
	field string
	// byValue leads from a folded value to the events, for OpIn.
	byValue map[string][]int
	// byWord leads from the longest word of a phrase to the phrase, for OpWords.
	byWord map[string][]phrase
}

type phrase struct {
	words  []string
	events []int
}

func newDistributor(asks []Ask, want map[Ask][]int) *distributor {
	d := &distributor{field: asks[0].Field, byValue: map[string][]int{}, byWord: map[string][]phrase{}}
	for _, ask := range asks {
		if ask.Op == crm.OpIn {
			key := strings.ToLower(ask.Value)
			if ask.Field == "Id" {
				key = ask.Value
			}
			d.byValue[key] = append(d.byValue[key], want[ask]...)
			continue
		}
		words := strings.Fields(matching.Fold(ask.Value))
		if len(words) == 0 {
			continue
		}
		longest := words[0]
		for _, w := range words {
			if len(w) > len(longest) {
				longest = w
			}
		}
		d.byWord[longest] = append(d.byWord[longest], phrase{words: words, events: want[ask]})
	}
	return d
}

// events are those that the record answers.
func (d *distributor) events(r crm.Record) []int {
	if d.field == "Id" {
		return d.byValue[r.ID]
	}
	if d.field != "" {
		return d.byValue[strings.ToLower(r.Fields[d.field])]
	}
	name := r.Fields["FirstName"] + " " + r.Fields["LastName"] + " " + r.Fields["Name"]
	has := map[string]bool{}
	for _, w := range splitWords(matching.Fold(name)) {
		has[w] = true
	}
	var out []int
	for _, w := range sortedKeys(has) {
		for _, p := range d.byWord[w] {
			if hasAll(has, p.words) {
				out = append(out, p.events...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// splitWords cuts at everything that is neither letter nor digit, and keeps the
// parts between blanks as well ("jean-luc" is jean, luc and jean-luc).
func splitWords(s string) []string {
	whole := strings.Fields(s)
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '-' || r == '\'' || r == ',' || r == '.' })
	return append(whole, parts...)
}

func hasAll(has map[string]bool, words []string) bool {
	for _, w := range words {
		if !has[w] {
			return false
		}
	}
	return true
}
