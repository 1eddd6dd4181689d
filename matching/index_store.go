package matching

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"time"
)

// records keeps accounts packed one after another, each under a number. A packed
// account costs a tenth of one in comparable form, which is made when somebody
// asks for it.
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
	a, _ := unpackAccount(r.packed(slot))
	return a
}

// packAccount appends an account: its length, then its id, then the rest.
func packAccount(b []byte, a *Account) []byte {
	var body []byte
	for _, s := range a.texts() {
		body = packText(body, *s)
	}
	body = binary.AppendUvarint(body, uint64(len(a.Aliases)))
	for _, alias := range a.Aliases {
		body = packText(body, alias)
	}
	body = binary.AppendUvarint(body, uint64(len(a.ContactDomains)))
	for _, dc := range a.ContactDomains {
		body = binary.AppendVarint(packText(body, dc.Domain), int64(dc.Count))
	}
	body = binary.AppendVarint(body, int64(a.Contacts))
	body = binary.AppendVarint(body, int64(a.OpenOpportunities))
	flags := byte(0)
	for i, set := range a.flags() {
		if *set {
			flags |= 1 << i
		}
	}
	body = packTime(packTime(append(body, flags), a.LastActivity), a.CreatedAt)
	return append(binary.AppendUvarint(b, uint64(len(body))), body...)
}

// texts are the text fields of an account in the order in which they are packed.
func (a *Account) texts() [12]*string {
	return [...]*string{
		&a.ID, &a.Name, &a.Website, &a.Domains, &a.LinkedIn, &a.Country,
		&a.State, &a.City, &a.Phone, &a.ParentID, &a.MasterID, &a.OwnerID,
	}
}

func (a *Account) flags() [4]*bool {
	return [...]*bool{&a.Deleted, &a.Customer, &a.Target, &a.ActiveOwner}
}

func packText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// packTime keeps a moment to the nanosecond; its time zone becomes UTC.
func packTime(b []byte, t time.Time) []byte {
	return binary.AppendUvarint(binary.AppendVarint(b, t.Unix()), uint64(t.Nanosecond()))
}

// unpackAccount reads what packAccount wrote; false when it is anything else.
func unpackAccount(packed []byte) (Account, bool) {
	u := unpacker{b: packed, text: string(packed)}
	return u.account()
}

// sound reports whether unpackAccount can read a record, without keeping it.
func sound(packed []byte) bool {
	u := unpacker{b: packed, skip: true}
	_, ok := u.account()
	return ok
}

// unpacker reads a packed account. After anything unexpected it is bad and gives
// zero values.
type unpacker struct {
	b    []byte
	text string // the same bytes: fields are parts of it
	skip bool   // fields are not wanted
	at   int
	bad  bool
}

func (u *unpacker) account() (a Account, ok bool) {
	if u.uvarint() != uint64(len(u.b)-u.at) || u.bad {
		return a, false
	}
	for _, s := range a.texts() {
		*s = u.string()
	}
	for n := u.count(1); n > 0; n-- {
		if alias := u.string(); !u.skip {
			a.Aliases = append(a.Aliases, alias)
		}
	}
	for n := u.count(2); n > 0; n-- {
		dc := DomainCount{Domain: u.string(), Count: int(u.varint())}
		if !u.skip {
			a.ContactDomains = append(a.ContactDomains, dc)
		}
	}
	a.Contacts, a.OpenOpportunities = int(u.varint()), int(u.varint())
	flags := u.byte()
	for i, set := range a.flags() {
		*set = flags&(1<<i) != 0
	}
	a.LastActivity, a.CreatedAt = u.time(), u.time()
	return a, !u.bad && u.at == len(u.b)
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
	if u.skip {
		return ""
	}
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
