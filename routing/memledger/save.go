package memledger

import (
	"bufio"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Save writes the whole ledger as JSON lines, in a form that Load reads. Equal
// ledgers are written as equal bytes. The text holds personal data. The ledger
// may be used meanwhile; what is written is its state at the call.
func (l *Ledger) Save(w io.Writer) error {
	s := saver{sum: crc32.New(crc32.MakeTable(crc32.Castagnoli))}
	s.w = bufio.NewWriterSize(w, 1<<16)
	s.put(header{formatName, formatVersion})
	for _, e := range l.entries() {
		s.put(e)
	}
	s.put(entry{End: &trailer{Sum: s.sum.Sum32()}})
	if s.err == nil {
		s.err = s.w.Flush()
	}
	if s.err != nil {
		return fmt.Errorf("memledger: save: %w", s.err)
	}
	return nil
}

// SaveFile saves the ledger to a file that only its owner can read. The file is
// replaced as a whole: whoever opens it, also after a crash, finds the former
// state or the new one.
func (l *Ledger) SaveFile(path string) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("memledger: save: %w", err)
	}
	err = l.Save(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("memledger: save %s: %w", path, err), os.Remove(f.Name()))
	}
	return syncDir(dir)
}

// syncDir makes the renaming of a file durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("memledger: save: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("memledger: save: %w", err)
	}
	return nil
}

// saver writes lines, sums them up and remembers the first error.
type saver struct {
	w   *bufio.Writer
	sum hash.Hash32
	err error
}

func (s *saver) put(v any) {
	if s.err != nil {
		return
	}
	b, err := line(v)
	if err != nil {
		s.err = err
		return
	}
	s.sum.Write(b) // a hash never fails
	_, s.err = s.w.Write(b)
}

// entries are the lines of the file between header and trailer, as of now.
func (l *Ledger) entries() []entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var es []entry
	for _, r := range l.rows {
		es = append(es, entry{Delivery: &savedRow{Record: r.copy(), Held: r.held, Purged: r.purged, Watches: r.watches}})
	}
	for _, a := range slices.Sorted(maps.Keys(l.aliases)) {
		es = append(es, entry{Alias: &alias{Alias: a, Identity: l.aliases[a]}})
	}
	for _, id := range slices.Sorted(maps.Keys(l.landed)) {
		es = append(es, entry{Landed: &landed{Identity: id, ID: l.landed[id]}})
	}
	for _, pool := range slices.Sorted(maps.Keys(l.rota)) {
		es = append(es, entry{Rota: &pointer{Pool: pool, Next: l.rota[pool]}})
	}
	for _, t := range slices.Sorted(maps.Keys(l.tombstones)) {
		es = append(es, entry{Tombstone: &t})
	}
	for _, id := range slices.Sorted(maps.Keys(l.noticed)) {
		es = append(es, entry{Noticed: &id})
	}
	for _, n := range l.unsent {
		es = append(es, entry{Notice: &n})
	}
	return es
}
