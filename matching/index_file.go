package matching

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
	"slices"
	"sync"

	"golang.org/x/net/publicsuffix"
)

// indexMagic begins a saved index, indexVersion follows. The version changes
// when the form does. A change of the lists by which names and domains are read
// shows in their sum, one of the rules in the samples that OpenIndex tries.
const (
	indexMagic   = "ONWIDX\r\n"
	indexVersion = 2
)

// Save writes the index in a form from which OpenIndex restores it many times
// faster than it can be built. What is written is the state at the call; look-ups
// and changes go on meanwhile. The error is the writer's.
func (x *Index) Save(w io.Writer) error {
	x.writing.Lock()
	x.fold()
	c := x.content // what is in place never changes again, up to the present lengths
	c.records.chunks = slices.Clone(c.records.chunks)
	x.writing.Unlock()

	e := &indexWriter{w: w, table: crc32.MakeTable(crc32.Castagnoli)}
	e.flush([]byte(indexMagic))
	e.number(indexVersion)
	e.number(listsSum())
	e.number(uint64(len(c.records.chunks)))
	for _, chunk := range c.records.chunks {
		e.number(uint64(chunk.first))
		e.text(chunk.bytes)
	}
	writeNumbers(e, c.records.places)
	writeNumbers(e, c.traits)
	e.buckets(c.ids)
	writeNumbers(e, c.keys.base)
	e.text(c.words.text)
	writeNumbers(e, c.words.ends)
	e.buckets(c.words.near)
	e.number(uint64(e.sum))
	return e.err
}

// listsSum is the sum of the lists by which names and domains of companies are
// read.
var listsSum = sync.OnceValue(func() uint64 {
	sum, table := uint32(0), crc32.MakeTable(crc32.Castagnoli)
	for _, list := range []string{
		companyWordsText, commonNamesText, countriesText, freeMailText, sharedHostsText, legalFormsText,
		translationsText, wordCountsText, publicsuffix.List.String(),
	} {
		sum = crc32.Update(sum, table, []byte(list))
	}
	return uint64(sum)
})

// indexWriter writes numbers of eight bytes and text, and sums up what it wrote.
// After an error it does nothing.
type indexWriter struct {
	w     io.Writer
	table *crc32.Table
	sum   uint32
	buf   []byte
	err   error
}

func (e *indexWriter) flush(b []byte) {
	if e.err == nil && len(b) > 0 {
		e.sum = crc32.Update(e.sum, e.table, b)
		_, e.err = e.w.Write(b)
	}
}

func (e *indexWriter) number(n uint64) {
	e.buf = binary.LittleEndian.AppendUint64(e.buf[:0], n)
	e.flush(e.buf)
}

func (e *indexWriter) text(b []byte) {
	e.number(uint64(len(b)))
	e.flush(b)
}

func (e *indexWriter) buckets(b buckets) {
	writeNumbers(e, b.starts)
	writeNumbers(e, b.items)
}

// writeNumbers writes how many there are, then each in its own width.
func writeNumbers[T ~uint32 | ~uint64](e *indexWriter, list []T) {
	e.number(uint64(len(list)))
	for part := range slices.Chunk(list, blockBytes/8) {
		e.buf, _ = binary.Append(e.buf[:0], binary.LittleEndian, part) // fails for no list of numbers
		e.flush(e.buf)
	}
}

// blockBytes is how much is written or read at once.
const blockBytes = 1 << 16

// ErrIndexFile is what OpenIndex says of anything that is no index of its own
// version, whole and unchanged. Build the index anew.
var ErrIndexFile = errors.New("matching: not a usable index file")

// OpenIndex restores an index that Save wrote, the next size bytes from r,
// and never holding much more than that whatever it reads. The error is the
// reader's, or ErrIndexFile with what is wrong: another version, a wrong sum,
// contents that no Save writes, or entries that today's rules for names and
// domains would not make. A nil o means the defaults; they need not be those of
// the saved index.
func OpenIndex(r io.Reader, size int64, o *IndexOptions) (*Index, error) {
	d := &indexReader{r: r, left: size, table: crc32.MakeTable(crc32.Castagnoli)}
	c := d.content()
	if d.err == nil {
		d.err = c.verify()
	}
	if d.err != nil {
		return nil, d.err
	}
	x := newIndex(o)
	x.content = c
	return x, nil
}

// indexReader reads what indexWriter writes. After an error it gives zero values.
type indexReader struct {
	r     io.Reader
	left  int64
	table *crc32.Table
	sum   uint32
	buf   [blockBytes]byte
	err   error
}

// content reads everything, and checks no more than what can be told from the file
// alone.
func (d *indexReader) content() (c content) {
	if magic := d.read(d.buf[:len(indexMagic)]); string(magic) != indexMagic {
		d.wrong("magic")
		return c
	}
	if version := d.number(); version != indexVersion {
		d.wrong(fmt.Sprintf("version %d", version))
		return c
	}
	if d.number() != listsSum() {
		d.wrong("other lists of names and domains")
		return c
	}
	for n := d.length(16); n > 0 && d.err == nil; n-- {
		first := uint32(min(d.number(), uint64(gone)))
		c.records.chunks = append(c.records.chunks, chunk{first, d.text()})
	}
	c.records.places = readNumbers[uint32](d)
	c.traits = readNumbers[trait](d)
	c.ids = d.buckets()
	base := readNumbers[uint64](d)
	c.words.text, c.words.ends = d.text(), readNumbers[uint32](d)
	c.words.near = d.buckets()
	sum := d.sum
	if d.number() != uint64(sum) {
		d.wrong("sum")
	}
	if d.left > 0 {
		d.wrong("it goes on behind its end")
	}
	if d.err == nil {
		c.keys = listsOf(base)
	}
	c.live, c.settled = len(c.traits), len(c.traits)
	c.dead = make([]uint64, (c.live+63)/64)
	return c
}

