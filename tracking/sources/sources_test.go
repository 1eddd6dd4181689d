package sources_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
	"github.com/onward-crm/onward/tracking/sources"
)

// org is a CRM with an account, and contacts and opportunities by name.
type org struct {
	*testing.T
	crm  *memcrm.CRM
	acme string
	ids  map[string]string
}

func newOrg(t *testing.T) *org {
	o := &org{T: t, crm: memcrm.New(nil), ids: map[string]string{}}
	o.acme = o.add(crm.ObjectAccount, crm.Fields{"Name": "Acme", "Website": "acme.com"})
	return o
}

func (o *org) add(object crm.Object, f crm.Fields) string {
	o.Helper()
	id, err := o.crm.Add(object, f)
	if err != nil {
		o.Fatal(err)
	}
	return id
}

func (o *org) contact(name string) string {
	if o.ids[name] == "" {
		o.ids[name] = o.add(crm.ObjectContact, crm.Fields{"FirstName": "Ann", "LastName": name, "Email": name + "@acme.com", "Title": "CFO", "AccountId": o.acme})
	}
	return o.ids[name]
}

// deal adds an opportunity of these contacts.
func (o *org) deal(name string, facts crm.Fields, contacts ...string) string {
	o.Helper()
	f := crm.Fields{"Name": name, "AccountId": o.acme, "StageName": "Proposal", "CloseDate": "2026-12-01"}
	for k, v := range facts {
		f[k] = v
	}
	id := o.add(crm.ObjectOpportunity, f)
	for _, c := range contacts {
		o.add(crm.ObjectOpportunityRole, crm.Fields{"OpportunityId": id, "ContactId": o.contact(c), "Role": "Evaluator"})
	}
	return id
}

func closed(won bool, probability string) crm.Fields {
	return crm.Fields{"IsClosed": "true", "IsWon": crm.FormatBool(won), "Probability": probability}
}

func (o *org) source(imp tracking.Import) contacts.Source {
	o.Helper()
	src, err := sources.Automatic(crm.NewClient(o.crm, nil), o.crm.Names(), imp)
	if err != nil {
		o.Fatal(err)
	}
	return src
}

// rows gives "relationship last-name opportunity" for each row.
func (o *org) rows(imp tracking.Import) []string {
	o.Helper()
	var out []string
	for r, err := range o.source(imp).Rows(o.Context()) {
		if err != nil {
			o.Fatal(err)
		}
		if r.Problem != nil {
			out = append(out, r.Problem.String())
			continue
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Relationship, r.Person.LastName, r.Deal.Name)))
	}
	return out
}

