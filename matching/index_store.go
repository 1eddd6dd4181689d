package matching

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"time"
)

// packFacts makes a record: its length, the account, which begins with its id,
// and what was made of it.
func packFacts(f *facts) []byte {
	body := packForms(packAccount(nil, &f.acc), f)
	return append(binary.AppendUvarint(nil, uint64(len(body))), body...)
}

func packAccount(b []byte, a *Account) []byte {
	for _, s := range a.texts() {
		b = packText(b, *s)
	}
	b = packCounts(packTexts(b, a.Aliases), a.ContactDomains)
	b = binary.AppendVarint(binary.AppendVarint(b, int64(a.Contacts)), int64(a.OpenOpportunities))
	return packTime(packTime(packFlags(b, a.flags()), a.LastActivity), a.CreatedAt)
}

// texts are the text fields of an account in the order in which they are packed.
func (a *Account) texts() [12]*string {
	return [...]*string{
		&a.ID, &a.Name, &a.Website, &a.Domains, &a.LinkedIn, &a.Country,
		&a.State, &a.City, &a.Phone, &a.ParentID, &a.MasterID, &a.OwnerID,
	}
}

func (a *Account) flags() []*bool {
	return []*bool{&a.Deleted, &a.Customer, &a.Target, &a.ActiveOwner}
}

func packFlags(b []byte, flags []*bool) []byte {
	all := byte(0)
	for i, set := range flags {
		if *set {
			all |= 1 << i
		}
	}
	return append(b, all)
}

func packText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func packTexts(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = packText(b, s)
	}
	return b
}

func packCounts(b []byte, list []DomainCount) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, dc := range list {
		b = binary.AppendVarint(packText(b, dc.Domain), int64(dc.Count))
	}
	return b
}

// packTime keeps a moment to the nanosecond; its time zone becomes UTC.
func packTime(b []byte, t time.Time) []byte {
	return binary.AppendUvarint(binary.AppendVarint(b, t.Unix()), uint64(t.Nanosecond()))
}

// unpacker reads a record. After anything unexpected it is bad and gives zero
// values.
type unpacker struct {
	b    []byte
	text string // the same bytes: fields are parts of it
	at   int
	bad  bool
}

func newUnpacker(record []byte) unpacker {
	u := unpacker{b: record, text: string(record)}
	u.bad = u.uvarint() != uint64(len(u.b)-u.at) || u.bad
	return u
}

func (u *unpacker) account() (a Account) {
	for _, s := range a.texts() {
		*s = u.string()
	}
	a.Aliases, a.ContactDomains = u.strings(), u.counts()
	a.Contacts, a.OpenOpportunities = int(u.varint()), int(u.varint())
	u.flags(a.flags())
	a.LastActivity, a.CreatedAt = u.time(), u.time()
	return a
}

func (u *unpacker) flags(flags []*bool) {
	all := u.byte()
	for i, set := range flags {
		*set = all&(1<<i) != 0
	}
}

func (u *unpacker) strings() []string {
	n := u.count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = u.string()
	}
	return list
}

func (u *unpacker) counts() []DomainCount {
	n := u.count(2)
	if n == 0 {
		return nil
	}
	list := make([]DomainCount, n)
	for i := range list {
		list[i] = DomainCount{Domain: u.string(), Count: int(u.varint())}
	}
	return list
}

func (u *unpacker) uvarint() uint64 {
	n, width := binary.Uvarint(u.b[u.at:])
	return n * u.step(width)
}

func (u *unpacker) varint() int64 {
	n, width := binary.Varint(u.b[u.at:])
	return n * int64(u.step(width))
}

// step moves on; it gives 1, or 0 when there was nothing to read.
func (u *unpacker) step(width int) uint64 {
	if width <= 0 {
		u.bad = true
	}
	if u.bad {
		return 0
	}
	u.at += width
	return 1
}

func (u *unpacker) string() string {
	n := u.uvarint()
	if u.bad || n > uint64(len(u.b)-u.at) {
		u.bad = true
		return ""
	}
	u.at += int(n)
	return u.text[u.at-int(n) : u.at]
}

// count reads how many items of at least so many bytes follow.
func (u *unpacker) count(size int) int {
	n := u.uvarint()
	if u.bad || n > uint64((len(u.b)-u.at)/size) {
		u.bad = true
		return 0
	}
	return int(n)
}

