package matching

import (
	"encoding/binary"
	"slices"
	"sort"
	"strings"
	"time"
)

// records keeps accounts packed one after another, each under a number, its slot.
type records struct {
	chunks []chunk
	places []uint32 // where each account begins in its chunk
}

// chunk is some records in a row.
type chunk struct {
	first uint32 // slot of the first record
	bytes []byte
}

// chunkBytes is how large a chunk gets; a larger account has one of its own.
const chunkBytes = 1 << 20

func (r *records) add(packed []byte) {
	last := len(r.chunks) - 1
	if last < 0 || len(r.chunks[last].bytes)+len(packed) > chunkBytes {
		room := 0
		if last >= 0 { // another whole chunk may follow
			r.trim()
			room = max(chunkBytes, len(packed))
		}
		r.chunks = append(r.chunks, chunk{first: uint32(len(r.places)), bytes: make([]byte, 0, room)})
		last++
	}
	r.places = append(r.places, uint32(len(r.chunks[last].bytes)))
	r.chunks[last].bytes = append(r.chunks[last].bytes, packed...)
}

// trim gives back the room of the last chunk that nothing is in.
func (r *records) trim() {
	if last := len(r.chunks) - 1; last >= 0 {
		r.chunks[last].bytes = trimmed(r.chunks[last].bytes)
	}
}

// trimmed returns a list without room to grow, or with so little that it is not worth a
// copy.
func trimmed[T any](list []T) []T {
	const worth = 1024
	if cap(list)-len(list) <= len(list)/worth {
		return slices.Clip(list)
	}
	out := make([]T, len(list))
	copy(out, list)
	return out
}

// at returns what begins where a record does; it may go on behind its end.
func (r *records) at(slot uint32) []byte {
	i := sort.Search(len(r.chunks), func(i int) bool { return r.chunks[i].first > slot }) - 1
	return r.chunks[i].bytes[r.places[slot]:]
}

// packed returns exactly one record.
func (r *records) packed(slot uint32) []byte {
	b := r.at(slot)
	if next := slot + 1; int(next) < len(r.places) && r.places[next] > r.places[slot] {
		return b[:r.places[next]-r.places[slot]]
	}
	return b
}

// id returns the id of an account without unpacking it.
func (r *records) id(slot uint32) []byte {
	b := r.at(slot)
	set, width := binary.Uvarint(b)
	if b = b[max(width, 0):]; set&1 == 0 {
		return nil
	}
	n, width := binary.Uvarint(b)
	b = b[max(width, 0):]
	return b[:min(n, uint64(len(b)))]
}

func (r *records) account(slot uint32) Account {
	b := r.packed(slot)
	u := unpacker{b: b, whole: string(b)}
	return u.account()
}

// packAccount makes a record: which fields are set, then these.
func packAccount(b []byte, a *Account) []byte {
	texts := a.texts()
	set := uint64(0)
	note := func(bit int, on bool) {
		if on {
			set |= 1 << bit
		}
	}
	for i, s := range texts {
		note(i, *s != "")
	}
	rest := a.rest()
	for i, on := range rest {
		note(len(texts)+i, on)
	}
	b = binary.AppendUvarint(b, set)
	for i, s := range texts {
		switch {
		case *s == "":
		case i == textWebsite:
			b = packSite(b, *s)
		default:
			b = packText(b, *s)
		}
	}
	if rest[restAliases] {
		b = packTexts(b, a.Aliases)
	}
	if rest[restContactDomains] {
		b = packCounts(b, a.ContactDomains)
	}
	for i, n := range []int{a.Contacts, a.OpenOpportunities} {
		if rest[restContacts+i] {
			b = binary.AppendVarint(b, int64(n))
		}
	}
	for i, t := range []time.Time{a.LastActivity, a.CreatedAt} {
		if rest[restActivity+i] {
			b = packTime(b, t)
		}
	}
	return b
}

// texts are the text fields of an account in the order in which they are packed,
// the usual ones first: that keeps the note of what is set short.
func (a *Account) texts() [12]*string {
	return [...]*string{
		&a.ID, &a.Name, &a.Website, &a.Country, &a.City, &a.Phone,
		&a.ParentID, &a.OwnerID, &a.State, &a.LinkedIn, &a.Domains, &a.MasterID,
	}
}

// textWebsite is the place of the website among the texts.
const textWebsite = 2

// siteStarts are how most websites begin, the longer ones first.
var siteStarts = [...]string{"https://www.", "http://www.", "https://", "http://", "www.", "", "", ""}

// packSite packs a website without the usual beginning: which one it was stands in the
// lower three bits of the length.
func packSite(b []byte, s string) []byte {
	i := 0
	for !strings.HasPrefix(s, siteStarts[i]) {
		i++
	}
	s = s[len(siteStarts[i]):]
	return append(binary.AppendUvarint(b, uint64(len(s))<<3|uint64(i)), s...)
}

// Places in the list of what else may be set.
const (
	restAliases = iota
	restContactDomains
	restContacts // and open opportunities
	restActivity = restContacts + 2
	restFlags    = restActivity + 2
	restAll      = restFlags + 4
)

// rest tells which of the other fields are set.
func (a *Account) rest() (set [restAll]bool) {
	return [...]bool{
		len(a.Aliases) > 0, len(a.ContactDomains) > 0, a.Contacts != 0, a.OpenOpportunities != 0,
		!a.LastActivity.IsZero(), !a.CreatedAt.IsZero(), a.Deleted, a.Customer, a.Target, a.ActiveOwner,
	}
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
	b     []byte
	whole string // the same, of which texts are parts; "" when each is to have its own bytes
	at    int
	bad   bool
}

func (u *unpacker) account() (a Account) {
	set := u.uvarint()
	texts := a.texts()
	for i, s := range texts {
		switch {
		case set&(1<<i) == 0:
		case i == textWebsite:
			*s = u.site()
		default:
			*s = u.string()
		}
	}
	has := func(i int) bool { return set&(1<<(len(texts)+i)) != 0 }
	if has(restAliases) {
		a.Aliases = u.strings()
	}
	if has(restContactDomains) {
		a.ContactDomains = u.counts()
	}
	for i, n := range []*int{&a.Contacts, &a.OpenOpportunities} {
		if has(restContacts + i) {
			*n = int(u.varint())
		}
	}
	for i, t := range []*time.Time{&a.LastActivity, &a.CreatedAt} {
		if has(restActivity + i) {
			*t = u.time()
		}
	}
	for i, on := range []*bool{&a.Deleted, &a.Customer, &a.Target, &a.ActiveOwner} {
		*on = has(restFlags + i)
	}
	return a
}

func (u *unpacker) strings() []string {
	list := make([]string, u.count(1))
	for i := range list {
		list[i] = u.string()
	}
	return list
}

func (u *unpacker) counts() []DomainCount {
	list := make([]DomainCount, u.count(2))
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

func (u *unpacker) site() string {
	n := u.uvarint()
	return siteStarts[n&7] + u.text(n>>3)
}

func (u *unpacker) string() string { return u.text(u.uvarint()) }

func (u *unpacker) text(n uint64) string {
	if u.bad || n > uint64(len(u.b)-u.at) {
		u.bad = true
		return ""
	}
	u.at += int(n)
	if u.whole != "" {
		return u.whole[u.at-int(n) : u.at]
	}
	return string(u.b[u.at-int(n) : u.at])
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

func (u *unpacker) time() time.Time {
	seconds, nanos := u.varint(), u.uvarint()
	if u.bad || nanos >= uint64(time.Second) {
		u.bad = true
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanos)).UTC()
}
