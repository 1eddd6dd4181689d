package mirror

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/onward-crm/onward/matching"
)

// restore takes over what the file holds; false when there is no file that can
// be trusted.
func (m *Mirror) restore() bool {
	if m.o.Path == "" {
		return false
	}
	err := m.readFile()
	if err == nil {
		m.o.Logger.Info("mirror: restored from file", "accounts", m.Len(), "refreshed_at", m.Freshness())
		return true
	}
	if !errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("mirror: file not used: %w", err)
		m.stats.Refused = err
		m.o.Logger.Warn("mirror: the file cannot be used, everything is read anew", "why", err)
	}
	return false
}

func (m *Mirror) readFile() error {
	f, err := os.Open(m.o.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return m.read(f, info.Size())
}

// read takes over a file of a given size, wholly or not at all.
func (m *Mirror) read(f io.Reader, size int64) error {
	buffered := bufio.NewReaderSize(f, 1<<16)
	r := &fileReader{r: buffered, left: size, sum: crc32.New(crc32.MakeTable(crc32.Castagnoli))}
	if magic := r.bytes(make([]byte, len(fileMagic))); string(magic) != fileMagic {
		r.wrong("it is no mirror of this version")
	}
	var head header
	if text := r.text(); r.err == nil && json.Unmarshal(text, &head) != nil {
		r.wrong("its header cannot be read")
	}
	switch {
	case r.err != nil:
		return r.err
	case head.Fingerprint != m.print:
		return errors.New("it was made under another configuration or from another source")
	case head.Mark.IsZero() || m.tooOld(m.o.Now(), head.RefreshedAt):
		return errors.New("it is too old to follow deletions, or from a clock that was wrong")
	}
	s := r.state()
	sum := r.sum.Sum32()
	if b := r.bytes(make([]byte, 4)); r.err == nil && binary.LittleEndian.Uint32(b) != sum {
		r.wrong("its sum is wrong")
	}
	if r.err != nil {
		return r.err
	}
	x, err := matching.OpenIndex(buffered, r.left, nil)
	if err != nil {
		return err
	}
	if _, err := buffered.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("it is longer than a mirror")
	}
	s.recount()
	m.publish(x, s, func(to *Stats) {
		to.Mark, to.LoadedAt, to.RefreshedAt, to.FromFile = head.Mark, head.LoadedAt, head.RefreshedAt, true
	})
	return nil
}

// fileReader reads what fileWriter writes. After an error it gives zero values.
type fileReader struct {
	r    io.Reader
	left int64
	sum  hash.Hash32
	buf  [8 * block]byte
	err  error
}

func (r *fileReader) wrong(what string) {
	if r.err == nil {
		r.err = errors.New(what)
	}
}

func (r *fileReader) bytes(b []byte) []byte {
	if r.err == nil && int64(len(b)) > r.left {
		r.wrong("it ends too early")
	}
	if r.err != nil {
		return nil
	}
	r.left -= int64(len(b))
	if _, r.err = io.ReadFull(r.r, b); r.err != nil {
		return nil
	}
	r.sum.Write(b)
	return b
}

// length reads a number of items: never more than the file has room for.
func (r *fileReader) length(size int64) int {
	b := r.bytes(r.buf[:8])
	if b == nil {
		return 0
	}
	n := binary.LittleEndian.Uint64(b)
	if n > uint64(r.left/size) {
		r.wrong("a length is wrong")
		return 0
	}
	return int(n)
}

func (r *fileReader) text() []byte { return r.bytes(make([]byte, r.length(1))) }

func readList[T any](r *fileReader, as func(uint64) T) []T {
	out := make([]T, r.length(8))
	for part := range slices.Chunk(out, block) {
		b := r.bytes(r.buf[:8*len(part)])
		if b == nil {
			return nil
		}
		for i := range part {
			part[i] = as(binary.LittleEndian.Uint64(b[8*i:]))
		}
	}
	return out
}

// state reads the state and checks that its parts fit together.
func (r *fileReader) state() *state {
	s := newState()
	for _, t := range s.tables() {
		t.text = r.text()
		t.ends = readList(r, func(n uint64) uint32 { return uint32(n) })
		if n := len(t.ends); !slices.IsSorted(t.ends) || n > 0 && int(t.ends[n-1]) != len(t.text) {
			r.wrong("a table is wrong")
		}
	}
	s.where = readList(r, func(n uint64) post { return post{uint32(n >> 32), uint32(n)} })
	s.dealOf = readList(r, func(n uint64) uint32 { return uint32(n) })
	s.active = readList(r, func(n uint64) bool { return n != 0 })
	s.owner = readList(r, func(n uint64) uint32 { return uint32(n) })
	if r.err == nil && !s.fits() {
		r.wrong("its parts do not fit together")
	}
	return s
}

// fits reports whether every number leads somewhere.
func (s *state) fits() bool {
	accounts, domains, users := uint32(s.accounts.len()), uint32(s.domains.len()), uint32(s.users.len())
	return len(s.where) <= s.contacts.len() && len(s.dealOf) <= s.deals.len() && len(s.active) <= s.users.len() &&
		len(s.owner) <= s.accounts.len() &&
		!slices.ContainsFunc(s.where, func(p post) bool { return p.account > accounts || p.domain > domains }) &&
		!slices.ContainsFunc(s.dealOf, func(n uint32) bool { return n > accounts }) &&
		!slices.ContainsFunc(s.owner, func(n uint32) bool { return n > users })
}

// recount makes up what is not in the file.
func (s *state) recount() {
	for _, t := range s.tables() {
		t.restore()
	}
	for _, p := range s.where {
		s.count(p, 1)
	}
	for _, account := range s.dealOf {
		if account > 0 {
			s.open = grown(s.open, account-1)
			s.open[account-1]++
		}
	}
	clear(s.dirty)
}
