package track_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// TestReportsOverTheWire: a report of an org, its columns found by their labels; whoever
// leaves it ceases to count, and a column that is lost changes nothing.
func TestReportsOverTheWire(t *testing.T) {
	const id = "00O000000000001EAA"
	row := func(name, email string) []sftest.ReportCell {
		return []sftest.ReportCell{{Label: name, Value: name}, {Label: "Lee", Value: "Lee"}, {Label: email, Value: email}}
	}
	report := func(rows ...[]sftest.ReportCell) sftest.Report {
		return sftest.Report{Name: "Users", Columns: []sftest.ReportColumn{{Name: "FIRST_NAME", Label: "First Name"},
			{Name: "LAST_NAME", Label: "Last Name"}, {Name: "EMAIL", Label: "Email", DataType: "email"}},
			Rows: func() [][]sftest.ReportCell { return rows }}
	}
	all := map[string]sftest.Report{id: report(row("Ann", "ann@acme.com"), row("Bob", "bob@acme.com"), row("", ""))}
	server := sftest.Start(t, &sftest.Options{Reports: all})
	b := newBench(t)
	b.environ = []string{
		"ONWARD_SALESFORCE_INSTANCE=" + server.URL, "ONWARD_SALESFORCE_CLIENT_ID=" + server.ClientID(), "ONWARD_SALESFORCE_CLIENT_SECRET=" + server.ClientSecret(),
	}
	const take = "import --report 00O000000000001 --id users --relationship user --crm salesforce --activate"
	r := b.run(take)
	if r.code != exit.CodeLeft || !strings.Contains(r.stdout, "3 rows read: 2 good, 1 left out") || !strings.Contains(r.stderr, `columns taken: email="Email", first_name="First Name", last_name="Last Name"`) {
		t.Fatalf("%+v", r)
	}
	all[id] = report(row("Ann", "ann@acme.com"))
	if out := b.done("import users --activate --crm salesforce"); !strings.Contains(out, "0 new, 0 back, 1 there before, 1 gone\ntracked credits: 2 before, 1 now") {
		t.Errorf("one has left:\n%s", out)
	}
	for _, fault := range []sftest.Fault{
		{Kind: sftest.Refused, Status: 403, Code: "FORBIDDEN"}, {Kind: sftest.Refused, Status: 429, Code: "REQUEST_LIMIT_EXCEEDED"},
		{Kind: sftest.Malformed}, {Kind: sftest.Truncated},
	} {
		fault.Resource, fault.Times = "analytics", sftest.Always
		server.Inject(fault)
		if r := b.run("import users --activate --crm salesforce"); r.code != exit.CodeTrouble || r.stdout != "" || strings.Contains(r.stderr, "acme.com") {
			t.Errorf("%s %d: %+v", fault.Kind, fault.Status, r)
		}
		server.ClearFaults()
	}
	if out := b.done("import users --activate --crm salesforce"); !strings.Contains(out, "0 new, 0 back, 1 there before, 0 gone\ntracked credits: 1 before, 1 now") {
		t.Errorf("after the trouble:\n%s", out)
	}
	lost := report(row("Ann", "ann@acme.com"))
	lost.Columns = lost.Columns[:2]
	all[id] = lost
	b.fails("import users --activate --crm salesforce", exit.CodeUsage, `mapping: there is no column "Email" (email); the columns are "First Name", "Last Name": put it back`)
	if got := b.done("relationships"); !strings.Contains(got, "tracked credits: 1\n") {
		t.Errorf("after a column was lost:\n%s", got)
	}
	b.fails("import --report 00O000000000009 --id others --relationship user --crm salesforce", exit.CodeUsage, "report: there is no report 00O000000000009")
}

// TestListsOverTheWire: a list of HubSpot, with the usual properties.
func TestListsOverTheWire(t *testing.T) {
	server := hstest.New()
	t.Cleanup(server.Close)
	var ids []int64
	for i := range 130 {
		ids = append(ids, server.Create(hstest.Contacts, map[string]string{"firstname": "Ann", "lastname": fmt.Sprint("Lee", i), "email": fmt.Sprintf("ann%d@acme.com", i)}))
	}
	server.PutList(hstest.List{ID: "17", Name: "Users", Kind: "DYNAMIC", Members: ids})
	server.PutList(hstest.List{ID: "18", Name: "Companies", ObjectTypeID: "0-2"})
	b := newBench(t)
	b.file("onward.yaml", "adapter: {hubspot: {token_env: HS, api_url: '"+server.URL()+"'}}\ntracking: {imports: [{id: users, kind: hubspot_list, relationship: user, ref: 17}]}\n")
	b.environ = []string{"HS=" + hstest.Token}
	if out := b.done("import users --activate --config $DIR/onward.yaml"); !strings.Contains(out, "130 rows read: 130 good") || !strings.Contains(out, "130 now") {
		t.Errorf("\n%s", out)
	}
	b.fails("import --list 18 --id others --relationship user --config $DIR/onward.yaml", exit.CodeUsage, "list: list 18 holds companies; choose a list of contacts")
}

// TestInterruptedImportChangesNothing, and on a terminal its progress is shown.
func TestInterruptedImportChangesNothing(t *testing.T) {
	b := newBench(t)
	b.people("a.csv", "ann")
	b.done("import --csv $DIR/a.csv --relationship user --activate")
	var text strings.Builder
	text.WriteString("Email\n")
	for i := range 3_000 {
		fmt.Fprintf(&text, "p%d@acme.com\n", i)
	}
	b.file("many.csv", text.String())
	ctx, cancel := context.WithCancel(t.Context())
	b.terminal, b.seen = true, cancel // by whoever sees the first rows counted
	r := b.in(ctx, "import --csv $DIR/many.csv --relationship user --activate --map email=Email")
	if r.code != exit.CodeLeft || !strings.Contains(r.stderr, "interrupted; what was read of a list was not taken in") || r.stdout != "" {
		t.Errorf("%+v", r)
	}
	b.seen = nil
	if r := b.in(ctx, "relationships"); r.code != exit.CodeLeft {
		t.Errorf("interrupted before it began: %+v", r)
	}
	if got := b.done("relationships"); !strings.Contains(got, "tracked credits: 1\n") {
		t.Errorf("after an interruption:\n%s", got)
	}
	r = b.run("import --csv $DIR/many.csv --relationship user --activate")
	if r.code != exit.CodeDone || !strings.Contains(r.stderr, "reading many") || !strings.Contains(r.stdout, "3001 now") {
		t.Errorf("exit code %d\n%s\n%q", r.code, r.stdout, r.stderr)
	}
}
