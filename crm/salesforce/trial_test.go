package salesforce

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// nothingStayed checks that an org has no records of a trial.
func nothingStayed(t *testing.T, s *sftest.Server) {
	t.Helper()
	for _, o := range keyed {
		for _, r := range s.CRM().Records(o) {
			t.Errorf("%s %s stayed: %v", o, r.ID, r.Fields)
		}
	}
}

func TestTrialOfAGoodOrg(t *testing.T) {
	s, g := local(t, nil)
	fs, err := g.Trial(t.Context(), TrialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range keyed {
		expect(t, fs, SeverityOK, "trial", string(o)+": a new record is taken")
	}
	expect(t, fs, SeverityOK, "trial", "everything was rolled back")
	nothingStayed(t, s)
}

// The org's own rules run, and what they say is told for the record that they
// refuse.
func TestTrialMeetsTheOrgsRules(t *testing.T) {
	s, g := local(t, nil)
	s.CRM().AddValidation(memcrm.Validation{Name: "leads need a source", Object: crm.ObjectLead, Check: func(_, after crm.Fields) []string {
		if after["LeadSource"] == "" {
			return []string{"LeadSource"}
		}
		return nil
	}})
	fs, err := g.Trial(t.Context(), TrialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, fs, SeverityProblem, "trial", "Lead: FIELD_CUSTOM_VALIDATION_EXCEPTION [LeadSource]")
	expect(t, fs, SeverityOK, "trial", "Contact: a new record is taken")
	expect(t, fs, SeverityOK, "trial", "everything was rolled back")

	fs, err = g.Trial(t.Context(), TrialOptions{Set: map[crm.Object]crm.Fields{crm.ObjectLead: {"LeadSource": "Web"}}})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, fs, SeverityOK, "trial", "Lead: a new record is taken")
	nothingStayed(t, s)
}

// A lost answer is the error, and it is still looked whether anything stayed.
func TestTrialWhoseAnswerIsLost(t *testing.T) {
	s, g := local(t, nil)
	s.Inject(sftest.Fault{Kind: sftest.ResetAfter, Resource: "composite/graph"})
	fs, err := g.Trial(t.Context(), TrialOptions{})
	if !errors.Is(err, crm.ErrUnknownOutcome) {
		t.Errorf("error %v", err)
	}
	expect(t, fs, SeverityOK, "trial", "everything was rolled back")
	nothingStayed(t, s)
}

// An org that takes the node that must fail keeps the records: the trial says
// which, so that they can be deleted.
func TestTrialThatIsNotRolledBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sftest.New(&sftest.Options{Now: func() time.Time { return time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC) }})
		lenient := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/composite/graph") {
				// Somebody's automation writes an account of that name by its own means.
				_, err := s.CRM().Add(crm.ObjectAccount, crm.Fields{"Name": "x", "Onward_Key__c": "onward-trial-20261103T120000.000000000"})
				if err != nil {
					t.Error(err)
				}
			}
			s.ServeHTTP(w, r)
		})
		g := orgOver(t, lenient, s.Token(), Options{Now: func() time.Time { return time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC) }})
		fs, err := g.Trial(t.Context(), TrialOptions{})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, fs, SeverityProblem, "trial", "stayed in the org")
		if f := findingOf(fs, "trial", "everything was rolled back"); f != (Finding{}) {
			t.Errorf("told all the same: %+v", f)
		}
	})
}

// CR11: a production org is not tried out unless somebody insists.
func TestCR11TrialRefusesProduction(t *testing.T) {
	for _, tt := range []struct {
		name, instance string
		sandbox, force bool
		class          error
	}{
		{name: "production", instance: "https://acme.my.salesforce.com", class: crm.ErrDenied},
		{name: "production, forced", instance: "https://acme.my.salesforce.com", force: true},
		{name: "a sandbox that says so", instance: "https://acme.my.salesforce.com", sandbox: true},
		{name: "a sandbox by its address", instance: "https://acme--uat.sandbox.my.salesforce.com"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := sftest.New(&sftest.Options{Sandbox: tt.sandbox})
			g := orgOver(t, s, s.Token(), Options{Instance: tt.instance})
			s.ResetCalls()
			_, err := g.Trial(t.Context(), TrialOptions{Force: tt.force})
			if !errors.Is(err, tt.class) {
				t.Errorf("error %v, want class %v", err, tt.class)
			}
			if n := s.Calls().ByResource["composite/graph"]; (n > 0) != (tt.class == nil) {
				t.Errorf("%d graphs were sent", n)
			}
			nothingStayed(t, s)
		})
	}
}
