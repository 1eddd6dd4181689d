package settings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/tracking"
)

// TestTrackingIsRead: what the section says arrives, and the ranking is the file's or the
// usual one.
func TestTrackingIsRead(t *testing.T) {
	s := parse(t, `
tracking:
  relationships: [{id: user, name: User, cycle: monthly, grace_days: 14}, {id: customer, name: Customer Contact}]
  imports:
    - {id: crm, kind: automatic, rules: [{relationship: user, any: [{closed: true, probability: 100, stages: Won}]}], accounts_file: customers.csv}
    - {id: survey, kind: csv, relationship: user, ref: nps.csv, mapping: {email: E-mail}}
  champions: {admin: 005000000000123}
`)
	if err := s.CheckTracking(); err != nil {
		t.Error(err)
	}
	yes, whole := true, 100.0
	want := settings.Tracking{
		Relationships: []tracking.Relationship{{ID: "user", Name: "User", Cycle: tracking.Monthly, GraceDays: 14}, {ID: "customer", Name: "Customer Contact"}},
		Imports: []settings.ListImport{
			{Import: tracking.Import{ID: "crm", Kind: tracking.ImportAutomatic, Rules: []tracking.Rule{
				{Relationship: "user", Any: []tracking.Test{{Closed: &yes, Probability: &whole, Stages: []string{"Won"}}}},
			}}, AccountsFile: "customers.csv"},
			{Import: tracking.Import{ID: "survey", Kind: tracking.ImportCSV, Relationship: "user", Ref: "nps.csv", Mapping: tracking.Mapping{tracking.FieldEmail: "E-mail"}}},
		},
		Champions: tracking.Watch{Admin: "005000000000123"},
	}
	if diff := cmp.Diff(want, s.Tracking); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(tracking.DefaultRelationships(), parse(t, "").Tracking.Ranked()); diff != "" {
		t.Errorf("ranking of an empty file (-want +got):\n%s", diff)
	}
}

// TestTrackingProblems: each mistake is named with its place, and what to do.
func TestTrackingProblems(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"name that the policy does not know": {
			"tracking: {relationships: [{id: nps, name: NPS}]}",
			`tracking.relationships[0].name: "NPS" is not among relationships, want one of Closed Won Opp Contact,`,
		},
		"two rankings": {
			"tracking: {relationships: [{id: user, name: User}, {id: closed_won, name: Closed Won Opp Contact}]}",
			`tracking.relationships[1].name: "Closed Won Opp Contact" comes before "User" in relationships: want one ranking in both places`,
		},
		"bad cycle": {
			"tracking: {relationships: [{id: user, name: User, cycle: daily}]}",
			`tracking.relationships[0].cycle: "daily": want weekly or monthly`,
		},
		"number where a report belongs": {
			"tracking: {imports: [{id: a, kind: salesforce_report, relationship: user, ref: 17, mapping: {email: Email}}]}",
			`tracking.imports[0].ref: "17" is a number, as HubSpot lists have`,
		},
		"id of an account": {
			"tracking: {imports: [{id: a, kind: salesforce_report, relationship: user, ref: 001xx0000000001AAA, mapping: {email: Email}}]}",
			`tracking.imports[0].ref: "001xx0000000001AAA" is the id of an account; open the report`,
		},
		"report where a list belongs": {
			"tracking: {imports: [{id: a, kind: hubspot_list, relationship: user, ref: 00Oxx0000000001AAA, mapping: {email: email}}]}",
			`tracking.imports[0].ref: "00Oxx0000000001AAA" is the id of a Salesforce report`,
		},
		"unknown relationship": {
			"tracking: {imports: [{id: a, kind: csv, relationship: vip, ref: a.csv, mapping: {email: E}}]}",
			`tracking.imports[0].relationship: "vip" is no relationship; there are closed_won, power_user, user, open_opp, closed_lost, customer`,
		},
		"unknown field": {
			"tracking: {imports: [{id: a, kind: csv, relationship: user, ref: a.csv, mapping: {mail: E}}]}",
			`tracking.imports[0].mapping.mail: no field of a person, want one of first_name, last_name,`,
		},
		"word where a number belongs": {
			"tracking: {imports: [{id: a, kind: automatic, rules: [{relationship: user, any: [{probability: high}]}]}]}",
			`tracking.imports[0].rules[0].any[0].probability: a text, want a number`,
		},
		"no mapping": {
			"tracking: {imports: [{id: a, kind: csv, relationship: user, ref: a.csv}]}",
			`tracking.imports[0].mapping: want the columns, such as`,
		},
		"no file": {
			"tracking: {imports: [{id: a, kind: csv, relationship: user, mapping: {email: E}}]}",
			`tracking.imports[0].ref: want the name of the file`,
		},
		"id twice": {
			"tracking: {imports: [{id: a, kind: automatic}, {id: a, kind: automatic}]}",
			`tracking.imports[1].id: "a" is there twice`,
		},
		"preset of a file": {
			"tracking: {imports: [{id: a, kind: csv, relationship: user, ref: a.csv, preset: is-won, mapping: {email: E}}]}",
			`tracking.imports[0].kind: preset, rules and accounts belong to an automatic import`,
		},
		"one who leaves":  {"tracking: {churn: {people: 1}}", "tracking.churn.people: 1: want 2 or more"},
		"too long a time": {"tracking: {churn: {days: 400}}", "tracking.churn.days: 400: want 1 to 366"},
		"admin who is no user": {
			"tracking: {champions: {admin: ann@acme.example}}",
			`tracking.champions.admin: "ann@acme.example": want the id of a user, which begins with 005`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := settings.Parse("onward.yaml", []byte(tt.text+"\n"), nil)
			if err == nil {
				err = s.CheckTracking()
				if whole := s.Check(); whole == nil || !strings.Contains(whole.Error(), tt.want) {
					t.Errorf("the check of everything says %v", whole)
				}
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
			if !strings.HasPrefix(err.Error(), "settings: onward.yaml:1:") {
				t.Errorf("no place in %v", err)
			}
		})
	}
}