func TestAutomaticRows(t *testing.T) {
	o := newOrg(t)
	o.deal("100", closed(true, "100"), "ann", "bob")
	o.deal("90", closed(true, "90"), "cid")  // TR03
	o.deal("30", closed(false, "30"), "dee") // TR04
	o.deal("0", closed(true, "0"), "eve")    // TR05
	o.deal("open", crm.Fields{"Probability": "40"}, "ann")
	tests := []struct {
		name string
		imp  tracking.Import
		want []string
	}{
		{"TR03, TR04, TR05 by default", tracking.Import{}, []string{"closed_won ann 100", "closed_won bob 100", "closed_lost eve 0", "open_opp ann open"}},
		{"TR03, TR04, TR05 with is-won", tracking.Import{Preset: tracking.PresetIsWon},
			[]string{"closed_won ann 100", "closed_won bob 100", "closed_won cid 90", "closed_lost dee 30", "closed_won eve 0", "closed_lost eve 0", "open_opp ann open"}},
		{"by stage", tracking.Import{Rules: []tracking.Rule{{Relationship: "pilot", Any: []tracking.Test{{Stages: []string{"proposal"}}}}}},
			[]string{"pilot ann 100", "pilot bob 100", "pilot cid 90", "pilot dee 30", "pilot eve 0", "pilot ann open"}},
		{"with customers", tracking.Import{Rules: []tracking.Rule{{Relationship: "none"}}, Accounts: []string{o.acme}},
			[]string{"customer ann", "customer bob", "customer cid", "customer dee", "customer eve"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, o.rows(test.imp)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := sources.Automatic(nil, crm.Names{}, tracking.Import{Preset: "x"}); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("unknown preset: %v", err)
	}
}

func TestARowTellsWhomAndWhy(t *testing.T) {
	o := newOrg(t)
	id := o.deal("Renewal", closed(true, "100"), "ann")
	for r, err := range o.source(tracking.Import{}).Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		want := tracking.Row{
			Number: 1, Relationship: tracking.ClosedWon,
			Person: tracking.Person{
				RecordID: o.ids["ann"], Emails: []string{"ann@acme.com"}, FirstName: "Ann", LastName: "ann", Title: "CFO",
				Company: matching.Company{Name: "Acme", Domain: "acme.com", AccountID: o.acme}, AccountID: o.acme,
			},
			Deal: &tracking.Deal{OpportunityID: id, Name: "Renewal", Role: "Evaluator", AccountID: o.acme, Account: "Acme"},
		}
		if diff := cmp.Diff(want, r); diff != "" {
			t.Error(diff)
		}
	}
}

func TestRecordsThatCannotBeSeenAreReported(t *testing.T) {
	o := newOrg(t)
	hidden := o.deal("hidden", closed(true, "100"), "ann")
	o.deal("seen", closed(true, "100"), "bob", "cid")
	for _, id := range []string{hidden, o.ids["bob"]} {
		if err := o.crm.Hide(id); err != nil {
			t.Fatal(err)
		}
	}
	got := o.rows(tracking.Import{})
	if len(got) != 3 || !strings.HasPrefix(got[0], "row 1: unreadable_row: the opportunity of role ") ||
		!strings.HasPrefix(got[1], "row 2: unreadable_row: the contact of role ") || got[2] != "closed_won cid seen" {
		t.Errorf("got %q", got)
	}
}

// service is one on an empty store that opens automatic imports of the org.
func (o *org) service() *contacts.Service {
	o.Helper()
	s, err := contacts.New(contacts.Deps{
		Store: new(memstore.Store), Secret: []byte("a secret of many bytes"),
		Open: func(_ context.Context, imp tracking.Import) (contacts.Source, error) { return o.source(imp), nil },
	}, nil)
	if err != nil {
		o.Fatal(err)
	}
	return s
}

func TestTR06AndTR07OverTheCRM(t *testing.T) {
	o := newOrg(t)
	s := o.service()
	open := o.deal("open", crm.Fields{"Probability": "40"}, "ann", "bob")
	o.deal("won", closed(true, "100"), "ann")
	auto := tracking.Import{ID: "crm", Kind: tracking.ImportAutomatic}
	if _, err := s.Import(t.Context(), auto, o.source(auto), nil); err != nil {
		t.Fatal(err)
	}
	stamped := func(name string) string {
		t.Helper()
		r, _, err := s.Stamp(t.Context(), tracking.Person{RecordID: o.ids[name]})
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	if got := []string{stamped("ann"), stamped("bob")}; !slices.Equal(got, []string{"closed_won", "open_opp"}) {
		t.Errorf("stamped %q, want ann closed_won and bob open_opp", got)
	}
	if err := o.crm.Edit(open, closed(false, "0")); err != nil {
		t.Fatal(err)
	}
	reports, err := s.Resync(t.Context(), tracking.OpenOpp, nil)
	if err != nil || len(reports) != 1 || reports[0].Before != 2 || reports[0].After != 2 {
		t.Fatalf("resync: %+v, %v", reports, err)
	}
	if got := stamped("bob"); got != tracking.ClosedLost {
		t.Errorf("bob is stamped %q, want closed_lost", got)
	}
}

func TestTR14MissingChampionsOfTheCRM(t *testing.T) {
	o := newOrg(t)
	s := o.service()
	o.deal("Renewal", closed(true, "100"), "ann", "bob", "cid", "dee")
	users := tracking.Import{ID: "users", Kind: tracking.ImportCSV, Relationship: tracking.User}
	table := sources.Table{Header: []string{"Mail"}, Mapping: tracking.Mapping{tracking.FieldEmail: "mail"}, Cells: cells([]string{"ANN@acme.com"})}
	src, err := table.Source()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Import(t.Context(), users, src, nil); err != nil {
		t.Fatal(err)
	}
	missing := func() []string {
		t.Helper()
		cs, err := s.Missing(t.Context(), o.source(tracking.Import{}))
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, c := range cs {
			out = append(out, c.Person.LastName+": "+c.Deals[0].Name+", "+c.Deals[0].Role+", "+c.Deals[0].Account)
		}
		return out
	}
	want := []string{"bob: Renewal, Evaluator, Acme", "cid: Renewal, Evaluator, Acme", "dee: Renewal, Evaluator, Acme"}
	if diff := cmp.Diff(want, missing()); diff != "" {
		t.Error(diff)
	}
	if err := s.Dismiss(t.Context(), tracking.Person{RecordID: o.ids["bob"]}, "ann", "retired"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[1:], missing()); diff != "" {
		t.Errorf("one dismissed: %s", diff)
	}
}

// failing is a CRM that breaks off at its nth call.
type failing struct {
	sources.Reader
	left *int
}

var errAway = errors.New("503")

func (f failing) All(ctx context.Context, q crm.Query) iter.Seq2[crm.Record, error] {
	if *f.left--; *f.left < 0 {
		return func(yield func(crm.Record, error) bool) { yield(crm.Record{}, errAway) }
	}
	return f.Reader.All(ctx, q)
}

func (f failing) Find(ctx context.Context, qs []crm.Query) ([][]crm.Record, error) {
	if *f.left--; *f.left < 0 {
		return nil, errAway
	}
	return f.Reader.Find(ctx, qs)
}

func TestACRMThatBreaksOffIsAnErrorAtTheEnd(t *testing.T) {
	o := newOrg(t)
	o.deal("won", closed(true, "100"), "ann")
	const calls = 5 // roles, opportunities with contacts, accounts; accounts, contacts
	for n := range calls + 1 {
		src, err := sources.Automatic(failing{crm.NewClient(o.crm, nil), &n}, o.crm.Names(), tracking.Import{Accounts: []string{o.acme}})
		if err != nil {
			t.Fatal(err)
		}
		fails := n < calls
		var last error
		for _, err := range src.Rows(t.Context()) {
			if last != nil {
				t.Error("something comes after an error")
			}
			last = err
		}
		if errors.Is(last, errAway) != fails {
			t.Errorf("ended with %v, want an error: %v", last, fails)
		}
	}
}

func TestReadersMayStop(t *testing.T) {
	o := newOrg(t)
	o.deal("won", closed(true, "100"), "ann", "bob")
	for _, imp := range []tracking.Import{{}, {Rules: []tracking.Rule{{}}, Accounts: []string{o.acme}}} {
		n := 0
		for _, err := range o.source(imp).Rows(t.Context()) {
			if n++; err != nil {
				t.Fatal(err)
			}
			break
		}
		if n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	}
}

func TestThousandsOfRolesTakeFewCalls(t *testing.T) {
	o := newOrg(t)
	var names []string
	for i := range 2500 {
		names = append(names, fmt.Sprint("p", i))
	}
	o.deal("won", closed(true, "100"), names...)
	client := crm.NewClient(o.crm, nil)
	src, err := sources.Automatic(client, o.crm.Names(), tracking.Import{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range src.Rows(t.Context()) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d rows in %d calls", n, client.Calls().Total())
	if n != 2500 || client.Calls().Total() > 60 {
		t.Errorf("%d rows in %d calls, want 2,500 in at most 60", n, client.Calls().Total())
	}
}

// cells gives rows of a table.
func cells(rows ...[]string) func(context.Context) iter.Seq2[[]string, error] {
	return func(context.Context) iter.Seq2[[]string, error] {
		return func(yield func([]string, error) bool) {
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

func TestTables(t *testing.T) {
	table := sources.Table{
		Header:  []string{"Contact: Name", "Company / Account", "Email"},
		Mapping: tracking.Mapping{tracking.FieldFullName: "Contact: Name", tracking.FieldCompany: "Company / Account", tracking.FieldEmail: "Email"},
		Cells:   cells([]string{"Ann Lee", "Acme", "ann@acme.com"}, []string{"", "", ""}),
	}
	src, err := table.Source()
	if err != nil {
		t.Fatal(err)
	}
	var got []tracking.Row
	for r, err := range src.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r)
	}
	want := []tracking.Row{
		{Number: 1, Person: tracking.Person{FirstName: "Ann", LastName: "Lee", Emails: []string{"ann@acme.com"}, Company: matching.Company{Name: "Acme"}}},
		{Number: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for range src.Rows(t.Context()) {
		break
	}
	table.Header = []string{"Contact: Name", "Email"}
	if _, err := table.Source(); !errors.Is(err, tracking.ErrConfig) || !strings.Contains(err.Error(), `there is no column "Company / Account" (company)`) {
		t.Errorf("a report that lost a column: %v", err)
	}
	table.Header = append(table.Header, "Company / Account")
	table.Cells = func(context.Context) iter.Seq2[[]string, error] {
		return func(yield func([]string, error) bool) { yield(nil, errAway) }
	}
	src, err = table.Source()
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range src.Rows(t.Context()) {
		if !errors.Is(err, errAway) {
			t.Errorf("a table that breaks off: %v", err)
		}
	}
}
