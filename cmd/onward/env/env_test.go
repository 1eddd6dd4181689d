package env_test

import (
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/tracking/sponsor"
	"github.com/onward-crm/onward/tracking/sqlstore"
)

func testEnv(environ ...string) env.Env {
	return env.Env{Stderr: io.Discard, Stdout: io.Discard, Environ: environ, Now: time.Now}
}

// TestDatabaseHoldsTracking: a new file gets the tables of the ledger and of tracking, and
// another process finds them there.
func TestDatabaseHoldsTracking(t *testing.T) {
	e := testEnv()
	path := filepath.Join(t.TempDir(), "onward.db")
	s, err := e.Settings("", path)
	if err != nil {
		t.Fatal(err)
	}
	first, err := e.OpenDatabase(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	s.Adapter.Migrate = false
	second, err := e.OpenDatabase(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if state, err := second.Contacts.State(t.Context()); err != nil || len(state.Relationships) == 0 {
		t.Errorf("state %+v, %v; want the relationships that come with onward", state, err)
	}
	if counts, err := second.Sponsors.Count(t.Context(), sponsor.Filter{}); err != nil || len(counts.Sponsors) != 0 {
		t.Errorf("sponsors %+v, %v; want none", counts, err)
	}
}

// TestDatabaseNotMigrated: with adapter.migrate off nothing is made.
func TestDatabaseNotMigrated(t *testing.T) {
	e := testEnv()
	s, err := e.Settings("", filepath.Join(t.TempDir(), "onward.db"))
	if err != nil {
		t.Fatal(err)
	}
	s.Adapter.Migrate = false
	_, err = e.OpenDatabase(t.Context(), s)
	if f, ok := errors.AsType[*exit.Failure](err); !ok || f.Code != exit.CodeTrouble {
		t.Errorf("error %v; want trouble", err)
	}
	if errors.Is(err, sqlstore.ErrNotMigrated) {
		t.Error("the stores were asked before the ledger refused")
	}
}

// TestOpenCRM: which CRM is opened, and the exit code of what cannot be.
func TestOpenCRM(t *testing.T) {
	for _, tt := range []struct {
		flag string
		code int
	}{
		{"", exit.CodeUsage},
		{t.TempDir(), exit.CodeUsage},    // no files in it
		{env.Salesforce, exit.CodeUsage}, // nothing configured
		{"../demo/crm", exit.CodeDone},
		{env.Memory, exit.CodeDone},
	} {
		e := testEnv()
		s, err := e.Settings("", "")
		if err != nil {
			t.Fatal(err)
		}
		c, err := e.OpenCRM(t.Context(), s, tt.flag)
		if err == nil {
			if tt.code != exit.CodeDone || c.Client == nil || c.Memory == nil || c.Close() != nil {
				t.Errorf("--crm %q: opened %+v, want exit code %d", tt.flag, c, tt.code)
			}
			continue
		}
		if f, ok := errors.AsType[*exit.Failure](err); !ok || f.Code != tt.code {
			t.Errorf("--crm %q: %v, want exit code %d", tt.flag, err, tt.code)
		}
	}
}
