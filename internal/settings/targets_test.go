package settings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/tracking/target"
)

// TestTargetsAreRead: what the sections say arrives over the defaults.
func TestTargetsAreRead(t *testing.T) {
	s := parse(t, `
personas: [{name: Leaders, include: VP}]
targets:
  reports:
    - {id: 00O000000000001EAA, name: Key accounts, category: target, search_prospects: yes, personas: Leaders, per_account: 2, columns: {account_id: Firm}}
    - {id: customers, file: customers.csv, category: customer, search_prospects: false}
  total: 50
providers:
  files: [{name: export, path: people.csv, complete: true}]
  people_data_labs: {key_env: KEY, credits_per_month: 500}
configurations: [{name: Hires, when: {reports: [customers, 00O000000000009]}}]
`)
	if err := s.CheckTargets(); err != nil {
		t.Error(err)
	}
	want := settings.Targets{
		Reports: []target.Report{
			{ID: "00O000000000001EAA", Name: "Key accounts", Category: target.CategoryTarget, SearchProspects: target.Yes, Personas: []string{"Leaders"}, PerAccount: 2, Columns: target.Columns{AccountID: "Firm"}},
			{ID: "customers", File: "customers.csv", Category: target.CategoryCustomer, SearchProspects: target.No},
		},
		PerAccount: 3, Total: 50, Limit: 100, NewDays: 180, At: "04:00",
	}
	if diff := cmp.Diff(want, s.Targets); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	providers := settings.Providers{
		Files:          []settings.FileProvider{{Name: "export", Path: "people.csv", Complete: true}},
		PeopleDataLabs: settings.PeopleDataLabs{KeyEnv: "KEY", CreditsPerMonth: 500, MinLikelihood: 6, SearchDays: 30},
	}
	if diff := cmp.Diff(providers, s.Providers); diff != "" || !s.Providers.Any() || parse(t, "").Providers.Any() {
		t.Errorf("providers (-want +got):\n%s", diff)
	}
}

// TestTargetsProblems: each mistake is named with its place, and what to do.
func TestTargetsProblems(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"id of an account":   {"targets: {reports: [{id: 001000000000001AAA, category: target}]}", "those begin with 00O"},
		"id too short":       {"targets: {reports: [{id: 00O12, category: target}]}", "15 or 18 characters"},
		"no name for a file": {"targets: {reports: [{file: a.csv, category: target}]}", `want a name for the file`},
		"twice":              {"targets: {reports: [{id: a, file: a.csv, category: target}, {id: a, file: b.csv, category: target}]}", `targets.reports[1].id: "a" is there twice`},
		"unknown persona":    {"targets: {reports: [{id: a, file: a.csv, category: target, personas: [X]}]}", `"X" is not configured`},
		"cap":                {"targets: {per_account: -1}", "targets.per_account: -1 is less than 0"},
		"limit":              {"targets: {limit: 0}", "targets.limit: 0 is not within 1 and 1000"},
		"time":               {"targets: {at: noon}", `targets.at: "noon": want a time of day`},
		"name that is none":  {"configurations: [{name: A, when: {reports: [key]}}]", `configurations[0].when.reports[0]: "key" is not among targets.reports`},
		"provider's name":    {"providers: {files: [{name: My file, path: a.csv}]}", `providers.files[0].name: "My file": want lower-case`},
		"provider's path":    {"providers: {files: [{name: a}]}", "providers.files[0].path: want the name of the file"},
		"two of one name":    {"providers: {files: [{name: a, path: a.csv}, {name: a, path: b.csv}]}", `providers.files[1].name: "a" is another provider's`},
		"a taken name":       {"providers: {files: [{name: peopledatalabs, path: a.csv}]}", "is another provider's"},
		"no credits":         {"providers: {people_data_labs: {key_env: KEY}}", "credits_per_month: want the most"},
		"no key":             {"providers: {people_data_labs: {credits_per_month: 5}}", "key_env: want the environment variable"},
		"everybody":          {"providers: {people_data_labs: {key_env: KEY, credits_per_month: 5}}", "search_days: without personas everybody"},
		"likelihood":         {"providers: {people_data_labs: {min_likelihood: 11}}", "min_likelihood: 11 is not within 1 and 10"},
	} {
		t.Run(name, func(t *testing.T) {
			err := parse(t, tt.text).CheckTargets()
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
		})
	}
}
