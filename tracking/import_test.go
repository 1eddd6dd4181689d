package tracking_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

func TestTR10ReportIDs(t *testing.T) {
	tests := []struct{ name, id, want, says string }{
		{"15 characters", "00O5g000005ABcd", "00O5g000005ABcdEAG", ""},
		{"18 characters", "00O5g000005ABcdEAG", "00O5g000005ABcdEAG", ""},
		{"blanks around", " 00O5g000005ABcd\n", "00O5g000005ABcdEAG", ""},
		{"address of Lightning", "https://acme.lightning.force.com/lightning/r/Report/00O5g000005ABcdEAG/view?queryScope=userFolders", "00O5g000005ABcdEAG", ""},
		{"address of Classic", "https://acme.my.salesforce.com/00O5g000005ABcd", "00O5g000005ABcdEAG", ""},
		{"empty", "", "", "no id; open the report"},
		{"an account", "0015g00000AbCdEAAV", "", `"0015g00000AbCdEAAV" is the id of an account; open the report and copy`},
		{"a dashboard", "01Z5g000005ABcd", "", "is the id of a dashboard"},
		{"a HubSpot list", "42", "", `"42" is a number, as HubSpot lists have`},
		{"too short", "00O5g000005ABc", "", `"00O5g000005ABc" has 14 characters, a report's id 15 or 18`},
		{"too long", "00O5g000005ABcdEAG7", "", "has 19 characters"},
		{"other prefix", "0XX5g000005ABcd", "", "does not begin with 00O"},
		{"wrong check characters", "00O5g000005ABcdEAX", "", "check characters are EAX, want EAG"},
		{"other signs", "00O5g000005AB-d", "", "character 14 is neither letter nor digit"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := tracking.ReportID(test.id)
			if test.says == "" {
				if err != nil || got != test.want {
					t.Errorf("got %q, %v, want %q", got, err, test.want)
				}
				return
			}
			if !errors.Is(err, tracking.ErrConfig) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %q, %v, want an error that says %q", got, err, test.says)
			}
		})
	}
}

func TestTR10HubSpotLists(t *testing.T) {
	tests := []struct{ name, id, want, says string }{
		{"number", "42", "42", ""},
		{"address", "https://app.hubspot.com/contacts/62515/objectLists/42/filters", "42", ""},
		{"leading zeros", "0042", "42", ""},
		{"empty", " ", "", "no id; open the list"},
		{"a report", "00O5g000005ABcd", "", "is the id of a Salesforce report"},
		{"a name", "Customers", "", `"Customers" is not a number`},
		{"nothing but zeros", "000", "", "0 is no list"},
		{"too long", "1234567890123456789", "", "too long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := tracking.HubSpotListID(test.id)
			if test.says == "" {
				if err != nil || got != test.want {
					t.Errorf("got %q, %v, want %q", got, err, test.want)
				}
				return
			}
			if !errors.Is(err, tracking.ErrConfig) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %q, %v, want an error that says %q", got, err, test.says)
			}
		})
	}
	if err := tracking.CheckHubSpotList("42", "0-1"); err != nil {
		t.Errorf("a list of contacts: %v", err)
	}
	for object, want := range map[string]string{
		"0-2": "tracking: list: list 42 holds companies; choose a list of contacts",
		"2-9": "tracking: list: list 42 holds objects of type 2-9; choose a list of contacts",
	} {
		if err := tracking.CheckHubSpotList("42", object); !errors.Is(err, tracking.ErrConfig) || err.Error() != want {
			t.Errorf("object %s: %v, want %s", object, err, want)
		}
	}
}

