package matching

import (
	"iter"
	"slices"
	"sync"
)

// Index finds the accounts that a reported company may be, among very many,
// without looking at each. It answers like [MatchAccount] over all accounts,
// as long as no cap is reached.
//
// It is safe for any number of readers beside writers; a match sees the accounts
// as they were at one moment. Writers wait for each other, and readers for a
// writer no longer than one account takes.
type Index struct {
	limit   int       // longest list that is read
	scratch sync.Pool // of *room, for one question each

	writing sync.Mutex   // held by whoever changes content
	mu      sync.RWMutex // guards content
	content
}

// content is what an index holds.
type content struct {
	records records
	traits  []trait
	dead    []uint64 // a bit for each account that was replaced or deleted
	live    int
	ids     buckets // accounts by hashed id
	keys    lists   // accounts by hashed key
	words   vocabulary
	settled int // accounts at the last fold
}

// MaxAccounts is how many accounts an [Index] can hold.
const MaxAccounts = 1 << slotBits

// slotBits are the bits of an account's number in the index.
const slotBits = 26

// DefaultMaxPostings is how many accounts one name or domain finds.
const DefaultMaxPostings = 2000

// IndexOptions tunes an [Index]. The zero value, and nil, mean the defaults.
type IndexOptions struct {
	// MaxPostings is how many accounts one name or domain finds, the first by id. A
	// word that more than a twentieth as many have is too common to find any. 0 means
	// DefaultMaxPostings.
	MaxPostings int
}

// NewIndex builds an index of accounts, which are read once. A nil sequence
// gives an empty index. Of several accounts with one id the last is kept.
func NewIndex(accounts iter.Seq[Account], o *IndexOptions) *Index {
	x := newIndex(o)
	var b builder
	if accounts != nil {
		for a := range accounts {
			b.add(a)
		}
	}
	x.content = b.content()
	return x
}

func newIndex(o *IndexOptions) *Index {
	x := &Index{limit: DefaultMaxPostings}
	if o != nil && o.MaxPostings > 0 {
		x.limit = o.MaxPostings
	}
	return x
}

// Match answers which account a company is: [MatchAccount] over the candidates.
// Capped is set when there were more of them than the profile allows.
func (x *Index) Match(p Profile, c Company) AccountMatch {
	r := x.room()
	defer x.leave(r)
	m, _, _, _ := x.match(&p, c, r)
	return m
}

// MatchWith answers as Match does, and gives the accounts that the answer rests
// on: the ranked ones and their rivals with their masters and parents, sorted by id.
// [MatchAccount] over them answers the same where Profile.ListSize is the same: keep
// them, and [Index.Len], to answer again later.
func (x *Index) MatchWith(p Profile, c Company) (AccountMatch, []Account) {
	r := x.room()
	defer x.leave(r)
	m, rests, q, all := x.match(&p, c, r)
	keep := make(map[string]bool, len(m.Ranked)+len(rests))
	for _, id := range rests {
		keep[id] = true
	}
	for _, r := range m.Ranked {
		keep[r.ID] = true
	}
	for _, f := range all {
		keep[f.acc.ID] = keep[f.acc.ID] || f.hasContactsIn(q.domains())
	}
	for grown := true; grown; {
		grown = false
		for _, f := range all {
			a := &f.acc
			switch {
			case keep[a.ID]:
				grown = grown || a.ParentID != "" && !keep[a.ParentID] || a.MasterID != "" && !keep[a.MasterID]
				keep[a.ParentID], keep[a.MasterID] = true, true
			case a.MasterID != "" && keep[a.MasterID]:
				keep[a.ID], grown = true, true
			}
		}
	}
	var accounts []Account
	for _, f := range all {
		if keep[f.acc.ID] {
			accounts = append(accounts, f.acc)
		}
	}
	return m, accounts
}

func (x *Index) match(p *Profile, c Company, r *room) (AccountMatch, []string, *query, []*facts) {
	x.measureList(p)
	q := makeQuery(p, c)
	all, left := x.candidates(p, q, r)
	m, rests := match(p, q, all, r)
	if m.doubts(left) {
		m.Cap()
	}
	return m, rests, q, all
}

// measureList says in a profile how many accounts there are, unless it knows.
func (x *Index) measureList(p *Profile) {
	if p.ListSize == 0 {
		p.ListSize = x.Len()
	}
}

// hasContactsIn reports whether contacts of the account have an address in one
// of the domains.
func (f *facts) hasContactsIn(domains []Domain) bool {
	return slices.ContainsFunc(f.mail, func(dc DomainCount) bool {
		return slices.ContainsFunc(domains, func(d Domain) bool { return d.Registrable == dc.Domain })
	})
}

// Candidates returns the accounts that are compared with the company, at most
// Profile.MaxCandidates, sorted by id, with the parents and masters that a decision
// may need: all that an id, pin, LinkedIn page, domain or the whole name finds, and,
// unless name and domain agree on one, the nearest by labels, initials and words,
// typing errors included. capped tells that accounts were left out that were found as
// well as some that are there, or that all words of the name are too common to look up.
func (x *Index) Candidates(p Profile, c Company) (accounts []Account, capped bool) {
	r := x.room()
	defer x.leave(r)
	all, left := x.candidates(&p, makeQuery(&p, c), r)
	for _, f := range all {
		accounts = append(accounts, f.acc)
	}
	return accounts, left != leftNone
}

// Upsert adds an account or replaces the one with the same id. Holding more than
// MaxAccounts is a programmer's error and panics.
func (x *Index) Upsert(a Account) {
	f := makeFacts(a)
	x.writing.Lock()
	defer x.writing.Unlock()
	x.change(func() {
		x.remove(f.acc.ID)
		x.put(f)
	})
}

// Delete removes an account; an unknown id is no error.
func (x *Index) Delete(id string) {
	x.writing.Lock()
	defer x.writing.Unlock()
	x.change(func() { x.remove(id) })
}

// change lets a writer work, and folds when much has changed: what one change costs
// stays about the same however many accounts there are. Readers go on meanwhile.
func (x *Index) change(work func()) {
	func() {
		x.mu.Lock()
		defer x.mu.Unlock() // readers go on even when too many accounts panic
		work()
	}()
	slots := len(x.traits)
	changed := (slots - x.settled) + (slots - x.live)
	if x.live == 0 || changed >= max(leastFold, x.settled/foldShare) || slots == MaxAccounts {
		x.fold()
	}
}

// leastFold is the number of new and dead accounts below which nothing is folded, and
// one part in foldShare the share of all at which it is.
const (
	leastFold = 8192
	foldShare = 8
)

// fold brings the index into the form in which it is smallest and in which it is
// saved. The caller holds writing: nobody changes the content.
func (x *Index) fold() {
	if len(x.traits) == x.settled && x.live == x.settled {
		return
	}
	folded := x.folded()
	x.mu.Lock()
	x.content = folded
	x.mu.Unlock()
}

// Get returns the account with an id as it was given; its times are in UTC.
func (x *Index) Get(id string) (Account, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	slot, ok := x.slot(id)
	if !ok {
		return Account{}, false
	}
	return x.records.account(slot), true
}

// Len returns the number of accounts.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.live
}
