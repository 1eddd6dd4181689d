package matching

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"

	"golang.org/x/net/publicsuffix"
)

// indexMagic begins a saved index, indexVersion follows. The version changes
// when the form does. A change of the lists by which names and domains are read
// shows in their sum, one of the rules in the samples that OpenIndex tries.
const (
	indexMagic   = "ONWIDX\r\n"
	indexVersion = 1
)

// Save writes the index in a form from which OpenIndex restores it many times
// faster than it can be built. What is written is the state at the call; look-ups
// and changes go on meanwhile. The error is the writer's.
func (x *Index) Save(w io.Writer) error {
	x.mu.Lock()
	x.fold()
	// Everything up to the present lengths never changes again.
	chunks, weights := slices.Clone(x.records.chunks), x.weights
	keys, near := x.keys.base, x.words.near.base
	text, ends := x.words.text, x.words.ends
	x.mu.Unlock()

	e := &indexWriter{w: w, table: crc32.MakeTable(crc32.Castagnoli)}
	e.flush([]byte(indexMagic))
	e.numbers(indexVersion, listsSum(e.table), uint64(len(weights)), uint64(len(chunks)))
	for _, chunk := range chunks {
		e.numbers(uint64(len(chunk)))
		e.flush(chunk)
	}
	writeNumbers(e, weights, math.Float64bits)
	writeNumbers(e, keys, func(n uint64) uint64 { return n })
	e.numbers(uint64(len(text)))
	e.flush(text)
	writeNumbers(e, ends, func(n uint32) uint64 { return uint64(n) })
	writeNumbers(e, near, func(n uint64) uint64 { return n })
	e.numbers(uint64(e.sum))
	return e.err
}

// listsSum is the sum of the lists by which names and domains of companies are
// read.
func listsSum(table *crc32.Table) uint64 {
	sum := uint32(0)
	for _, list := range []string{
		companyWordsText, commonNamesText, countriesText, freeMailText, sharedHostsText, legalFormsText, publicsuffix.List.String(),
	} {
		sum = crc32.Update(sum, table, []byte(list))
	}
	return uint64(sum)
}

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

func (e *indexWriter) numbers(list ...uint64) {
	e.buf = e.buf[:0]
	for _, n := range list {
		e.buf = binary.LittleEndian.AppendUint64(e.buf, n)
	}
	e.flush(e.buf)
}

// writeNumbers writes how many there are, then each.
func writeNumbers[T any](e *indexWriter, list []T, as func(T) uint64) {
	e.numbers(uint64(len(list)))
	for part := range slices.Chunk(list, blockBytes/8) {
		e.buf = e.buf[:0]
		for _, n := range part {
			e.buf = binary.LittleEndian.AppendUint64(e.buf, as(n))
		}
		e.flush(e.buf)
	}
}

// blockBytes is how much is written or read at once.
const blockBytes = 1 << 16

// ErrIndexFile is what OpenIndex says of anything that is no index of its own
// version, whole and unchanged. Build the index anew.
var ErrIndexFile = errors.New("matching: not a usable index file")