func TestImportsAreChecked(t *testing.T) {
	csv := tracking.Import{ID: "users", Kind: tracking.ImportCSV, Relationship: tracking.User}
	with := func(change func(*tracking.Import)) tracking.Import {
		i := csv
		change(&i)
		return i
	}
	tests := []struct {
		name, says string
		imp        tracking.Import
	}{
		{"id", `id: "My users": want`, with(func(i *tracking.Import) { i.ID = "My users" })},
		{"kind", `kind: "": want automatic, salesforce_report, hubspot_list or csv`, with(func(i *tracking.Import) { i.Kind = "" })},
		{"relationship", `relationship: "nps" is no relationship; there are closed_won, power_user, user, open_opp, closed_lost, customer`,
			with(func(i *tracking.Import) { i.Relationship = "nps" })},
		{"report", `report: "42" is a number`, with(func(i *tracking.Import) { i.Kind, i.Ref = tracking.ImportReport, "42" })},
		{"list", `list: "x" is not a number`, with(func(i *tracking.Import) { i.Kind, i.Ref = tracking.ImportList, "x" })},
		{"automatic with a relationship", `relationship: an automatic import takes its relationships from its rules`, with(func(i *tracking.Import) { i.Kind = tracking.ImportAutomatic })},
		{"preset", `preset: "x": want probability or is-won`, tracking.Import{ID: "auto", Kind: tracking.ImportAutomatic, Preset: "x"}},
		{"rules", `relationship: "pilot" is no relationship`, tracking.Import{ID: "auto", Kind: tracking.ImportAutomatic, Rules: []tracking.Rule{{Relationship: "pilot"}}}},
		{"accounts", `accounts: "0035g00000AbCdEAAV": want the id of an account: 15 or 18 characters that begin with 001`,
			tracking.Import{ID: "auto", Kind: tracking.ImportAutomatic, Accounts: []string{"0035g00000AbCdEAAV"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.imp.Check(tracking.DefaultRelationships())
			if !errors.Is(err, tracking.ErrConfig) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %q", err, test.says)
			}
		})
	}
	auto, err := tracking.Import{ID: "auto", Kind: tracking.ImportAutomatic, Accounts: []string{"0015g00000AbCdE", "0015g00000AbCdEAAV"}}.Check(tracking.DefaultRelationships())
	if err != nil || len(auto.Accounts) != 1 || auto.Accounts[0] != "0015g00000AbCdEAAV" {
		t.Errorf("accounts %v, %v, want one of 18 characters", auto.Accounts, err)
	}
	if !auto.Feeds(tracking.Customer) || !auto.Feeds(tracking.ClosedLost) || auto.Feeds(tracking.User) || !auto.Dynamic() || csv.Dynamic() {
		t.Error("an automatic import feeds customers and opportunity contacts, and refreshes itself; a CSV does not")
	}
}