func (u *unpacker) byte() byte {
	if u.bad || u.at == len(u.b) {
		u.bad = true
		return 0
	}
	u.at++
	return u.b[u.at-1]
}

// fixed reads eight bytes.
func (u *unpacker) fixed() uint64 {
	if u.bad || len(u.b)-u.at < 8 {
		u.bad = true
		return 0
	}
	u.at += 8
	return binary.LittleEndian.Uint64(u.b[u.at-8:])
}

func (u *unpacker) time() time.Time {
	seconds, nanos := u.varint(), u.uvarint()
	if u.bad || nanos >= uint64(time.Second) {
		u.bad = true
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanos)).UTC()
}

// lists keeps sets of numbers under hashed keys. A key with one of its numbers
// is one word of 64 bits, the number in the low bits; most are in one sorted
// array, which takes eight bytes each, no pointers, and can be written to a file
// as it is. What was added since the last fold stands beside it in chains.
type lists struct {
	low  uint     // bits of a number
	base []uint64 // sorted
	// starts says where in base the words with each upper part begin.
	starts []uint32
	upper  uint // how far a word is shifted to give that upper part

	heads map[uint64]uint32 // newest link of each key, counted from one
	links []link
}

type link struct {
	pair  uint64
	older uint32
}

func newLists(low uint) lists {
	l := lists{low: low}
	l.settle(nil)
	return l
}

// add puts a number under the key of a hash. Equal ones that come one after
// another are kept once.
func (l *lists) add(hash uint64, n uint32) {
	key := hash >> l.low
	pair := key<<l.low | uint64(n)
	older := l.heads[key]
	if older > 0 && l.links[older-1].pair == pair {
		return
	}
	l.links = append(l.links, link{pair, older})
	l.heads[key] = uint32(len(l.links))
}

// each calls yield with the numbers under the key of a hash until it says false.
func (l *lists) each(hash uint64, yield func(n uint32) bool) {
	key := hash >> l.low
	mask := uint64(1)<<l.low - 1
	for _, pair := range l.base[l.find(key<<l.low):] {
		if pair>>l.low != key {
			break
		}
		if !yield(uint32(pair & mask)) {
			return
		}
	}
	for at := l.heads[key]; at > 0; at = l.links[at-1].older {
		if !yield(uint32(l.links[at-1].pair & mask)) {
			return
		}
	}
}

// has reports whether there are numbers under the key of a hash.
func (l *lists) has(hash uint64) bool {
	found := false
	l.each(hash, func(uint32) bool {
		found = true
		return false
	})
	return found
}

// find returns the position of the first word that is not below pair.
func (l *lists) find(pair uint64) int {
	part := pair >> l.upper
	from, to := l.starts[part], l.starts[part+1]
	at, _ := slices.BinarySearch(l.base[from:to], pair)
	return int(from) + at
}

// gone is the new number of what is no longer there.
const gone = ^uint32(0)

// fold puts the chains into the sorted array. renumber maps the numbers in use
// to new ones in the same order, or to gone; nil leaves them.
func (l *lists) fold(renumber []uint32) {
	added := make([]uint64, len(l.links))
	for i := range l.links {
		added[i] = l.links[i].pair
	}
	slices.Sort(added)
	out := make([]uint64, 0, len(l.base)+len(added))
	mask := uint64(1)<<l.low - 1
	old := l.base
	for len(old)+len(added) > 0 {
		from := &old
		if len(old) == 0 || len(added) > 0 && added[0] < old[0] {
			from = &added
		}
		pair := (*from)[0]
		*from = (*from)[1:]
		if renumber != nil {
			n := renumber[pair&mask]
			if n == gone {
				continue
			}
			pair = pair&^mask | uint64(n)
		}
		if len(out) == 0 || out[len(out)-1] != pair {
			out = append(out, pair)
		}
	}
	l.settle(out)
}

// settle takes a sorted array as the base and forgets the chains.
func (l *lists) settle(base []uint64) {
	const perPart = 8
	width := uint(max(1, bits.Len(uint(len(base)/perPart))))
	l.base, l.upper = base, 64-width
	l.starts = make([]uint32, 1<<width+1)
	part := 0
	for i, pair := range base {
		for ; part <= int(pair>>l.upper); part++ {
			l.starts[part] = uint32(i)
		}
	}
	for ; part < len(l.starts); part++ {
		l.starts[part] = uint32(len(base))
	}
	l.heads, l.links = map[uint64]uint32{}, nil
}