// OpenIndex restores an index that Save wrote, reading at most size bytes from r,
// and never holding much more than that whatever it reads. The error is the
// reader's, or ErrIndexFile with what is wrong: another version, a wrong sum,
// contents that no Save writes, or entries that today's rules for names and
// domains would not make. A nil o means the defaults; they need not be those of
// the saved index.
func OpenIndex(r io.Reader, size int64, o *IndexOptions) (*Index, error) {
	d := &indexReader{r: r, left: size, table: crc32.MakeTable(crc32.Castagnoli)}
	x := NewIndex(nil, o)
	d.index(x)
	if d.err == nil {
		d.err = x.verify()
	}
	if d.err != nil {
		return nil, d.err
	}
	x.words.near.settle(x.words.near.base)
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

// index reads everything into an empty index, and no further than to what can be
// told from the file alone.
func (d *indexReader) index(x *Index) {
	if magic := d.read(d.buf[:len(indexMagic)]); string(magic) != indexMagic {
		d.wrong("magic")
		return
	}
	if version := d.number(); version != indexVersion {
		d.wrong(fmt.Sprintf("version %d", version))
		return
	}
	if d.number() != listsSum(d.table) {
		d.wrong("other lists of names and domains")
		return
	}
	live := d.number()
	for n := d.length(8); n > 0 && d.err == nil; n-- {
		x.records.chunks = append(x.records.chunks, d.text())
	}
	x.weights = readNumbers(d, math.Float64frombits)
	x.keys.base = readNumbers(d, func(n uint64) uint64 { return n })
	x.words.text = d.text()
	x.words.ends = readNumbers(d, func(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) })
	x.words.near.base = readNumbers(d, func(n uint64) uint64 { return n })
	sum := d.sum
	if d.number() != uint64(sum) {
		d.wrong("sum")
	}
	if d.err == nil && live != uint64(len(x.weights)) || live > MaxAccounts {
		d.wrong("number of accounts")
	}
	x.live, x.settled = len(x.weights), len(x.weights)
	x.dead = make([]uint64, (x.live+63)/64)
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

func readNumbers[T any](d *indexReader, as func(uint64) T) []T {
	out := make([]T, d.length(8))
	for part := range slices.Chunk(out, blockBytes/8) {
		b := d.read(d.buf[:8*len(part)])
		if b == nil {
			return nil
		}
		for i := range part {
			part[i] = as(binary.LittleEndian.Uint64(b[8*i:]))
		}
	}
	return out
}

// verify checks that the parts fit together, so that no look-up can go astray.
func (x *Index) verify() error {
	if !x.place() {
		return fmt.Errorf("%w: accounts", ErrIndexFile)
	}
	if x.keys.base == nil || !ascending(x.keys.base, slotBits, len(x.weights)) {
		return fmt.Errorf("%w: keys", ErrIndexFile)
	}
	if !slices.IsSorted(x.words.ends) || len(x.words.ends) > 0 && int(x.words.ends[len(x.words.ends)-1]) != len(x.words.text) {
		return fmt.Errorf("%w: words", ErrIndexFile)
	}
	if !ascending(x.words.near.base, wordBits, len(x.words.ends)) {
		return fmt.Errorf("%w: forms of words", ErrIndexFile)
	}
	x.keys.settle(x.keys.base)
	if !x.sampled() {
		return fmt.Errorf("%w: entries are not those of today's rules", ErrIndexFile)
	}
	return nil
}

// place notes where each account is; false when they are not those of an index.
func (x *Index) place() bool {
	x.records.places = make([]uint64, 0, len(x.weights))
	for i, chunk := range x.records.chunks {
		for at := 0; at < len(chunk); {
			n, width := binary.Uvarint(chunk[at:])
			if width <= 0 || n > uint64(len(chunk)-at-width) || len(x.records.places) == len(x.weights) {
				return false
			}
			end := at + width + int(n)
			if id, width := binary.Uvarint(chunk[at+width : end]); width <= 0 || id > n-uint64(width) {
				return false
			}
			x.records.places = append(x.records.places, uint64(i)<<32|uint64(at))
			at = end
		}
		x.records.chunks[i] = slices.Clip(chunk)
	}
	return len(x.records.places) == len(x.weights)
}

// ascending reports whether words of a list rise and name numbers below n.
func ascending(base []uint64, low uint, n int) bool {
	mask := uint64(1)<<low - 1
	for i, pair := range base {
		if pair&mask >= uint64(n) || i > 0 && base[i-1] >= pair {
			return false
		}
	}
	return true
}

// samples is how many accounts are read again when an index is opened.
const samples = 512

// sampled reads some accounts as they would be read today, and looks whether that
// is what their records say and whether they stand under all their keys.
func (x *Index) sampled() bool {
	step := max(1, len(x.weights)/samples)
	for slot := 0; slot < len(x.weights); slot += step {
		f := makeFacts(x.records.account(uint32(slot)))
		ok := f.weight == x.weights[slot] && bytes.Equal(packFacts(f), x.records.packed(uint32(slot)))
		look := func(hash uint64) {
			_, found := slices.BinarySearch(x.keys.base, hash>>slotBits<<slotBits|uint64(slot))
			ok = ok && found
		}
		eachEntry(f, look, func(w string) { look(hashKey(keyWord, w)) })
		if !ok {
			return false
		}
	}
	return true
}