func (d *indexReader) buckets() buckets {
	b := buckets{starts: readNumbers[uint32](d), items: readNumbers[uint32](d), added: map[uint64][]uint32{}}
	b.shift = uint(64 - bits.Len(uint(max(len(b.starts)-2, 0))))
	return b
}

// wrong notes what is wrong, unless something was before.
func (d *indexReader) wrong(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrIndexFile, what)
	}
}

// read fills b, or says that the file is too short.
func (d *indexReader) read(b []byte) []byte {
	if d.err != nil {
		return nil
	}
	if int64(len(b)) > d.left {
		d.wrong("it ends too early")
		return nil
	}
	d.left -= int64(len(b))
	switch _, err := io.ReadFull(d.r, b); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		d.wrong("it ends too early")
		return nil
	case err != nil:
		d.err = fmt.Errorf("matching: read index: %w", err)
		return nil
	}
	d.sum = crc32.Update(d.sum, d.table, b)
	return b
}

func (d *indexReader) number() uint64 {
	if b := d.read(d.buf[:8]); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// length reads a number of items of at least size bytes: never more than the
// file has room for.
func (d *indexReader) length(size int64) int {
	n := d.number()
	if n > uint64(d.left/size) {
		d.wrong("a length")
		return 0
	}
	return int(n)
}

func (d *indexReader) text() []byte {
	b := make([]byte, d.length(1))
	for part := range slices.Chunk(b, blockBytes) {
		d.read(part)
	}
	return b
}

func readNumbers[T ~uint32 | ~uint64](d *indexReader) []T {
	var one T
	width := binary.Size(one)
	out := make([]T, d.length(int64(width)))
	for part := range slices.Chunk(out, blockBytes/8) {
		b := d.read(d.buf[:width*len(part)])
		if b == nil {
			return nil
		}
		switch part := any(part).(type) {
		case []trait:
			for i := range part {
				part[i] = trait(binary.LittleEndian.Uint32(b[4*i:]))
			}
		case []uint32:
			for i := range part {
				part[i] = binary.LittleEndian.Uint32(b[4*i:])
			}
		case []uint64:
			for i := range part {
				part[i] = binary.LittleEndian.Uint64(b[8*i:])
			}
		}
	}
	return out
}

// verify checks that the parts fit together, so that no look-up can go astray.
func (c *content) verify() error {
	n := len(c.traits)
	for _, part := range []struct {
		name string
		ok   bool
	}{
		{"number of accounts", n <= MaxAccounts && len(c.records.places) == n},
		{"accounts", c.records.whole()},
		{"ids", c.ids.whole(n) && len(c.ids.items) == n},
		{"keys", ascending(c.keys.base, n)},
		{"words", slices.IsSorted(c.words.ends) && (len(c.words.ends) == 0 || int(c.words.ends[len(c.words.ends)-1]) == len(c.words.text))},
		{"forms of words", c.words.near.whole(len(c.words.ends))},
	} {
		if !part.ok {
			return fmt.Errorf("%w: %s", ErrIndexFile, part.name)
		}
	}
	if !c.sampled() {
		return fmt.Errorf("%w: entries are not those of today's rules", ErrIndexFile)
	}
	return nil
}

// whole tells that each record begins inside its chunk, behind the one before.
func (r *records) whole() bool {
	at := -1
	for slot, place := range r.places {
		for at+1 < len(r.chunks) && int(r.chunks[at+1].first) == slot {
			at++
			if place != 0 {
				return false
			}
		}
		if at < 0 || int(place) >= len(r.chunks[at].bytes) || slot > int(r.chunks[at].first) && place <= r.places[slot-1] {
			return false
		}
	}
	return at == len(r.chunks)-1
}

// whole tells that buckets hold numbers below n, and as many as they say.
func (b *buckets) whole(n int) bool {
	size := len(b.starts) - 1
	return size >= 2 && bits.OnesCount(uint(size)) == 1 && slices.IsSorted(b.starts) && b.starts[0] == 0 && int(b.starts[size]) == len(b.items) &&
		!slices.ContainsFunc(b.items, func(item uint32) bool { return int(item) >= n })
}

// ascending reports whether words of a list rise and name slots below n.
func ascending(base []uint64, n int) bool {
	for i, pair := range base {
		if pair&slotMask >= uint64(n) || i > 0 && base[i-1] >= pair {
			return false
		}
	}
	return true
}

// samples is how many accounts are read again when an index is opened.
const samples = 512

// sampled reads some accounts as they would be read today, and looks whether that
// is what their records say and whether they stand under all their keys.
func (c *content) sampled() bool {
	step := max(1, len(c.traits)/samples)
	for slot := uint32(0); int(slot) < len(c.traits); slot += uint32(step) {
		packed := c.records.packed(slot)
		u := unpacker{b: packed}
		f := makeFacts(u.account())
		same, known := c.slot(f.acc.ID)
		ok := !u.bad && bytes.Equal(packAccount(nil, &f.acc), packed) && known && same == slot
		weight := eachEntry(f, func(hash uint64) { ok = ok && c.keys.holds(hash, slot) }, func(w string) {
			ok = ok && c.keys.holds(hashKey(keyWord, w), slot)
		})
		if !ok || c.traits[slot] != traitOf(f, weight) {
			return false
		}
	}
	return true
}
