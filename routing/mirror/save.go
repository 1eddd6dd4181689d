package mirror

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// fileMagic begins a mirror's file. It holds the version of the form.
const fileMagic = "onward mirror 1\n"

// header is the readable beginning of the file.
type header struct {
	Fingerprint string    `json:"fingerprint"`
	Mark        time.Time `json:"mark"`
	LoadedAt    time.Time `json:"loaded_at"`
	RefreshedAt time.Time `json:"refreshed_at"`
}

// fingerprint is of everything that decides what is kept of a record: a file made
// under another one would answer differently.
func fingerprint(o Options) string {
	cfg := o.Policy.Config()
	text, err := json.Marshal(struct {
		Source  string
		Fields  []string
		Names   crm.Names
		Classes map[string][]routing.Predicate
	}{o.Source, o.Policy.AccountFields(), cfg.Names, cfg.Classes})
	if err != nil { // never matches, so that nothing is restored
		return "unknown: " + err.Error()
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Save writes the mirror to its file. The file is written beside the old one and
// takes its place when it is whole and on the disk, so that a crash leaves one or
// the other. Look-ups go on, Refresh waits. Without Options.Path it does nothing.
// The error is the file system's.
func (m *Mirror) Save() error {
	if m.o.Path == "" {
		return nil
	}
	m.work.Lock()
	defer m.work.Unlock()
	// A refresh that failed may have left counts that the index does not have yet.
	r := &reader{m: m, state: m.state, index: m.current(), rows: map[crm.Object]int{}}
	if err := r.settle(); err != nil {
		return err
	}
	if err := m.replaceFile(); err != nil {
		return fmt.Errorf("mirror: save: %w", err)
	}
	return nil
}

// replaceFile writes a file that only its owner can read, under a name of its own
// until it is whole: two processes may save at the same time.
func (m *Mirror) replaceFile() error {
	dir := filepath.Dir(m.o.Path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(m.o.Path)+".*")
	if err != nil {
		return err
	}
	if err = m.write(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), m.o.Path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(dir)
}

// syncFolder makes a rename last. Where folders cannot be synced, the file system
// does it by itself.
func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	err = dir.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, os.ErrInvalid) {
		err = nil
	}
	return errors.Join(err, dir.Close())
}

func (m *Mirror) write(to io.Writer) error {
	buffered := bufio.NewWriterSize(to, 1<<16)
	w := &fileWriter{w: buffered, sum: crc32.New(crc32.MakeTable(crc32.Castagnoli))}
	stats := m.Stats()
	head, err := json.Marshal(header{m.print, stats.Mark, stats.LoadedAt, stats.RefreshedAt})
	if err != nil {
		return err
	}
	w.bytes([]byte(fileMagic))
	w.text(head)
	m.state.write(w)
	w.bytes(binary.LittleEndian.AppendUint32(nil, w.sum.Sum32()))
	if w.err != nil {
		return w.err
	}
	if err := m.current().Save(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// write writes everything that cannot be computed from the rest.
func (s *state) write(w *fileWriter) {
	for _, t := range s.tables() {
		w.text(t.text)
		writeList(w, t.ends, same32)
	}
	writeList(w, s.where, func(p post) uint64 { return uint64(p.account)<<32 | uint64(p.domain) })
	writeList(w, s.dealOf, same32)
	writeList(w, s.active, func(b bool) uint64 {
		if b {
			return 1
		}
		return 0
	})
	writeList(w, s.owner, same32)
}

func (s *state) tables() [5]*table {
	return [...]*table{&s.accounts, &s.domains, &s.contacts, &s.deals, &s.users}
}

func same32(n uint32) uint64 { return uint64(n) }

// fileWriter writes and sums up. After an error it does nothing.
type fileWriter struct {
	w   io.Writer
	sum hash.Hash32
	buf []byte
	err error
}

func (w *fileWriter) bytes(b []byte) {
	if w.err == nil {
		w.sum.Write(b)
		_, w.err = w.w.Write(b)
	}
}

func (w *fileWriter) text(b []byte) {
	w.bytes(binary.LittleEndian.AppendUint64(nil, uint64(len(b))))
	w.bytes(b)
}

// block is how many items are written or read at once.
const block = 1 << 13

func writeList[T any](w *fileWriter, list []T, as func(T) uint64) {
	w.bytes(binary.LittleEndian.AppendUint64(nil, uint64(len(list))))
	for part := range slices.Chunk(list, block) {
		w.buf = w.buf[:0]
		for _, item := range part {
			w.buf = binary.LittleEndian.AppendUint64(w.buf, as(item))
		}
		w.bytes(w.buf)
	}
}
