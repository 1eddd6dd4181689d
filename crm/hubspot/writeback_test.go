package hubspot

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

// withProperties opens an account that has the properties to write back to.
func withProperties(t *testing.T) (*hstest.Server, *Client) {
	s, c := local(t, nil)
	for _, name := range DefaultProperties().Names() {
		s.Define(hstest.Contacts, hstest.Property{Name: name})
	}
	return s, c
}

// TestCR08WriteBackFollowsAMerge: the present id is told, the properties go to it, and
// nothing is written twice.
func TestCR08WriteBackFollowsAMerge(t *testing.T) {
	s, c := withProperties(t)
	s.PutContact(122, map[string]string{"lastname": "Lee"})
	s.PutContact(500, map[string]string{"lastname": "Lee"})
	s.PutContact(600, map[string]string{"lastname": "Mo"})
	read, err := c.Contacts(t.Context(), []int64{122}, []string{"lastname"})
	if err != nil || read[122].ID != 122 {
		t.Fatal(read, err)
	}
	s.Merge(122, 500) // while onward decides
	backs := []Back{
		{Contact: 122, Outcome: "lead_created", LeadID: "00QRM00000AbcDe2AJ"},
		{Contact: 600, Outcome: "enriched", DRI: "Ann Owner"},
		{Contact: 500, Outcome: "lead_created"},
	}
	results, err := c.WriteBack(t.Context(), DefaultProperties(), backs)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []string{"500", "600", "500"} {
		if results[n].ID != want || results[n].Err != nil {
			t.Errorf("result %d: %+v, want id %s", n, results[n], want)
		}
	}
	want := crm.Fields{"onward_outcome": "lead_created", "onward_salesforce_lead_id": "00QRM00000AbcDe2AJ"}
	if diff := cmp.Diff(want, results[0].Changed); diff != "" {
		t.Error(diff)
	}
	calls := s.CallsTo("/batch/update")
	body := `{"inputs":[{"id":"500","properties":{"onward_outcome":"lead_created","onward_salesforce_lead_id":"00QRM00000AbcDe2AJ"},"objectWriteTraceId":"0"},` +
		`{"id":"600","properties":{"onward_dri":"Ann Owner","onward_outcome":"enriched"},"objectWriteTraceId":"1"}]}`
	if len(calls) != 1 || string(calls[0].Body) != body {
		t.Fatalf("%d calls, %s\nwant %s", len(calls), calls[0].Body, body)
	}
	again, err := c.WriteBack(t.Context(), DefaultProperties(), backs)
	if err != nil || again[0].ID != "500" || len(again[0].Changed) != 0 || len(s.CallsTo("/batch/update")) != 1 {
		t.Errorf("once more: %+v, %v after %d writes", again[0], err, len(s.CallsTo("/batch/update")))
	}
}

// TestCR08TheClientTellsTheNewID: who writes through crm.Client gets the id to store
// and to write to.
func TestCR08TheClientTellsTheNewID(t *testing.T) {
	s, driver := withProperties(t)
	s.PutContact(122, nil)
	s.PutContact(500, nil)
	s.Merge(122, 500)
	c := crm.NewClient(driver, nil)
	w := updateOf(1, 122, crm.Fields{"onward_outcome": "enriched"})
	results, err := c.Apply(t.Context(), []crm.Write{w})
	if err != nil {
		t.Fatal(err)
	}
	var e *crm.Error
	if !errors.As(results[0].Err, &e) || !errors.Is(e, crm.ErrStale) || len(e.Matches) != 1 || len(s.CallsTo("/batch/update")) != 0 {
		t.Fatalf("%v", results[0].Err)
	}
	w.ID = e.Matches[0]
	for range 2 {
		if results, err = c.Apply(t.Context(), []crm.Write{w}); err != nil || results[0].Err != nil || results[0].ID != "500" {
			t.Fatalf("%+v, %v", results, err)
		}
	}
	if n := len(s.CallsTo("/batch/update")); n != 1 || s.Properties(hstest.Contacts, 500)["onward_outcome"] != "enriched" {
		t.Errorf("%d writes", n)
	}
}