func TestGuessedMappings(t *testing.T) {
	tests := []struct {
		name   string
		header []string
		want   tracking.Mapping
	}{
		{"as the hosted services ask", []string{"First Name", "Last Name", "Company", "Email"},
			tracking.Mapping{"first_name": "First Name", "last_name": "Last Name", "company": "Company", "email": "Email"}},
		{"Salesforce's export", []string{"Id", "FIRSTNAME", "LastName", "Account Name", "Email", "Title", "AccountId"},
			tracking.Mapping{"record_id": "Id", "first_name": "FIRSTNAME", "last_name": "LastName", "company": "Account Name", "email": "Email", "title": "Title", "account_id": "AccountId"}},
		{"German", []string{"Vorname", "Nachname", "Firma", "E-Mail-Adresse"},
			tracking.Mapping{"first_name": "Vorname", "last_name": "Nachname", "company": "Firma", "email": "E-Mail-Adresse"}},
		{"French", []string{"Prénom", "Nom de famille", "Société", "Courriel"},
			tracking.Mapping{"first_name": "Prénom", "last_name": "Nom de famille", "company": "Société", "email": "Courriel"}},
		{"one name", []string{"Name", "Organisation", "LinkedIn URL"}, tracking.Mapping{"full_name": "Name", "company": "Organisation", "linkedin": "LinkedIn URL"}},
		{"Name beside a first name", []string{"Vorname", "Name", "Firma"}, tracking.Mapping{"first_name": "Vorname", "last_name": "Name", "company": "Firma"}},
		{"nothing known", []string{"Foo", ""}, tracking.Mapping{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, tracking.GuessMapping(test.header)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMappedColumns(t *testing.T) {
	m := tracking.Mapping{"full_name": "Contact", "company": "Account", "email": "E-mail", "other_emails": "Old mails", "title": "Job", "domain": "Web"}
	c, err := m.Bind([]string{"ACCOUNT", "Contact", "e-mail", "Old mails", "Job", "Web"})
	if err != nil {
		t.Fatal(err)
	}
	want := tracking.Person{
		FirstName: "José", LastName: "Núñez", Title: "VP", Emails: []string{"jose@acme.com", "j@x.org", "k@y.org"},
		Company: matching.Company{Name: "Acme", Domain: "acme.com"},
	}
	if diff := cmp.Diff(want, c.Person([]string{" Acme ", "José Núñez", "jose@acme.com", "j@x.org; k@y.org", "VP", "acme.com"})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(tracking.Person{Company: matching.Company{Name: "Acme"}}, c.Person([]string{"Acme"})); diff != "" {
		t.Errorf("short row: %s", diff)
	}
	ids, err := tracking.Mapping{"record_id": "Id"}.Bind([]string{"Id"})
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]tracking.Person{
		"51701": {HubSpotID: "51701"}, "003000000000001": {RecordID: "003000000000001"}, "0035g00000AbCdE": {RecordID: "0035g00000AbCdE"},
	} {
		if diff := cmp.Diff(want, ids.Person([]string{cell})); diff != "" {
			t.Errorf("id %s: %s", cell, diff)
		}
	}
	tests := []struct {
		name, want string
		m          tracking.Mapping
	}{
		{"a lost column", `tracking: mapping: there is no column "E-mail" (email); the columns are "Name", "Firm": put it back, or map the field to another`,
			tracking.Mapping{"full_name": "Name", "email": "E-mail"}},
		{"nothing that names people", `tracking: mapping: no column is mapped by which people are known: map email, or first_name, last_name and company; the columns are "Name", "Firm"`,
			tracking.Mapping{"full_name": "Name"}},
		{"unknown field", `tracking: mapping: "phone" is no field of a person`, tracking.Mapping{"full_name": "Name", "company": "Firm", "phone": "Name"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.m.Bind([]string{"Name", "Firm"}); !errors.Is(err, tracking.ErrConfig) || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestTR08RowsNeedAnIdentity(t *testing.T) {
	acme := matching.Company{Name: "Acme"}
	tests := []struct {
		name   string
		person tracking.Person
		want   tracking.RowReason
	}{
		{"an address alone", tracking.Person{Emails: []string{"ann@acme.com"}}, ""},
		{"no address, but name and company", tracking.Person{FirstName: "Ann", LastName: "Lee", Company: acme}, ""},
		{"neither", tracking.Person{FirstName: "Ann", LastName: "Lee"}, tracking.RowNoIdentity},
		{"nothing", tracking.Person{}, tracking.RowNoIdentity},
		{"a last name and a company", tracking.Person{LastName: "Lee", Company: acme}, tracking.RowNoIdentity},
		{"what is no address", tracking.Person{Emails: []string{"n/a"}}, tracking.RowBadEmail},
		{"what is no address, with name and company", tracking.Person{Emails: []string{"n/a"}, FirstName: "Ann", LastName: "Lee", Company: acme}, ""},
		{"an address of a task", tracking.Person{Emails: []string{"info@acme.com"}}, tracking.RowRoleAddress},
		{"an address of a task, with name and company", tracking.Person{Emails: []string{"info@acme.com"}, FirstName: "Ann", LastName: "Lee", Company: acme}, ""},
		{"an account's id for a contact's", tracking.Person{RecordID: "0015g00000AbCdEAAV", Emails: []string{"ann@acme.com"}}, tracking.RowBadRecordID},
		{"a lead's id", tracking.Person{RecordID: "00Q5g00000AbCdE"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got tracking.RowReason
			problem := tracking.Row{Number: 7, Person: test.person}.Check()
			if problem != nil {
				got = problem.Reason
			}
			if got != test.want || problem != nil && problem.Row != 7 {
				t.Errorf("got %v, want %q in row 7", problem, test.want)
			}
		})
	}
	p := tracking.Row{Number: 7}.Check()
	if want := "row 7: no_identity: needs an e-mail address, or first name, last name and company"; p.String() != want {
		t.Errorf("got %s, want %s", p, want)
	}
}
