package matching

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"slices"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawUpkeep does to an index what must not be noticed: it leaves it, folds it, or
// saves it and opens what was saved.
func drawUpkeep(t *rapid.T, x *Index) *Index {
	switch rapid.IntRange(0, 2).Draw(t, "upkeep") {
	case 1:
		x.fold()
	case 2:
		saved := save(t, x)
		opened, err := OpenIndex(bytes.NewReader(saved), int64(len(saved)), nil)
		if err != nil {
			t.Fatal(err)
		}
		return opened
	}
	return x
}

func save(t interface{ Fatal(...any) }, x *Index) []byte {
	var b bytes.Buffer
	if err := x.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// An account comes back from the index as it went in.
func TestIndexGivesAccountsBack(t *testing.T) {
	full := Account{
		ID: "001A", Name: "Acme", Aliases: []string{"Acme Inc", ""}, Website: "acme.com", Domains: "acme.io", LinkedIn: "linkedin.com/company/acme",
		Country: "DE", State: "BY", City: "Munich", Phone: "+49 89 1", ParentID: "001B", MasterID: "001C", Deleted: true,
		ContactDomains: []DomainCount{{"acme.com", 2}, {"", -1}}, Contacts: 7, OpenOpportunities: math.MaxInt32, Customer: true, Target: true,
		ActiveOwner: true, OwnerID: "005A", LastActivity: day("2026-11-21"), CreatedAt: time.Date(2020, 1, 2, 3, 4, 5, 6, time.UTC),
	}
	for _, a := range []Account{full, {ID: "001B"}, {}} {
		x := NewIndex(slices.Values([]Account{a}), nil)
		for _, from := range []*Index{x, mustOpen(t, save(t, x))} {
			got, ok := from.Get(a.ID)
			if diff := cmp.Diff(a, got); diff != "" || !ok {
				t.Error(ok, diff)
			}
		}
	}
}

func mustOpen(t *testing.T, saved []byte) *Index {
	t.Helper()
	x, err := OpenIndex(bytes.NewReader(saved), int64(len(saved)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Many accounts, past the sizes at which the index folds by itself, answer the
// same before and after saving, and can be changed afterwards.
func TestOpenedIndexAnswersLikeTheSavedOne(t *testing.T) {
	const n = 2*leastFold + 100
	x := NewIndex(madeAccounts(n), nil)
	for i := 0; i < n; i += 3 {
		x.Delete(madeAccount(i).ID)
	}
	y := mustOpen(t, save(t, x))
	p := Balanced()
	compare := func() {
		t.Helper()
		if x.Len() != y.Len() {
			t.Fatalf("%d accounts, then %d", x.Len(), y.Len())
		}
		for i := 0; i < n; i += 97 {
			a := madeAccount(i)
			for _, c := range []Company{{Name: a.Name}, {Domain: a.Website}, {Name: "x" + a.Name, Country: a.Country}} {
				if diff := cmp.Diff(x.Match(p, c), y.Match(p, c)); diff != "" {
					t.Fatal(diff)
				}
			}
		}
	}
	compare()
	if len(x.records.places) != x.Len() || len(x.keys.links) != 0 {
		t.Errorf("%d places for %d accounts, %d links after saving", len(x.records.places), x.Len(), len(x.keys.links))
	}
	for i := 0; i < n; i += 2 {
		x.Upsert(madeAccount(i))
		y.Upsert(madeAccount(i))
	}
	compare()
}

// No file that was cut or changed anywhere is opened, and none makes OpenIndex
// fail otherwise.
func TestDamagedIndexFileIsNotTrusted(t *testing.T) {
	saved := save(t, NewIndex(madeAccounts(3), nil))
	for at := range saved {
		if _, err := OpenIndex(bytes.NewReader(saved[:at]), int64(len(saved)), nil); !errors.Is(err, ErrIndexFile) {
			t.Fatalf("cut at %d: %v", at, err)
		}
		changed := slices.Clone(saved)
		changed[at] ^= 1 << (at % 8)
		if _, err := OpenIndex(bytes.NewReader(changed), int64(len(saved)), nil); !errors.Is(err, ErrIndexFile) {
			t.Fatalf("changed at %d: %v", at, err)
		}
	}
	if _, err := OpenIndex(bytes.NewReader(saved), int64(len(saved))-1, nil); !errors.Is(err, ErrIndexFile) {
		t.Errorf("a file longer than its size: %v", err)
	}
	broken := errors.New("disk")
	if _, err := OpenIndex(iotest.ErrReader(broken), 100, nil); !errors.Is(err, broken) || errors.Is(err, ErrIndexFile) {
		t.Errorf("a failing disk: %v", err)
	}
}

// An index whose entries were made by other rules than today's is not trusted,
// though nobody damaged the file.
func TestIndexOfOtherRulesIsNotTrusted(t *testing.T) {
	for name, change := range map[string]func(*Index){
		"a key is missing": func(x *Index) { x.keys.base = x.keys.base[1:] },
		"another weight":   func(x *Index) { x.traits[0]++ },
		"another name": func(x *Index) {
			x.records.chunks[0].bytes = bytes.Replace(x.records.chunks[0].bytes, []byte("Blue"), []byte("Gold"), 1)
		},
	} {
		x := NewIndex(madeAccounts(10), nil)
		x.fold()
		change(x)
		saved := save(t, x)
		if _, err := OpenIndex(bytes.NewReader(saved), int64(len(saved)), nil); !errors.Is(err, ErrIndexFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A writer that fails is reported.
func TestSaveReportsTheWriter(t *testing.T) {
	full := errors.New("disk full")
	if err := NewIndex(madeAccounts(10), nil).Save(failing{full}); !errors.Is(err, full) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// FuzzOpenIndex opens any bytes, with the sum put right so that more than the sum
// is tried: an index that opens can be asked, changed and saved
// again without a panic.
func FuzzOpenIndex(f *testing.F) {
	for _, n := range []int{0, 1, 12} {
		f.Add(save(f, NewIndex(madeAccounts(n), nil)))
	}
	f.Add([]byte(indexMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := len(b) - 8; n > 0 {
			binary.LittleEndian.PutUint64(b[n:], uint64(crc32.Checksum(b[:n], crc32.MakeTable(crc32.Castagnoli))))
		}
		x, err := OpenIndex(bytes.NewReader(b), int64(len(b)), nil)
		if err != nil {
			return
		}
		a := madeAccount(3)
		x.Match(Balanced(), Company{Name: a.Name, Domain: a.Website})
		x.Upsert(a)
		x.Delete(madeAccount(1).ID)
		if m := x.Match(Balanced(), Company{AccountID: a.ID}); m.ID != a.ID {
			t.Fatalf("%s %q", m.Verdict, m.ID)
		}
		save(t, x)
	})
}