func TestWriteBackKeepsTheGoodOnes(t *testing.T) {
	s, c := withProperties(t)
	for id := range int64(4) {
		s.PutContact(id+1, map[string]string{"onward_outcome": "review"})
	}
	s.FailRecord(hstest.Contacts, 2, "CONFLICT")
	s.DeleteContact(3)
	results, err := c.WriteBack(t.Context(), DefaultProperties(), []Back{
		{Contact: 1, Outcome: "enriched"}, {Contact: 2, Outcome: "enriched"}, {Contact: 3, Outcome: "enriched"},
		{Contact: 0, Outcome: "enriched"}, {Contact: 4}, {Contact: 1, Outcome: "blocked"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := crm.Result{ID: "1", Before: crm.Fields{"onward_outcome": "review"}, Changed: crm.Fields{"onward_outcome": "blocked"}}
	if diff := cmp.Diff(want, results[0]); diff != "" {
		t.Error(diff)
	}
	wantError(t, results[1].Err, crm.ErrStale, "CONFLICT")
	wantError(t, results[2].Err, crm.ErrNotFound, categoryMissing)
	wantError(t, results[3].Err, crm.ErrInvalid, codeBadID)
	if results[4].Err != nil || len(results[4].Changed) != 0 || results[4].ID != "4" {
		t.Errorf("nothing to say: %+v", results[4])
	}
}

func TestWriteBackToWhatDoesNotExist(t *testing.T) {
	s, c := local(t, nil)
	s.PutContact(1, nil)
	results, err := c.WriteBack(t.Context(), Properties{Outcome: "onward_outcome"}, []Back{{Contact: 1, Outcome: "enriched", DRI: "not written"}})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, results[0].Err, crm.ErrInvalid, codeUnknownField, "onward_outcome")
	if n := len(s.CallsTo("/batch/update")); n != 0 {
		t.Errorf("%d writes", n)
	}
}

// TestWriteBackFindsAPropertyThatWasCreatedLater, without a new client.
func TestWriteBackFindsAPropertyThatWasCreatedLater(t *testing.T) {
	s, c := local(t, nil)
	s.PutContact(1, nil)
	back := []Back{{Contact: 1, Outcome: "enriched"}}
	p := Properties{Outcome: "onward_outcome"}
	if results, err := c.WriteBack(t.Context(), p, back); err != nil || !errors.Is(results[0].Err, crm.ErrInvalid) {
		t.Fatalf("%+v, %v", results, err)
	}
	s.Define(hstest.Contacts, hstest.Property{Name: "onward_outcome"})
	if results, err := c.WriteBack(t.Context(), p, back); err != nil || results[0].Err != nil || s.Properties(hstest.Contacts, 1)["onward_outcome"] != "enriched" {
		t.Errorf("%+v, %v", results, err)
	}
}

// TestWriteBackOfAWholeResult leaves nothing of the one before.
func TestWriteBackOfAWholeResult(t *testing.T) {
	s, c := withProperties(t)
	s.PutContact(1, map[string]string{"onward_outcome": "lead_created", "onward_salesforce_lead_id": "00QRM00000AbcDe2AJ", "onward_dri": "Ann Owner"})
	results, err := c.WriteBack(t.Context(), DefaultProperties(), []Back{{Contact: 1, Outcome: "contact_created", ContactID: "003RM00000AbcDe2AJ", Whole: true}})
	if err != nil || results[0].Err != nil {
		t.Fatal(results, err)
	}
	want := crm.Fields{"onward_outcome": "contact_created", "onward_salesforce_contact_id": "003RM00000AbcDe2AJ", "onward_salesforce_lead_id": "", "onward_dri": ""}
	if diff := cmp.Diff(want, results[0].Changed); diff != "" {
		t.Error(diff)
	}
	if got := s.Properties(hstest.Contacts, 1); got["onward_salesforce_lead_id"] != "" || got["onward_dri"] != "" || got["onward_salesforce_account_id"] != "" {
		t.Errorf("%v", got)
	}
}

func TestWriteBackThatWasLost(t *testing.T) {
	s, c := withProperties(t)
	s.PutContact(1, nil)
	back := []Back{{Contact: 1, Outcome: "enriched"}}
	s.Inject(hstest.Fault{Path: "/batch/update", Lost: true})
	if _, err := c.WriteBack(t.Context(), DefaultProperties(), back); !errors.Is(err, crm.ErrUnknownOutcome) || strings.Contains(err.Error(), "enriched") {
		t.Fatalf("%v", err)
	}
	if results, err := c.WriteBack(t.Context(), DefaultProperties(), back); err != nil || results[0].Err != nil || len(s.CallsTo("/batch/update")) != 1 {
		t.Errorf("once more: %+v, %v; it had landed", results, err)
	}
	s.Inject(hstest.Fault{Path: "/batch/read", Status: 403})
	if _, err := c.WriteBack(t.Context(), DefaultProperties(), back); !errors.Is(err, crm.ErrDenied) {
		t.Errorf("%v", err)
	}
}
