package mirror_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/mirror"
)

// saved is an org with something of everything, and its mirror in a file.
func saved(t *testing.T) (*org, mirror.Options) {
	t.Helper()
	w := newOrg(t)
	acme := w.add(crm.ObjectAccount, crm.Fields{"Name": "Acme", "Website": "acme.com", "OwnerId": w.rep})
	bare := w.add(crm.ObjectAccount, crm.Fields{"Name": "Nordlys", "OwnerId": w.rep, "ParentId": acme})
	for _, who := range []string{"ann", "bo"} {
		w.add(crm.ObjectContact, crm.Fields{"LastName": who, "Email": who + "@nordlys.io", "AccountId": bare})
	}
	w.add(crm.ObjectOpportunity, crm.Fields{"Name": "D", "AccountId": acme, "StageName": "Open", "CloseDate": "2026-12-31"})
	o := w.options()
	o.Path = filepath.Join(t.TempDir(), "mirror")
	w.must(w.open(o).Save())
	return w, o
}

// TestMirrorFileThatIsNotWholeIsNotTrusted cuts and changes the file in many
// places: each time the mirror is loaded anew, says so, and answers rightly.
func TestMirrorFileThatIsNotWholeIsNotTrusted(t *testing.T) {
	w, o := saved(t)
	want := ask(t, w.open(w.options()), w.policy)
	file, err := os.ReadFile(o.Path)
	w.must(err)
	try := func(what string, at int, b []byte) {
		t.Helper()
		w.must(os.WriteFile(o.Path, b, 0o600))
		m := w.open(o)
		if s := m.Stats(); s.FromFile || s.Refused == nil || s.Accounts != 2 {
			t.Fatalf("%s at %d: %+v", what, at, s)
		}
		if at%100 == 0 {
			if diff := cmp.Diff(want, ask(t, m, w.policy)); diff != "" {
				t.Fatal(diff)
			}
		}
	}
	// Of the index at the end, whose own tests try every byte, some will do.
	for at := 0; at < len(file); at += 1 + at/600*28 {
		try("cut", at, file[:at])
		changed := slices.Clone(file)
		changed[at] ^= 1 << (at % 8)
		try("changed", at, changed)
	}
	try("longer", 0, append(slices.Clone(file), 0))
	try("older form", 0, bytes.Replace(file, []byte("mirror 1"), []byte("mirror 0"), 1))
	try("a folder's worth of nothing", 0, nil)
}

// TestMirrorFileOfSomethingElseIsNotTrusted opens a good file under another
// configuration, for another org, and too late.
func TestMirrorFileOfSomethingElseIsNotTrusted(t *testing.T) {
	w, good := saved(t)
	if s := w.open(good).Stats(); !s.FromFile || s.Refused != nil {
		t.Fatalf("the file itself: %+v", s)
	}
	other := w.policy.Config()
	other.Classes = maps.Clone(other.Classes)
	other.Classes["customer"] = other.Classes["target"]
	policy, err := routing.NewPolicy(other)
	w.must(err)
	for name, change := range map[string]func(*mirror.Options){
		"classes": func(o *mirror.Options) { o.Policy = policy },
		"org":     func(o *mirror.Options) { o.Source = "00D2" },
		"too old": func(o *mirror.Options) {
			o.Now = func() time.Time { return w.now.Add(mirror.DefaultMaxAge) }
		},
		"from the future": func(o *mirror.Options) {
			o.Now = func() time.Time { return w.now.Add(-100 * time.Hour) }
		},
	} {
		o := good
		change(&o)
		if s := w.open(o).Stats(); s.FromFile || s.Refused == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestSaveFailsWithoutATrace cannot put the new file into its place.
func TestSaveFailsWithoutATrace(t *testing.T) {
	w, o := saved(t)
	m := w.open(o)
	w.must(os.Remove(o.Path))
	w.must(os.MkdirAll(filepath.Join(o.Path, "taken"), 0o700))
	if err := m.Save(); err == nil || !strings.HasPrefix(err.Error(), "mirror: save: ") {
		t.Error(err)
	}
	if files, err := os.ReadDir(filepath.Dir(o.Path)); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

// TestMirrorFileIsForItsOwnerOnly saves over a file that everybody could read, and
// from two mirrors at the same time.
func TestMirrorFileIsForItsOwnerOnly(t *testing.T) {
	w, o := saved(t)
	w.must(os.Chmod(o.Path, 0o644))
	var wg sync.WaitGroup
	for _, m := range []*mirror.Mirror{w.open(o), w.open(o)} {
		wg.Go(func() {
			for range 10 {
				if err := m.Save(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	info, err := os.Stat(o.Path)
	w.must(err)
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %o", mode)
	}
	if s := w.open(o).Stats(); !s.FromFile {
		t.Errorf("%+v", s)
	}
}

// TestSaveReportsTheDisk saves where there is no folder, and a mirror without a
// file nowhere.
func TestSaveReportsTheDisk(t *testing.T) {
	w := newOrg(t)
	o := w.options()
	w.must(w.open(o).Save())
	o.Path = filepath.Join(t.TempDir(), "missing", "mirror")
	if err := w.open(o).Save(); err == nil || !strings.HasPrefix(err.Error(), "mirror: save: ") {
		t.Error(err)
	}
}

// TestMirrorFileHoldsNoPerson looks for names and addresses in the file.
func TestMirrorFileHoldsNoPerson(t *testing.T) {
	_, o := saved(t)
	file, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"ann@", "bo@", "ann", "Rep"} {
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("the file holds %q", secret)
		}
	}
	if !bytes.Contains(file, []byte("nordlys.io")) {
		t.Error("the file does not hold the domain of the contacts")
	}
}

// TestLookUpsGoOnDuringUpkeep asks from several goroutines while the mirror is
// refreshed, saved and loaded anew.
func TestLookUpsGoOnDuringUpkeep(t *testing.T) {
	w, o := saved(t)
	m := w.open(o)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				found, err := m.Candidates(t.Context(), w.policy.Profile(), companies()[:8])
				if err != nil || found[0].Match.ID == "" {
					t.Error(err, found)
					return
				}
				m.Stats()
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range 20 {
		w.now = w.now.Add(time.Minute)
		w.add(crm.ObjectAccount, crm.Fields{"Name": "Beta Systems", "OwnerId": w.rep})
		w.refresh(m)
		w.must(m.Save())
		w.must(m.Reload(t.Context()))
	}
	close(done)
	wg.Wait()
	if m.Len() != 22 {
		t.Errorf("%d accounts", m.Len())
	}
}
