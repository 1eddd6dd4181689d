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
// It is safe for any number of readers beside one writer at a time; a match
// sees the accounts as they were at one moment.
type Index struct {
	mu    sync.RWMutex
	limit int // longest posting list of a word that is read

	slots []*facts // nil for a free slot
	free  []uint32
	byID  map[string]uint32
	keys  map[uint64][]uint32 // slots by hashed key
	words vocabulary
}

// DefaultMaxPostings is how many accounts a word may occur in and still find
// them.
const DefaultMaxPostings = 2000

// IndexOptions tunes an [Index]. The zero value, and nil, mean the defaults.
type IndexOptions struct {
	// MaxPostings is the number of accounts above which a word is too common to
	// find any; 0 means DefaultMaxPostings.
	MaxPostings int
}

// NewIndex builds an index of accounts, which are read once. A nil sequence
// gives an empty index. Of several accounts with one id the last is kept.
func NewIndex(accounts iter.Seq[Account], o *IndexOptions) *Index {
	x := &Index{
		limit: DefaultMaxPostings,
		byID:  map[string]uint32{},
		keys:  map[uint64][]uint32{},
		words: newVocabulary(),
	}
	if o != nil && o.MaxPostings > 0 {
		x.limit = o.MaxPostings
	}
	if accounts != nil {
		for a := range accounts {
			x.put(makeFacts(a))
		}
	}
	return x
}

// Match answers which account a company is: [MatchAccount] over the candidates.
// Capped is set when there were more of them than the profile allows.
func (x *Index) Match(p Profile, c Company) AccountMatch {
	m, _, _ := x.match(&p, c)
	return m
}

// MatchWith answers as Match does, and gives the accounts that the answer rests
// on: the ranked ones with their masters and parents, sorted by id.
// [MatchAccount] over them answers the same; keep them to answer again later.
func (x *Index) MatchWith(p Profile, c Company) (AccountMatch, []Account) {
	m, q, all := x.match(&p, c)
	keep := make(map[string]bool, len(m.Ranked))
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

func (x *Index) match(p *Profile, c Company) (AccountMatch, *query, []*facts) {
	q := makeQuery(p, c)
	all, capped := x.candidates(p, q)
	m := match(p, q, all)
	if capped {
		m.Capped = true
		m.Reasons = sortReasons(append(m.Reasons, ReasonCandidatesCapped))
	}
	return m, q, all
}

// hasContactsIn reports whether contacts of the account have an address in one
// of the domains.
func (f *facts) hasContactsIn(domains []Domain) bool {
	return slices.ContainsFunc(f.mail, func(dc DomainCount) bool {
		return slices.ContainsFunc(domains, func(d Domain) bool { return d.Registrable == dc.Domain })
	})
}

// Candidates returns the accounts that share a key with the company, at most
// Profile.MaxCandidates, sorted by id, with the parents and masters that a
// decision may need. Keys are ids, pins, LinkedIn pages, domains of websites
// and contacts, base labels, names, initials, and the words of names, typing
// errors included. capped tells that accounts were left out, or that all words
// of the name are too common to look up.
func (x *Index) Candidates(p Profile, c Company) (accounts []Account, capped bool) {
	all, capped := x.candidates(&p, makeQuery(&p, c))
	for _, f := range all {
		accounts = append(accounts, f.acc)
	}
	return accounts, capped
}

// Upsert adds an account or replaces the one with the same id.
func (x *Index) Upsert(a Account) {
	f := makeFacts(a)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.put(f)
}

// Delete removes an account; an unknown id is no error.
func (x *Index) Delete(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(id)
}

// Get returns the account with an id as it was given.
func (x *Index) Get(id string) (Account, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	slot, ok := x.byID[id]
	if !ok {
		return Account{}, false
	}
	return x.slots[slot].acc, true
}

// Len returns the number of accounts.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.byID)
}

// put stores facts under all their keys.
func (x *Index) put(f *facts) {
	x.remove(f.acc.ID)
	slot := uint32(len(x.slots))
	if n := len(x.free); n > 0 {
		slot, x.free = x.free[n-1], x.free[:n-1]
		x.slots[slot] = f
	} else {
		x.slots = append(x.slots, f)
	}
	x.byID[f.acc.ID] = slot
	if f.acc.Deleted && f.acc.MasterID == "" {
		return
	}
	eachKey(f, func(key uint64) { x.keys[key] = addSlot(x.keys[key], slot) })
	eachWord(f, func(w string) { x.words.add(w, slot) })
}

// remove takes an account out of all its lists.
func (x *Index) remove(id string) {
	slot, ok := x.byID[id]
	if !ok {
		return
	}
	f := x.slots[slot]
	eachKey(f, func(key uint64) {
		if left := dropSlot(x.keys[key], slot); len(left) > 0 {
			x.keys[key] = left
		} else {
			delete(x.keys, key)
		}
	})
	eachWord(f, func(w string) { x.words.drop(w, slot) })
	delete(x.byID, id)
	x.slots[slot] = nil
	x.free = append(x.free, slot)
}

// addSlot adds a slot once; equal keys of one account come one after another.
func addSlot(list []uint32, slot uint32) []uint32 {
	if n := len(list); n > 0 && list[n-1] == slot {
		return list
	}
	return append(list, slot)
}

func dropSlot(list []uint32, slot uint32) []uint32 {
	for i, s := range list {
		if s == slot {
			list[i] = list[len(list)-1]
			return list[:len(list)-1]
		}
	}
	return list
}
