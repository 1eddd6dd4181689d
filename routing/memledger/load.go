package memledger

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"time"

	"github.com/onward-crm/onward/routing"
)

// The errors of Load and LoadFile, wrapped with the line that they were found
// in.
var (
	// ErrDamaged: the text is not what Save wrote, or not all of it.
	ErrDamaged = errors.New("damaged ledger")
	// ErrNewer: a later version of this package wrote it.
	ErrNewer = errors.New("ledger of a newer version")
)

// Load reads a ledger that Save wrote. Nothing of it is held: what was claimed
// when it was saved is due again, with its attempts counted. The errors are
// ErrDamaged, ErrNewer, and those of the reader.
func Load(r io.Reader) (*Ledger, error) {
	l, err := load(r)
	if err != nil {
		return nil, fmt.Errorf("memledger: load: %w", err)
	}
	return l, nil
}

// LoadFile loads a ledger from a file; errors.Is(err, fs.ErrNotExist) tells that
// there is none yet.
func LoadFile(path string) (*Ledger, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("memledger: load: %w", err)
	}
	l, err := load(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("memledger: load %s: %w", path, err)
	}
	return l, nil
}

func load(r io.Reader) (*Ledger, error) {
	ld := loader{ledger: New(), in: bufio.NewReaderSize(r, 1<<16)}
	for !ld.done {
		if err := ld.next(); err != nil {
			return nil, fmt.Errorf("line %d: %w", ld.line, err)
		}
	}
	return ld.ledger, nil
}

type loader struct {
	ledger *Ledger
	in     *bufio.Reader
	line   int
	// sum is the checksum of all lines read so far.
	sum  uint32
	done bool
}

// next reads one line.
func (ld *loader) next() error {
	ld.line++
	b, err := ld.in.ReadBytes('\n')
	switch {
	case errors.Is(err, io.EOF):
		return damaged("it ends too early")
	case err != nil:
		return err
	case ld.line == 1:
		err = readHeader(b)
	default:
		err = ld.entry(b)
	}
	ld.sum = crc32.Update(ld.sum, crc32.MakeTable(crc32.Castagnoli), b)
	return err
}

func readHeader(b []byte) error {
	var h header
	if err := json.Unmarshal(b, &h); err != nil || h.Format != formatName || h.Version < 1 {
		return damaged("this is no ledger")
	}
	if h.Version > formatVersion {
		return fmt.Errorf("%w: format %d, understood up to %d", ErrNewer, h.Version, formatVersion)
	}
	return nil
}

// entry is not strict about fields that are no longer known: the checksum tells
// damage from age.
func (ld *loader) entry(b []byte) error {
	var e entry
	if err := json.Unmarshal(b, &e); err != nil {
		return damaged("no entry") // the cause would quote personal data
	}
	l := ld.ledger
	switch {
	case e.Delivery != nil:
		return l.restore(*e.Delivery)
	case e.Alias != nil:
		l.lead(e.Alias.Alias, e.Alias.Identity)
	case e.Landed != nil:
		l.landed[e.Landed.Identity] = e.Landed.ID
	case e.Rota != nil:
		l.rota[e.Rota.Pool] = e.Rota.Next
	case e.Tombstone != nil:
		l.tombstones[*e.Tombstone] = true
	case e.Noticed != nil:
		l.noticed[*e.Noticed] = true
	case e.Notice != nil:
		l.noticed[e.Notice.ID] = true
		l.unsent = append(l.unsent, *e.Notice)
	case e.End != nil:
		return ld.end(*e.End)
	default:
		return damaged("no entry")
	}
	return nil
}

// restore adds a saved delivery.
func (l *Ledger) restore(s savedRow) error {
	switch {
	case s.Seq <= l.seq:
		return damaged("deliveries are out of order")
	case s.Watches < 0 || !s.DRIDue.IsZero() && s.Purged:
		return damaged("responsible people of nobody")
	case l.byKey[s.Key] != nil:
		return damaged("a delivery is there twice")
	case !slices.Contains(statuses(), s.Status):
		return damaged("no such status")
	}
	r := newRow(s.Record)
	r.purged, r.watches = s.Purged, s.Watches
	l.add(r)
	l.look(r, s.DRIDue)
	if s.Held && r.unfinished() {
		l.hold(r, time.Time{})
	}
	return nil
}

func (ld *loader) end(t trailer) error {
	if t.Sum != ld.sum {
		return damaged("the checksum differs")
	}
	if _, err := ld.in.ReadByte(); !errors.Is(err, io.EOF) {
		return damaged("there is more after its end")
	}
	ld.done = true
	return nil
}

func statuses() []routing.Status {
	return []routing.Status{
		routing.StatusAccepted, routing.StatusDone, routing.StatusFiltered,
		routing.StatusReview, routing.StatusWaiting, routing.StatusParked,
	}
}

func damaged(how string) error { return fmt.Errorf("%w: %s", ErrDamaged, how) }
