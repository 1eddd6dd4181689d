package matching_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime/metrics"
	"slices"
	"testing"

	"github.com/onward-crm/onward/matching"
)

// damagedFile is the file of a small index of which each part has something in it.
func damagedFile(t *testing.T) []byte {
	t.Helper()
	x := matching.NewIndex(matching.MadeAccounts(2), nil)
	x.Upsert(matching.Account{ID: "P", Name: "Société Générale", Aliases: []string{"SocGen"}, Domains: "socgen.com; sg.fr", ParentID: "Q", Contacts: 3})
	x.Delete(matching.MadeAccount(1).ID)
	return saved(t, x)
}

// refused opens a damaged file: it is refused as no index, and that takes no more
// memory than the file may hold.
func refused(t *testing.T, damaged []byte, size int64, what string, at int) {
	t.Helper()
	// What is always needed, and a few times the file; a length that was believed
	// would ask for far more.
	most := uint64(512<<10 + 32*len(damaged))
	took := opensToNothing(t, damaged, size, what, at)
	// The count is the whole process's, and takes up what was asked for earlier
	// when it pleases: only what is asked for every time was asked for by this file.
	for again := 0; took > most && again < 5; again++ {
		took = min(took, opensToNothing(t, damaged, size, what, at))
	}
	if took > most {
		t.Fatalf("%s at %d: refused after taking %d bytes for a file of %d", what, at, took, len(damaged))
	}
}

// opensToNothing opens a damaged file, which must be refused as no index, and says
// how many bytes were asked for meanwhile.
func opensToNothing(t *testing.T, damaged []byte, size int64, what string, at int) uint64 {
	t.Helper()
	before := allocated()
	x, err := matching.OpenIndex(bytes.NewReader(damaged), size, nil)
	took := allocated() - before
	if x != nil || !errors.Is(err, matching.ErrIndexFile) {
		t.Fatalf("%s at %d: opened %v, %v", what, at, x != nil, err)
	}
	return took
}

// allocated is how many bytes were ever asked for. Small ones may be counted late;
// this is about large ones.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func TestEveryChangedByteIsFound(t *testing.T) {
	whole := damagedFile(t)
	for at := range whole {
		changed := slices.Clone(whole)
		changed[at] ^= []byte{1 << (at / 2 % 8), 0xff}[at%2] // one bit, or all
		refused(t, changed, int64(len(changed)), "a byte changed", at)
	}
}

func TestEveryCutIsFound(t *testing.T) {
	whole := damagedFile(t)
	for at := range whole {
		refused(t, whole[:at], int64(at), "cut", at)
		refused(t, whole[:at], 1<<40, "cut, and its size said as beyond reason,", at)
	}
}

// Disks and copies damage more than one byte: runs of zeros, blocks of another
// place, something put in or left out in the middle, lengths without end.
func TestLargerDamageIsFound(t *testing.T) {
	whole := damagedFile(t)
	dice := rand.New(rand.NewPCG(5, 17))
	for round := range 1200 {
		at := dice.IntN(len(whole))
		n := 1 + dice.IntN(min(64, len(whole)-at))
		block := slices.Clone(whole[at : at+n])
		from := dice.IntN(len(whole) - n + 1)
		changed := slices.Clone(whole)
		switch round % 6 {
		case 0:
			clear(changed[at : at+n])
		case 1:
			copy(changed[from:], block)
		case 2:
			changed = slices.Insert(changed, from, block...)
		case 3:
			changed = slices.Delete(changed, at, at+n)
		case 4:
			for i := range n {
				changed[at+i] = byte(dice.Uint32())
			}
		case 5:
			for i := range min(n, 8) {
				changed[at+i] = 0xff
			}
		}
		if !bytes.Equal(changed, whole) {
			refused(t, changed, int64(len(changed)), "damage", round)
		}
	}
}

// A file that goes on behind the index is not whole and unchanged either.
func TestBytesBehindTheEndAreFound(t *testing.T) {
	longer := append(damagedFile(t), 0)
	refused(t, longer, int64(len(longer)), "a byte added", len(longer)-1)
}
