package salesforcereport_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
	"github.com/onward-crm/onward/tracking/salesforcereport"
)

const (
	reportID = "00O000000000001EAA"
	acmeID   = "001000000000001AAA"
)

// org is a Salesforce org with one report, which a test may change between readings.
type org struct {
	*testing.T
	server *sftest.Server
	org    *salesforce.Org
	report *sftest.Report
	all    map[string]sftest.Report
}

func newOrg(t *testing.T, rep sftest.Report) *org {
	t.Helper()
	o := &org{T: t, all: map[string]sftest.Report{reportID: rep}}
	o.server = sftest.Start(t, &sftest.Options{Reports: o.all, Now: func() time.Time { return crm.ParseTime("2026-11-03T12:00:00Z") }})
	var err error
	o.org, err = salesforce.Open(t.Context(), salesforce.Options{
		Instance: o.server.URL, Login: salesforce.ClientCredentials{ID: o.server.ClientID(), Secret: o.server.ClientSecret()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.org.Close() })
	return o
}

// change is what an administrator does to the report; no reading is under way.
func (o *org) change(rep sftest.Report) { o.all[reportID] = rep }

// imported is the import of the report by a mapping.
func imported(m tracking.Mapping) tracking.Import {
	return tracking.Import{ID: "champions", Kind: tracking.ImportReport, Relationship: tracking.User, Ref: reportID, Mapping: m}
}

func (o *org) rows(imp tracking.Import) (out []tracking.Row, err error) {
	o.Helper()
	for row, e := range salesforcereport.New(o.org, imp).Rows(o.Context()) {
		if err != nil {
			o.Error("something came after the error")
		}
		if err = e; err == nil {
			out = append(out, row)
		}
	}
	return out, err
}

// contactID is a valid id of a contact.
func contactID(n int) string {
	id, err := crm.WidenID(fmt.Sprintf("003%012d", n))
	if err != nil {
		panic(err)
	}
	return id
}

// text is a cell that shows its value.
func text(s string) sftest.ReportCell {
	if s == "" {
		return sftest.ReportCell{Label: "-"}
	}
	return sftest.ReportCell{Label: s, Value: s}
}

// linked is a cell that shows the name of a record.
func linked(name, id string) sftest.ReportCell { return sftest.ReportCell{Label: name, Value: id} }

func fixed(rows ...[]sftest.ReportCell) func() [][]sftest.ReportCell {
	return func() [][]sftest.ReportCell { return rows }
}

// people is a report of contacts as Salesforce's own "Contacts & Accounts" shows it.
func people(rows ...[]sftest.ReportCell) sftest.Report {
	return sftest.Report{Name: "Champions", Columns: []sftest.ReportColumn{
		{Name: "FIRST_NAME", Label: "First Name"}, {Name: "LAST_NAME", Label: "Last Name"},
		{Name: "ACCOUNT.NAME", Label: "Account Name", ID: "AccountId"}, {Name: "EMAIL", Label: "Email", DataType: "email"},
		{Name: "CONTACT_ID", Label: "Contact ID", DataType: "id"},
	}, Rows: fixed(rows...)}
}

var byLabels = tracking.Mapping{
	tracking.FieldFirstName: "First Name", tracking.FieldLastName: "last name ", tracking.FieldCompany: "Account Name",
	tracking.FieldEmail: "Email", tracking.FieldRecordID: "Contact ID",
}

func TestTR10RowsOfAReport(t *testing.T) {
	o := newOrg(t, people(
		[]sftest.ReportCell{text("Ann"), text("Lee"), linked("Acme", acmeID), text("ann@acme.com"), linked(contactID(1)[:15], contactID(1))},
		[]sftest.ReportCell{text(""), text("Mo"), text(""), text(""), text("")},
	))
	want := []tracking.Row{
		{Number: 1, Person: tracking.Person{RecordID: contactID(1), FirstName: "Ann", LastName: "Lee", Emails: []string{"ann@acme.com"},
			Company: matching.Company{Name: "Acme"}, AccountID: acmeID}},
		{Number: 2, Person: tracking.Person{LastName: "Mo"}},
	}
	imp := imported(byLabels)
	for _, ref := range []string{reportID, reportID[:15], "https://acme.lightning.force.com/lightning/r/Report/" + reportID + "/view"} {
		imp.Ref = ref
		got, err := o.rows(imp)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, -want +got\n%s", ref, err, diff)
		}
	}
	columns, err := salesforcereport.Columns(t.Context(), o.org, reportID)
	if diff := cmp.Diff([]string{"First Name", "Last Name", "Account Name", "Email", "Contact ID"}, columns); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	proposed := tracking.GuessMapping(columns)
	if got, err := o.rows(imported(proposed)); cmp.Diff(want, got) != "" || err != nil {
		t.Errorf("by the mapping that is proposed, %v: %+v, %v", proposed, got, err)
	}
}

