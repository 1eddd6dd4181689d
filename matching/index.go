package matching

import (
	"encoding/binary"
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
	limit int // longest list of a word that is read

	records records
	weights []float64 // of each account's lightest name
	dead    []uint64  // a bit for each account that was replaced or deleted
	live    int
	keys    lists // accounts by hashed key
	words   vocabulary
	settled int // accounts at the last fold
}

// MaxAccounts is how many accounts an [Index] can hold.
const MaxAccounts = 1 << slotBits

// slotBits are the bits of an account's number in the index.
const slotBits = 26

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
	x := &Index{limit: DefaultMaxPostings}
	x.reset()
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

// Upsert adds an account or replaces the one with the same id. Holding more than
// MaxAccounts is a programmer's error and panics.
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
	if x.live == 0 {
		x.reset()
	}
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

// reset empties the index.
func (x *Index) reset() {
	x.records, x.weights, x.dead, x.live, x.settled = records{}, nil, nil, 0, 0
	x.keys, x.words = newLists(slotBits), newVocabulary()
}

// put stores facts under all their keys.
func (x *Index) put(f *facts) {
	x.remove(f.acc.ID)
	x.foldWhenDue()
	slot := uint32(len(x.weights))
	if slot >= MaxAccounts {
		panic("matching: index: more accounts than MaxAccounts")
	}
	x.records.add(packFacts(f))
	x.weights = append(x.weights, f.weight)
	if int(slot/64) == len(x.dead) {
		x.dead = append(x.dead, 0)
	}
	x.live++
	eachEntry(f, func(hash uint64) { x.keys.add(hash, slot) }, func(w string) {
		hash := hashKey(keyWord, w)
		if !x.keys.has(hash) {
			x.words.add(w)
		}
		x.keys.add(hash, slot)
	})
}

// eachEntry calls key with the hashed keys and word with the words under which an
// account is found. One in the recycle bin is found by its id only.
func eachEntry(f *facts, key func(uint64), word func(string)) {
	key(hashKey(keyID, f.acc.ID))
	if f.acc.Deleted && f.acc.MasterID == "" {
		return
	}
	eachKey(f, key)
	eachWord(f, word)
}

// remove marks an account as gone. Its entries stay until the next fold; every
// reader passes over them.
func (x *Index) remove(id string) {
	if slot, ok := x.slot(id); ok {
		x.dead[slot/64] |= 1 << (slot % 64)
		x.live--
	}
}

// slot returns the number of the account with an id.
func (x *Index) slot(id string) (slot uint32, ok bool) {
	x.eachSlot(hashKey(keyID, id), func(s uint32) bool {
		if string(x.records.id(s)) == id {
			slot, ok = s, true
		}
		return !ok
	})
	return slot, ok
}

// eachSlot calls yield with the accounts under a hashed key until it says false.
func (x *Index) eachSlot(hash uint64, yield func(slot uint32) bool) {
	x.keys.each(hash, func(slot uint32) bool { return x.isDead(slot) || yield(slot) })
}

func (x *Index) isDead(slot uint32) bool { return x.dead[slot/64]&(1<<(slot%64)) != 0 }

// leastFold is the number of new or dead accounts below which nothing is folded.
const leastFold = 8192

// foldWhenDue folds when as much has changed as was there at the last fold: what
// one change costs stays the same however many accounts there are.
func (x *Index) foldWhenDue() {
	slots := len(x.weights)
	if slots-x.settled >= max(leastFold, x.settled) || slots-x.live >= max(leastFold, x.live) || slots == MaxAccounts {
		x.fold()
	}
}

// fold brings the index into the form in which it is smallest and in which it is
// saved: sorted lists, no dead accounts, no words that nobody uses.
func (x *Index) fold() {
	if len(x.weights) == x.settled && x.live == x.settled {
		return
	}
	renumber := x.bury()
	x.keys.fold(renumber)
	x.words.fold(func(w string) bool { return x.keys.has(hashKey(keyWord, w)) })
	x.settled = len(x.weights)
}

// bury takes the dead accounts out of the records and says which number each of
// the others has now; nil when there are no dead.
func (x *Index) bury() []uint32 {
	slots := len(x.weights)
	if x.live == slots {
		return nil
	}
	renumber := make([]uint32, slots)
	old, weights := x.records, make([]float64, 0, x.live)
	x.records = records{places: make([]uint64, 0, x.live)}
	for slot := range uint32(slots) {
		if x.isDead(slot) {
			renumber[slot] = gone
			continue
		}
		renumber[slot] = uint32(len(weights))
		weights = append(weights, x.weights[slot])
		x.records.add(old.packed(slot))
	}
	x.weights, x.dead = weights, make([]uint64, (len(weights)+63)/64)
	return renumber
}

// records keeps accounts packed one after another, each under a number: the
// account, then its comparable form. That takes a tenth of what both need in
// memory, and is unpacked when somebody asks for it, sooner than made anew.
type records struct {
	chunks [][]byte
	places []uint64 // chunk and position in it
}

// Chunks double in size up to chunkBytes; longer accounts get one of their own.
const (
	firstChunk = 1 << 10
	chunkBytes = 1 << 20
)

func (r *records) add(packed []byte) {
	last := len(r.chunks) - 1
	if last < 0 || len(r.chunks[last])+len(packed) > cap(r.chunks[last]) {
		r.chunks = append(r.chunks, make([]byte, 0, max(min(chunkBytes, firstChunk<<min(len(r.chunks), 20)), len(packed))))
		last++
	}
	r.places = append(r.places, uint64(last)<<32|uint64(len(r.chunks[last])))
	r.chunks[last] = append(r.chunks[last], packed...)
}

// at returns what begins where a record does; it may go on behind its end.
func (r *records) at(slot uint32) []byte {
	place := r.places[slot]
	return r.chunks[place>>32][uint32(place):]
}

// packed returns exactly one record.
func (r *records) packed(slot uint32) []byte {
	b := r.at(slot)
	n, width := binary.Uvarint(b)
	return b[:width+int(n)]
}

// id returns the id of an account without unpacking it.
func (r *records) id(slot uint32) []byte {
	b := r.at(slot)
	_, width := binary.Uvarint(b)
	b = b[width:]
	n, width := binary.Uvarint(b)
	return b[width : width+int(n)]
}

func (r *records) account(slot uint32) Account {
	u := newUnpacker(r.packed(slot))
	return u.account()
}

func (r *records) facts(slot uint32) *facts {
	u := newUnpacker(r.packed(slot))
	f := &facts{acc: u.account()}
	if u.facts(f); u.bad { // a file that nobody saved; the account is what it says
		return makeFacts(f.acc)
	}
	return f
}
