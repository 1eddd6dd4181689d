package filefeed_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/filefeed"
)

// A file is read again once it has changed; one that cannot be read says so, and
// nobody is gone.
func TestFileIsReadAgainWhenItChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	f, err := filefeed.Open(path, filefeed.Options{Name: "export", Complete: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	written := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	put := func(text string) {
		t.Helper()
		written = written.Add(time.Minute)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, written, written); err != nil {
			t.Fatal(err)
		}
	}
	ann := []tracking.Person{{Emails: []string{"ann@acme.com"}}}
	where := func() (string, error) {
		got, err := f.Refresh(t.Context(), ann)
		if err != nil {
			return "", err
		}
		return got.Answers[0].Profile.Person.Company.Name, got.Answers[0].Err
	}
	if _, err := where(); !errors.Is(err, tracking.ErrBroken) || !errors.Is(err, filefeed.ErrFile) || !strings.Contains(err.Error(), "no such file") || strings.Contains(err.Error(), "ann@") {
		t.Errorf("no file: %v", err)
	}
	put("email,company\nann@acme.com,Acme\n")
	for range 2 {
		if at, err := where(); err != nil || at != "Acme" {
			t.Errorf("%q, %v", at, err)
		}
	}
	put("email,company\nann@acme.com,Beta\n")
	if at, err := where(); err != nil || at != "Beta" {
		t.Errorf("%q, %v", at, err)
	}
	if found, err := f.Find(t.Context(), matching.Company{Name: "Beta"}, tracking.Persona{}, 10); err != nil || len(found.Profiles) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	put("shoes,size\nred,38\n")
	if _, err := where(); !errors.Is(err, tracking.ErrBroken) {
		t.Errorf("a file of something else: %v", err)
	}
	if _, err := f.Find(t.Context(), matching.Company{Name: "Beta"}, tracking.Persona{}, 10); !errors.Is(err, tracking.ErrBroken) {
		t.Errorf("%v", err)
	}
	if _, err := filefeed.Open(path, filefeed.Options{Name: "My File"}, nil); !errors.Is(err, filefeed.ErrFile) {
		t.Errorf("%v", err)
	}
}