// TestNamesThatLinkBringTheRecord where no column of ids is shown, and columns that
// rows are grouped by are columns too.
func TestNamesThatLinkBringTheRecord(t *testing.T) {
	o := newOrg(t, sftest.Report{
		Name: "By account", Format: sftest.ReportSummary, Down: []string{"ACCOUNT.NAME"},
		Columns: []sftest.ReportColumn{{Name: "CONTACT.NAME", Label: "Full Name", ID: "Id"}, {Name: "ACCOUNT.NAME", Label: "Account Name", ID: "AccountId"}},
		Rows: fixed(
			[]sftest.ReportCell{linked("Ann Lee", contactID(1)), linked("Acme", acmeID)},
			[]sftest.ReportCell{linked("Bo Mo", contactID(2)), linked("Acme", acmeID)},
		),
	})
	person := func(n int, first, last string) tracking.Row {
		return tracking.Row{Number: n, Person: tracking.Person{RecordID: contactID(n), FirstName: first, LastName: last,
			Company: matching.Company{Name: "Acme"}, AccountID: acmeID}}
	}
	got, err := o.rows(imported(tracking.Mapping{tracking.FieldFullName: "Full Name", tracking.FieldCompany: "Account Name"}))
	if diff := cmp.Diff([]tracking.Row{person(1, "Ann", "Lee"), person(2, "Bo", "Mo")}, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}

// TestTwoColumnsOfOneLabel are told apart by their API names.
func TestTwoColumnsOfOneLabel(t *testing.T) {
	o := newOrg(t, sftest.Report{Columns: []sftest.ReportColumn{
		{Name: "Lead.Email", Label: "Email"}, {Name: "Contact.Email", Label: "Email"}, {Name: "Contact.Title"},
	}, Rows: fixed([]sftest.ReportCell{text("lead@acme.com"), text("contact@acme.com"), text("CFO")})})
	_, err := o.rows(imported(tracking.Mapping{tracking.FieldEmail: "email"}))
	if want := `several columns are called "email"; map email to one of Lead.Email, Contact.Email`; !errors.Is(err, tracking.ErrConfig) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	got, err := o.rows(imported(tracking.Mapping{tracking.FieldEmail: "contact.email", tracking.FieldTitle: "Contact.Title"}))
	want := []tracking.Row{{Number: 1, Person: tracking.Person{Title: "CFO", Emails: []string{"contact@acme.com"}}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}

// TestReportsThatAreRefused: with what to do, and before a row is taken.
func TestReportsThatAreRefused(t *testing.T) {
	many := make([][]sftest.ReportCell, 2001)
	for i := range many {
		many[i] = []sftest.ReportCell{text(fmt.Sprintf("p%d@acme.com", i))}
	}
	emails := []sftest.ReportColumn{{Name: "EMAIL", Label: "Email"}}
	denied := sftest.Fault{Kind: sftest.Refused, Status: 403, Code: "FORBIDDEN"}
	tests := []struct {
		name    string
		report  sftest.Report
		ref     string
		mapping tracking.Mapping
		fault   sftest.Fault
		class   error
		says    string
	}{
		{name: "a dashboard's id", ref: "01Z000000000001AAA", class: tracking.ErrConfig, says: "a dashboard"},
		{name: "a short id", ref: "00O00000", class: tracking.ErrConfig, says: "00O"},
		{name: "a list of HubSpot", ref: "17", class: tracking.ErrConfig, says: "HubSpot"},
		{name: "not there", ref: "00O000000000009EAA", class: tracking.ErrConfig,
			says: "there is no report 00O000000000009EAA, or the integration user does not see it: share its folder"},
		{name: "no columns", report: sftest.Report{}, class: tracking.ErrConfig, says: "shows no columns: edit it, switch its detail rows on"},
		{name: "a column that was lost", report: sftest.Report{Columns: emails},
			mapping: tracking.Mapping{tracking.FieldEmail: "Email", tracking.FieldCompany: "Account Name"}, class: tracking.ErrConfig,
			says: `there is no column "Account Name" (company); the columns are "Email": put it back, or map the field to another`},
		{name: "no mapping", report: sftest.Report{Columns: emails}, mapping: tracking.Mapping{}, class: tracking.ErrConfig,
			says: `no column is mapped by which people are known: map email, or first_name, last_name and company; the columns are "Email"`},
		{name: "too long", report: sftest.Report{Columns: emails, Rows: fixed(many...)}, mapping: tracking.Mapping{tracking.FieldEmail: "Email"},
			class: tracking.ErrConfig, says: "it has more than 2,000 rows, and no column by which it can be read in parts: add Created Date"},
		{name: "not shared", report: sftest.Report{Columns: emails}, fault: denied, class: crm.ErrDenied, says: `"Run Reports"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.report.Rows == nil {
				test.report.Rows = fixed()
			}
			o := newOrg(t, test.report)
			if test.fault.Kind != "" {
				o.server.Inject(test.fault)
			}
			imp := imported(test.mapping)
			if test.ref != "" {
				imp.Ref = test.ref
			}
			got, err := o.rows(imp)
			if !errors.Is(err, test.class) || !strings.Contains(err.Error(), test.says) || len(got) != 0 {
				t.Errorf("%d rows, error %v\nwant %v: %s", len(got), err, test.class, test.says)
			}
		})
	}
}

// TestTR11AReportIsFollowed: who leaves the report stops using a credit. A report that
// lost a column changes nothing, whether it lost it before or while it was read.
func TestTR11AReportIsFollowed(t *testing.T) {
	row := func(n int) []sftest.ReportCell {
		id := contactID(n)
		return []sftest.ReportCell{text("Ann"), text(fmt.Sprint("Lee", n)), linked("Acme", acmeID), text(fmt.Sprintf("p%d@acme.com", n)), linked(id, id)}
	}
	o := newOrg(t, people(row(1), row(2), row(3)))
	imp := imported(byLabels)
	service, err := contacts.New(contacts.Deps{Store: new(memstore.Store), Secret: []byte("a secret of many bytes"),
		Open: func(_ context.Context, imp tracking.Import) (contacts.Source, error) {
			return salesforcereport.New(o.org, imp), nil
		}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	read := func() (contacts.Report, error) {
		return service.Import(t.Context(), imp, salesforcereport.New(o.org, imp), nil)
	}
	if r, err := read(); err != nil || r.After != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	poorer := people(row(1), row(2), row(3))
	poorer.Columns = slices.Delete(poorer.Columns, 3, 4)
	poorer.Rows = fixed(slices.Delete(row(2), 3, 4))
	o.change(poorer)
	if _, err := read(); !errors.Is(err, tracking.ErrConfig) || !strings.Contains(err.Error(), `there is no column "Email"`) {
		t.Errorf("a column was lost: %v", err)
	}
	o.change(people(row(2), row(3)))
	if r, err := read(); err != nil || r.Synced.Left != 1 || r.Synced.Joined != 0 {
		t.Errorf("one left: %+v, %v", r.Synced, err)
	}
	// Between the description and the run somebody swaps two columns.
	described, err := o.org.Report(t.Context(), reportID)
	if err != nil {
		t.Fatal(err)
	}
	swapped := people(row(2))
	swapped.Columns[0], swapped.Columns[1] = swapped.Columns[1], swapped.Columns[0]
	o.change(swapped)
	for _, err := range described.Rows(t.Context()) {
		if !errors.Is(err, crm.ErrStale) {
			t.Errorf("columns were swapped: %v", err)
		}
	}
}

// TestALongReport is read in parts, each row once, in little memory.
func TestALongReport(t *testing.T) {
	if raced {
		t.Skip("eight thousand rows, by one goroutine")
	}
	const many = 8_000
	rep := people()
	rep.Columns = append(rep.Columns, sftest.ReportColumn{Name: "CREATED_DATE", Label: "Created Date", DataType: "datetime"})
	rows := make([][]sftest.ReportCell, many)
	for i := range rows {
		at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Hour).Format(time.RFC3339)
		rows[i] = []sftest.ReportCell{text("Ann"), text(fmt.Sprint("Lee", i)), linked("Acme", acmeID),
			text(fmt.Sprintf("p%d@acme.com", i)), linked(contactID(i), contactID(i)), text(at)}
	}
	rep.Rows = fixed(rows...)
	o := newOrg(t, rep)
	o.server.ResetCalls()
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most, n := heap(), uint64(0), 0
	seen := make([]bool, many)
	for row, err := range salesforcereport.New(o.org, imported(byLabels)).Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		var i int
		if _, err := fmt.Sscanf(row.Person.LastName, "Lee%d", &i); err != nil || seen[i] {
			t.Fatalf("row %d is %+v", row.Number, row)
		}
		seen[i] = true
		if n++; n%2000 == 0 {
			most = max(most, heap())
		}
	}
	t.Logf("%d rows in %d calls, %d KiB held at most", n, o.server.Calls().Total, (max(most, before)-before)>>10)
	if n != many || o.server.Calls().Total > 30 || most > before+16<<20 {
		t.Errorf("%d rows in %d calls, heap %d after %d", n, o.server.Calls().Total, most, before)
	}
}

// TestTableGivesTextsOrIDs: whoever asks for a column's ids gets them, also where the
// report shows names.
func TestTableGivesTextsOrIDs(t *testing.T) {
	o := newOrg(t, people([]sftest.ReportCell{text("Ann"), text("Lee"), linked("Acme", acmeID), text(""), linked(contactID(1)[:15], contactID(1))}))
	for _, tt := range []struct {
		ids  []string
		want []string
	}{
		{nil, []string{"Ann", "Lee", "Acme", "", contactID(1)[:15]}},
		{[]string{"account name"}, []string{"Ann", "Lee", acmeID, "", contactID(1)[:15]}},
		{[]string{"ACCOUNT.NAME", "Contact ID"}, []string{"Ann", "Lee", acmeID, "", contactID(1)}},
	} {
		header, rows, err := salesforcereport.Table(t.Context(), o.org, reportID, tt.ids...)
		if err != nil || len(header) != 5 || header[2] != "Account Name" {
			t.Fatal(header, err)
		}
		for cells, err := range rows {
			if diff := cmp.Diff(tt.want, cells); diff != "" || err != nil {
				t.Errorf("%v: %v\n%s", tt.ids, err, diff)
			}
		}
	}
	if _, _, err := salesforcereport.Table(t.Context(), o.org, acmeID); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("the id of an account: %v", err)
	}
}
