package mirror

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/matching"
)

// tallies count the e-mail domains of each account's contacts. The counts of one
// account are a chain through the list.
type tallies struct {
	firsts []uint32 // by account: its first tally and one, 0 for none
	list   []tally
	find   finder
}

type tally struct {
	account, domain uint32
	count           int32
	next            uint32 // and one; 0 ends the chain
}

// change adds to the count of a domain of an account.
func (t *tallies) change(account, domain uint32, by int32) {
	n, ok := t.find.get(pair(account, domain), func(n uint32) bool {
		return t.list[n].account == account && t.list[n].domain == domain
	})
	if !ok {
		t.firsts = grown(t.firsts, account)
		n = uint32(len(t.list))
		t.list = append(t.list, tally{account: account, domain: domain, next: t.firsts[account]})
		t.firsts[account] = n + 1
		t.find.put(n, t.hash)
	}
	t.list[n].count += by
}

func (t *tallies) hash(n uint32) uint64 { return pair(t.list[n].account, t.list[n].domain) }

func pair(account, domain uint32) uint64 { return spread(uint64(account)<<32 | uint64(domain)) }

// domains lists the counts of an account in the order of the domains.
func (t *tallies) domains(account uint32, names *table) []matching.DomainCount {
	if int(account) >= len(t.firsts) {
		return nil
	}
	var out []matching.DomainCount
	for n := t.firsts[account]; n > 0; n = t.list[n-1].next {
		if c := &t.list[n-1]; c.count > 0 {
			out = append(out, matching.DomainCount{Domain: names.name(c.domain), Count: int(c.count)})
		}
	}
	slices.SortFunc(out, func(a, b matching.DomainCount) int { return strings.Compare(a.Domain, b.Domain) })
	return out
}

// grown is a list with a place for i.
func grown[T any](list []T, i uint32) []T {
	if int(i) < len(list) {
		return list
	}
	return append(list, make([]T, int(i)+1-len(list))...)
}
