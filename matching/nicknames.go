package matching

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed data/nicknames.txt
var nicknamesText string

// maxVariants is the most forms NicknameVariants returns.
const maxVariants = 12

type nicknameTable struct {
	groups [][]string
	of     map[string][]int // the groups of a name
}

// nicknames reads the table once. Names share a group when they are forms of one
// name; a name may be in several groups (Alex), which does not join the groups.
var nicknames = sync.OnceValue(func() *nicknameTable {
	t := &nicknameTable{of: make(map[string][]int)}
	for _, line := range readLines(nicknamesText) {
		group := strings.Fields(line)
		for _, name := range group {
			t.of[name] = append(t.of[name], len(t.groups))
		}
		t.groups = append(t.groups, group)
	}
	return t
})

// NicknameVariants returns the folded forms of a first name that may mean the
// same name, itself included, sorted, at most 12; "Bob" gives "bob", "robert",
// "rob" and others. Names that are not in the table, and the empty name, stand
// alone.
func NicknameVariants(first string) []string {
	name := strings.Join(texts(nameWords(first)), " ")
	variants := []string{name}
	for _, g := range nicknames().of[name] {
		for _, other := range nicknames().groups[g] {
			if len(variants) < maxVariants && !slices.Contains(variants, other) {
				variants = append(variants, other)
			}
		}
	}
	slices.Sort(variants)
	return variants
}

// shareNickname tells that two folded first names are in one group.
func shareNickname(a, b string) bool {
	for _, g := range nicknames().of[a] {
		if slices.Contains(nicknames().of[b], g) {
			return true
		}
	}
	return false
}
