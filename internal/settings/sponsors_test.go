package settings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// TestSponsorDefaults: a file that is silent promises what the documentation does, and
// tells the owners.
func TestSponsorDefaults(t *testing.T) {
	want := sponsor.DefaultRules()
	want.Notify = true
	got := settings.Default().SponsorRules()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(sponsor.Rules{}, "Profile")); diff != "" {
		t.Error(diff)
	}
	if err := settings.Default().CheckSponsors(); err != nil {
		t.Error(err)
	}
}

func TestSponsorSection(t *testing.T) {
	s := parse(t, `
sponsors:
  kinds: [account]
  key_accounts: "Type = 'Customer'"
  notify: false
  fields: { location: City__c }
  calls_to_action:
    - { name: left, attributes: company, reason: Left, priority: High, set: { Playbook__c: x } }
  refresh_days: 3
  promises: { changes_days: 4, in_progress_minutes: 5 }
matching:
  acquisitions: [{ domain: a.example.com, name: A, by_name: B, on: 2020-01-01 }]
`)
	if err := s.CheckSponsors(); err != nil {
		t.Fatal(err)
	}
	r := s.SponsorRules()
	if r.Notify || len(r.Kinds) != 1 || r.Fields[sponsor.Title] != "Title" || r.Fields[sponsor.Location] != "City__c" || r.RefreshEvery != 72*time.Hour {
		t.Errorf("rules %+v", r)
	}
	if len(r.CallsToAction) != 1 || r.CallsToAction[0].Attributes[0] != sponsor.Company || r.CallsToAction[0].Set["Playbook__c"] != "x" {
		t.Errorf("calls to action %+v", r.CallsToAction)
	}
	if r.Clocks[0].Limit != 5*time.Minute || r.Clocks[1].Limit != 72*time.Hour || r.Clocks[4].Limit != 4*24*time.Hour {
		t.Errorf("clocks %+v", r.Clocks)
	}
	if got, _ := r.Profile.SameCompany(company("A", "a.example.com"), company("B", "")); got != matching.SamenessSame {
		t.Errorf("A, which B bought, is %s as B", got)
	}
	if len(s.Sponsors.KeyAccounts) != 1 || s.Sponsors.KeyAccounts[0].Field() != "Type" {
		t.Errorf("key accounts %v", s.Sponsors.KeyAccounts)
	}
}

func company(name, domain string) matching.Company {
	return matching.Company{Name: name, Domain: domain, Since: time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// TestSponsorProblems: each names its line, and what is wanted.
func TestSponsorProblems(t *testing.T) {
	for text, want := range map[string]string{
		"sponsors: {refresh_days: 0}":                                                        "onward.yaml:1:26: sponsors.refresh_days: 0 is not within 1 and 10000",
		"sponsors: {promises: {match_hours: -1}}":                                            "onward.yaml:1:36: sponsors.promises.match_hours: -1 is not within 1 and 10000",
		"sponsors: {give_up_hours: 6}":                                                       "sponsors.give_up_hours: 6 hours end the search before it is repeated after 12",
		"sponsors:\n  calls_to_action: [{name: a}]":                                          "onward.yaml:2:21: sponsors.calls_to_action[0].reason: a task has a subject",
		"sponsors:\n  calls_to_action: [{name: a, reason: x, owner: Ann}]":                   "sponsors.calls_to_action[0].owner: \"Ann\": want the id of a user, which begins with 005",
		"sponsors:\n  calls_to_action: [{name: a, reason: x, priority: Urgent}]":             "sponsors.calls_to_action[0].priority: \"Urgent\": want High, Normal or Low",
		"sponsors:\n  calls_to_action: [{name: a, reason: x, attributes: [company, phone]}]": "calls_to_action[0].attributes: no such attribute: phone",
		"sponsors:\n  calls_to_action: [{name: a, reason: x, changes: [flew]}]":              "calls_to_action[0].changes: no such kind of change: flew",
		"sponsors: {fields: {company: Company}}":                                             "sponsors.fields.company: only title and location are written",
		"sponsors: {kinds: []}":                                                              "sponsors.kinds: a kind of entity has a name, and there is at least one",
	} {
		s, err := settings.Parse("onward.yaml", []byte(text+"\n"), nil)
		if err == nil {
			err = s.CheckSponsors()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
	if _, err := settings.Parse("onward.yaml", []byte("sponsors: {key_accounts: [Type]}\n"), nil); err == nil || !strings.Contains(err.Error(), "sponsors.key_accounts[0]") {
		t.Errorf("a predicate that is none: %v", err)
	}
}
