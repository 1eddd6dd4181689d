package target_test

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

// id is an id of 18 characters with a prefix and a number.
func id(prefix string, n int) string {
	wide, err := crm.WidenID(fmt.Sprintf("%s%012d", prefix, n))
	if err != nil {
		panic(err)
	}
	return wide
}

func rows(list ...[]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func listing(n int, c target.Category, search target.YesNo, accounts ...int) target.Listing {
	l := target.Listing{Report: target.Report{ID: id("00O", n), Category: c, SearchProspects: search}}
	for _, a := range accounts {
		l.Accounts = append(l.Accounts, target.Account{ID: id("001", a)})
	}
	return l
}

// A row with an account id is that account: nothing is matched, also without a
// website, and whatever the name says.
func TestAT01RowWithAccountIDIsUsedDirectly(t *testing.T) {
	r := target.Report{ID: id("00O", 1), Category: target.CategoryTarget}
	short := id("001", 7)[:15]
	l, err := r.Read([]string{"Account ID", "Account Name", "Website"}, rows([]string{short, "Acme", ""}, []string{"", "Beta", "beta.io"}))
	if err != nil || len(l.Problems) > 0 {
		t.Fatal(err, l.Problems)
	}
	var asked []matching.Company
	l.Resolve(func(c matching.Company) matching.AccountMatch {
		asked = append(asked, c)
		return matching.AccountMatch{Verdict: matching.VerdictAuto, ID: id("001", 8)}
	})
	if want := []matching.Company{{Name: "Beta", Domain: "beta.io"}}; !cmp.Equal(asked, want) {
		t.Errorf("matched %+v, want the row without an id alone", asked)
	}
	want := []target.Account{{ID: id("001", 7), Name: "Acme", Row: 1}, {ID: id("001", 8), Name: "Beta", Website: "beta.io", Row: 2}}
	if diff := cmp.Diff(want, l.Accounts); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

func TestReadReport(t *testing.T) {
	mapped := target.Report{ID: id("00O", 1), Category: target.CategoryTarget, Columns: target.Columns{AccountID: "Firma: Id", Website: "URL"}}
	l, err := mapped.Read([]string{"firma: id", "Account Name", "url"}, rows(
		[]string{id("001", 1), "Acme", "acme.com"},
		[]string{"nonsense", "Beta", ""},
		[]string{id("003", 1), "a contact", ""},
		[]string{" ", " ", " "},
		[]string{id("001", 1)[:15], "Acme again", ""},
		[]string{id("001", 2)},
	))
	if err != nil {
		t.Fatal(err)
	}
	var problems []string
	for _, p := range l.Problems {
		problems = append(problems, p.String())
	}
	want := []string{
		"row 2: account_id: is no Salesforce id", "row 3: account_id: is not the id of an account; those begin with 001",
		"row 4: is blank; want an account id, a name or a website",
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if len(l.Accounts) != 2 || l.Rows != 6 || l.Repeated != 1 || l.Accounts[1].Row != 6 {
		t.Errorf("%+v", l)
	}
	for _, header := range [][]string{{"Name", "Website"}, {"Firma: Id", "Name"}, {}} {
		if _, err := mapped.Read(header, rows()); !errors.Is(err, target.ErrReport) || !strings.Contains(err.Error(), "columns.") {
			t.Errorf("header %v: %v", header, err)
		}
	}
	broken := errors.New("report timed out")
	l, err = mapped.Read([]string{"Firma: Id", "URL"}, func(yield func([]string, error) bool) {
		_ = yield([]string{id("001", 1), ""}, nil) && yield(nil, broken)
	})
	if !errors.Is(err, broken) || len(l.Accounts) != 1 {
		t.Errorf("%v, %d accounts", err, len(l.Accounts))
	}
}

func TestResolveReportsWhatIsNotCertain(t *testing.T) {
	l := target.Listing{Accounts: []target.Account{{Name: "Acme", Row: 1}, {ID: id("001", 1), Row: 2}, {Name: "Acme Inc", Row: 3}}}
	l.Resolve(func(c matching.Company) matching.AccountMatch {
		if c.Name == "Acme" {
			return matching.AccountMatch{Verdict: matching.VerdictReview, ID: id("001", 9)}
		}
		return matching.AccountMatch{Verdict: matching.VerdictAuto, ID: id("001", 1)}
	})
	if len(l.Accounts) != 1 || l.Repeated != 1 || len(l.Problems) != 1 || l.Problems[0].Row != 1 {
		t.Errorf("%+v", l)
	}
}

func TestNormalizeReport(t *testing.T) {
	tests := []struct {
		name   string
		report target.Report
		want   []string
	}{
		{"good", target.Report{ID: id("00O", 1)[:15], Category: "target", Personas: []string{"Leaders"}, PerAccount: 3}, nil},
		{"nothing", target.Report{}, []string{"id: is missing", "category"}},
		{"an account", target.Report{ID: id("001", 1), Category: "customer"}, []string{"begin with 00O"}},
		{"wrong length", target.Report{ID: "00O123", Category: "customer"}, []string{"15 or 18 characters"}},
		{"unknown", target.Report{ID: id("00O", 1), Category: "key", Personas: []string{"Other"}, PerAccount: -1},
			[]string{`category: "key"`, "personas[0]", "per_account"}},
		{"searches where nobody goes", target.Report{ID: id("00O", 1), Category: "disqualified", SearchProspects: target.Yes}, []string{"search_prospects"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.report.Normalize([]string{"Leaders"})
			if (err == nil) != (tt.want == nil) || err == nil && got.ID != id("00O", 1) || err != nil && !errors.Is(err, target.ErrReport) {
				t.Fatalf("%v, id %s", err, got.ID)
			}
			for _, words := range tt.want {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%v does not hold %q", err, words)
				}
			}
		})
	}
}

// TestAT02OneAccountInTwoReports: one account, both memberships, and the class of
// DR07's precedence, whatever the order of the reports.
func TestAT02OneAccountInTwoReports(t *testing.T) {
	a, b := listing(1, target.CategoryTarget, target.Unsaid, 1, 2), listing(2, target.CategoryCustomer, target.No, 1, 1)
	a.Accounts[0].Name, b.Accounts[0].Website = "Acme", "acme.com"
	for _, book := range []*target.Book{target.Merge(a, b), target.Merge(b, a)} {
		if len(book.Accounts()) != 2 {
			t.Fatalf("%d accounts", len(book.Accounts()))
		}
		w, ok := book.Watched(id("001", 1))
		if !ok || len(w.Memberships) != 2 || w.Name != "Acme" || w.Website != "acme.com" {
			t.Errorf("%+v", w)
		}
		if got := w.Class(nil); got != dri.Customer {
			t.Errorf("class %s", got)
		}
		if got := w.Class([]dri.Class{dri.Target, dri.Customer}); got != dri.Target {
			t.Errorf("class %s with the precedence turned round", got)
		}
		reports := w.Reports()
		slices.Sort(reports)
		if !slices.Equal(reports, []string{id("00O", 1), id("00O", 2)}) || !w.Searched() {
			t.Errorf("reports %v, searched %t", reports, w.Searched())
		}
	}
}

func TestAT03WhatReportsSayOfAnAccount(t *testing.T) {
	tests := []struct {
		name           string
		listings       []target.Listing
		searched, disq bool
		class          dri.Class
	}{
		{"search_prospects = no", []target.Listing{listing(1, target.CategoryTarget, target.No, 1)}, false, false, dri.Target},
		{"by default yes", []target.Listing{listing(1, target.CategoryOther, target.Unsaid, 1)}, true, false, dri.Other},
		{"one of two asks", []target.Listing{listing(1, target.CategoryCustomer, target.No, 1), listing(2, target.CategoryTarget, target.Unsaid, 1)}, true, false, dri.Customer},
		{"disqualified wins", []target.Listing{listing(1, target.CategoryTarget, target.Unsaid, 1), listing(2, target.CategoryDisqualified, target.Unsaid, 1)}, false, true, dri.Target},
		{"open deals", []target.Listing{listing(1, target.CategoryCustomer, target.Unsaid, 1), listing(2, target.CategoryOpenOpportunity, target.Unsaid, 1)}, true, false, dri.OpenOpportunity},
		{"disqualified alone", []target.Listing{listing(1, target.CategoryDisqualified, target.Unsaid, 1)}, false, true, dri.Other},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, _ := target.Merge(tt.listings...).Watched(id("001", 1))
			if w.Searched() != tt.searched || w.Disqualified() != tt.disq || w.Class(nil) != tt.class {
				t.Errorf("searched %t, disqualified %t, class %s", w.Searched(), w.Disqualified(), w.Class(nil))
			}
		})
	}
	if _, ok := (*target.Book)(nil).Watched(id("001", 1)); ok || (&target.Book{}).Accounts() != nil {
		t.Error("an empty book holds something")
	}
}

func TestPersonasOfAnAccount(t *testing.T) {
	a, b, c := listing(1, target.CategoryTarget, target.Unsaid, 1), listing(2, target.CategoryCustomer, target.Unsaid, 1), listing(3, target.CategoryOther, target.No, 1)
	a.Report.Personas, b.Report.Personas, c.Report.Personas = []string{"A", "B"}, []string{"B", "C"}, []string{"D"}
	w, _ := target.Merge(a, b, c).Watched(id("001", 1))
	if got := w.Personas(); !slices.Equal(got, []string{"A", "B", "C"}) {
		t.Errorf("%v; a report that asks for nobody adds none", got)
	}
	b.Report.Personas = nil
	w, _ = target.Merge(a, b).Watched(id("001", 1))
	if got := w.Personas(); got != nil {
		t.Errorf("%v, want all", got)
	}
}

// personas are ranked: marketing leaders before sales leaders.
var personas = []tracking.Persona{
	{Name: "Marketing", Include: []tracking.Phrase{{Text: "Marketing"}}, Exclude: []tracking.Phrase{{Text: "Assistant"}}},
	{Name: "Sales", Include: []tracking.Phrase{{Text: "Sales"}}},
}

func prospect(name, title string, account int) target.Prospect {
	return target.Prospect{
		Person:    tracking.Person{LinkedIn: "linkedin.com/in/" + name, FirstName: "X", LastName: name, Title: title},
		AccountID: id("001", account), FoundAt: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
	}
}

func names(ps []target.Prospect) string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Person.LastName+":"+p.Persona)
	}
	return strings.Join(out, " ")
}

func TestAT07ThreeBestOfFive(t *testing.T) {
	r := target.Round{Book: target.Merge(listing(1, target.CategoryTarget, target.Unsaid, 1)), Personas: personas, PerAccount: 3}
	five := []target.Prospect{
		prospect("vpsales", "VP Sales", 1), prospect("dirmkt", "Director of Marketing", 1), prospect("cmo", "SVP, Marketing", 1),
		prospect("mgrmkt", "Marketing Manager", 1), prospect("dirsales", "Sales Director", 1),
	}
	c := r.Choose(nil, five)
	if got := names(c.Delivered); got != "cmo:Marketing dirmkt:Marketing mgrmkt:Marketing" {
		t.Errorf("delivered %s", got)
	}
	if got := names(c.Carried); got != "vpsales:Sales dirsales:Sales" {
		t.Errorf("carried over %s", got)
	}
	next := r.Choose(c.Carried, []target.Prospect{prospect("analyst", "Sales Analyst", 1), prospect("vpsales", "VP Sales", 1)})
	if got := names(next.Delivered); got != "vpsales:Sales dirsales:Sales analyst:Sales" || len(next.Carried) != 0 {
		t.Errorf("the next run delivers %s and carries %s", got, names(next.Carried))
	}
}

func TestChooseRefusesWithReasons(t *testing.T) {
	r := target.Round{
		Book:     target.Merge(listing(1, target.CategoryTarget, target.Unsaid, 1), listing(2, target.CategoryTarget, target.No, 2), listing(3, target.CategoryDisqualified, target.Unsaid, 3)),
		Personas: personas, Known: func(p tracking.Person) bool { return p.LastName == "old" },
	}
	nameless := prospect("", "VP Sales", 1)
	nameless.Person = tracking.Person{Title: "VP Sales"}
	c := r.Choose(nil, []target.Prospect{
		prospect("new", "VP Sales", 1), prospect("old", "VP Sales", 1), prospect("off", "VP Sales", 2), prospect("never", "VP Sales", 3), prospect("nowhere", "VP Sales", 4),
		prospect("clerk", "Clerk", 1), prospect("none", "", 1), nameless,
	})
	got := map[string]tracking.Reason{}
	for _, x := range c.Refused {
		got[x.Prospect.Person.LastName] = x.Reason
	}
	want := map[string]tracking.Reason{
		"old": target.ReasonKnown, "off": target.ReasonNotSearched, "never": target.ReasonNotSearched, "nowhere": target.ReasonNotWatched,
		"clerk": tracking.ReasonNoPersona, "none": tracking.ReasonNoPersona, "": target.ReasonNoKey,
	}
	if diff := cmp.Diff(want, got); diff != "" || names(c.Delivered) != "new:Sales" {
		t.Errorf("delivered %s; refused (-want +got):\n%s", names(c.Delivered), diff)
	}
}

// Two people of one name at one company are two; one person named in two ways is one.
func TestChooseTellsNamesakesApart(t *testing.T) {
	kim := func(page, mail string, day int) target.Prospect {
		p := prospect("x", "VP Sales", 1)
		p.Person = tracking.Person{FirstName: "David", LastName: "Kim", LinkedIn: page, Title: "VP Sales", Company: matching.Company{Name: "Acme"}}
		if mail != "" {
			p.Person.Emails = []string{mail}
		}
		p.FoundAt = p.FoundAt.AddDate(0, 0, day)
		return p
	}
	r := target.Round{Book: target.Merge(listing(1, target.CategoryTarget, target.Unsaid, 1))}
	c := r.Choose(nil, []target.Prospect{
		kim("linkedin.com/in/dkim1", "dk@acme.com", 0), kim("linkedin.com/in/dkim2", "", 1), kim("", "DK@acme.com", 2), kim("https://www.linkedin.com/in/dkim2/", "", 3),
	})
	if len(c.Delivered) != 2 || c.Delivered[0].Person.LinkedIn != "linkedin.com/in/dkim1" || c.Delivered[1].Person.LinkedIn != "linkedin.com/in/dkim2" {
		t.Errorf("%+v", c.Delivered)
	}
}

func TestChooseCaps(t *testing.T) {
	a, b := listing(1, target.CategoryTarget, target.Unsaid, 1, 2), listing(2, target.CategoryCustomer, target.Unsaid, 2)
	b.Report.PerAccount = 1
	r := target.Round{Book: target.Merge(a, b), Personas: personas, PerAccount: 2, Total: 3}
	c := r.Choose(nil, []target.Prospect{
		prospect("a1", "VP Sales", 1), prospect("a2", "Director Sales", 1), prospect("a3", "Sales Manager", 1),
		prospect("b1", "CMO Marketing", 2), prospect("b2", "VP Marketing", 2),
	})
	if got := names(c.Delivered) + " | " + names(c.Carried); got != "b1:Marketing a1:Sales a2:Sales | b2:Marketing a3:Sales" {
		t.Errorf("%s; want one of account 2, whose report says so, two of account 1", got)
	}
	a.Report.PerAccount = 2
	if c := (target.Round{Book: target.Merge(a, b), PerAccount: 9}).Choose(nil, []target.Prospect{prospect("b1", "CMO", 2), prospect("b2", "VP", 2), prospect("b3", "VP", 2)}); len(c.Delivered) != 1 {
		t.Errorf("%d delivered; of two reports' caps the smaller one holds", len(c.Delivered))
	}
	r.Total = 2
	if c := r.Choose(nil, []target.Prospect{prospect("a1", "VP Sales", 1), prospect("a2", "Director Sales", 1), prospect("b1", "CMO Marketing", 2)}); names(c.Delivered) != "b1:Marketing a1:Sales" || names(c.Carried) != "a2:Sales" {
		t.Errorf("delivered %s, carried %s", names(c.Delivered), names(c.Carried))
	}
	r.Personas, r.Total, r.PerAccount = nil, 0, 0
	if c := r.Choose(nil, []target.Prospect{prospect("x", "Anything", 1)}); names(c.Delivered) != "x:" {
		t.Errorf("without personas: %s", names(c.Delivered))
	}
}

// The order in which people are found decides nothing, nobody is lost, and no cap is
// ever exceeded.
func TestChooseDoesNotDependOnOrder(t *testing.T) {
	r := target.Round{Book: target.Merge(listing(1, target.CategoryTarget, target.Unsaid, 1, 2, 3)), Personas: personas, PerAccount: 2, Total: 5}
	titles := []string{"VP Sales", "VP Marketing", "Sales Manager", "Director of Marketing", "Clerk", "Executive Assistant Marketing"}
	dice := rand.New(rand.NewPCG(1, 2))
	var all []target.Prospect
	for i := range 30 {
		all = append(all, prospect(fmt.Sprintf("p%02d", i), titles[dice.IntN(len(titles))], 1+dice.IntN(3)))
	}
	want := r.Choose(nil, all)
	if len(want.Delivered) != 5 || len(want.Delivered)+len(want.Carried)+len(want.Refused) != len(all) {
		t.Fatalf("%d delivered, %d carried, %d refused", len(want.Delivered), len(want.Carried), len(want.Refused))
	}
	for range 20 {
		dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		cut := dice.IntN(len(all))
		if diff := cmp.Diff(want, r.Choose(all[:cut], all[cut:])); diff != "" {
			t.Fatalf("another order (-want +got):\n%s", diff)
		}
	}
}

func TestSignalOf(t *testing.T) {
	tests := []struct {
		kind           tracking.Kind
		known, watched bool
		want           target.Signal
	}{
		{tracking.Joined, false, true, target.SignalNewHire}, {tracking.Moved, false, true, target.SignalNewHire},
		{tracking.Moved, true, true, target.SignalJobChange}, {tracking.Moved, false, false, target.SignalJobChange},
		{tracking.Boomerang, true, false, target.SignalJobChange}, {tracking.InternalMove, false, true, target.SignalJobChange},
		{tracking.Promotion, false, true, target.SignalPromotion}, {tracking.Promotion, true, false, target.SignalPromotion},
		{tracking.Left, true, true, target.SignalDeparture}, {tracking.TitleChange, true, true, ""}, {tracking.Unchanged, false, true, ""},
	}
	for _, tt := range tests {
		if got := target.SignalOf(tt.kind, tt.known, tt.watched); got != tt.want {
			t.Errorf("%s, known %t, watched %t: %q, want %q", tt.kind, tt.known, tt.watched, got, tt.want)
		}
	}
}

func TestSelection(t *testing.T) {
	x := target.Subject{Signal: target.SignalNewHire, Relationship: "User", Category: target.CategoryTarget, Reports: []string{id("00O", 1), id("00O", 2)}, Persona: "Leaders"}
	tests := []struct {
		name string
		s    target.Selection
		want bool
	}{
		{"everything", target.Selection{}, true},
		{"signal", target.Selection{Signals: []target.Signal{target.SignalPromotion, target.SignalNewHire}}, true},
		{"another signal", target.Selection{Signals: []target.Signal{target.SignalPromotion}}, false},
		{"relationship", target.Selection{Relationships: []string{"user"}}, true},
		{"another relationship", target.Selection{Relationships: []string{"Open Opp Contact"}}, false},
		{"category", target.Selection{Categories: []target.Category{target.CategoryTarget}}, true},
		{"another category", target.Selection{Categories: []target.Category{target.CategoryCustomer}}, false},
		{"report with 15 characters", target.Selection{Reports: []string{id("00O", 2)[:15]}}, true},
		{"another report", target.Selection{Reports: []string{id("00O", 3)}}, false},
		{"persona", target.Selection{Personas: []string{"leaders"}}, true},
		{"another persona", target.Selection{Personas: []string{"Users"}}, false},
		{"one of two lists does not hold", target.Selection{Signals: []target.Signal{target.SignalNewHire}, Categories: []target.Category{target.CategoryCustomer}}, false},
	}
	for _, tt := range tests {
		if got := tt.s.Holds(x); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

func TestValidateNamesTheFields(t *testing.T) {
	s := target.Selection{
		Signals: []target.Signal{"hire"}, Relationships: []string{"Friends"}, Categories: []target.Category{"key"}, Reports: []string{"1"}, Personas: []string{"Nobody"},
	}
	err := s.Validate([]string{"Leaders"}, []string{"User"})
	for _, field := range []string{"when.signals[0]", "when.relationships[0]", "when.categories[0]", "when.reports[0]", "when.personas[0]"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
	good := target.Selection{Signals: target.Signals(), Relationships: []string{"user"}, Categories: target.Categories(), Reports: []string{id("00O", 1)[:15]}, Personas: []string{"LEADERS"}}
	if err := good.Validate([]string{"Leaders"}, []string{"User"}); err != nil {
		t.Error(err)
	}
	h := target.Handoff{
		Owner: dri.Chain{mustFinder("account.owner")}, Router: true, Task: target.Task{DueDays: -1, To: "boss"}, Notice: "nobody",
		Campaign: target.CampaignMember{ID: id("001", 1)}, Sequence: "Big Welcome",
	}
	err = h.Validate()
	for _, field := range []string{"handoff.owner", "handoff.task.subject", "handoff.task.due_days", "handoff.task.to", "handoff.notice", "handoff.campaign.id", "handoff.sequence"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
	ok := target.Handoff{Task: target.Task{Subject: "Call", To: target.ToDRI}, Notice: target.Recipient(id("005", 1)), Campaign: target.CampaignMember{ID: id("701", 1)[:15]}, Sequence: "big-welcome"}
	if err := ok.Validate(); err != nil {
		t.Error(err)
	}
	if got := ok.Kinds(); !slices.Equal(got, []target.ActionKind{target.ActionTask, target.ActionCampaign, target.ActionSequence, target.ActionNotice}) {
		t.Errorf("actions %v", got)
	}
}

func mustFinder(s string) dri.Finder {
	f, err := dri.ParseFinder(s)
	if err != nil {
		panic(err)
	}
	return f
}

func TestYesNoText(t *testing.T) {
	for text, want := range map[string]target.YesNo{"no": target.No, " No ": target.No, "false": target.No, "YES": target.Yes, "true": target.Yes, "": target.Unsaid} {
		var c target.YesNo
		if err := c.UnmarshalText([]byte(text)); err != nil || c != want {
			t.Errorf("%q is %q, %v", text, c, err)
		}
	}
	var c target.YesNo
	if err := c.UnmarshalText([]byte("perhaps")); err == nil || !strings.Contains(err.Error(), "not yes or no") {
		t.Errorf("error %v", err)
	}
}

func TestCategoryText(t *testing.T) {
	var c target.Category
	if err := c.UnmarshalText([]byte(" Open_Opportunity ")); err != nil || c != target.CategoryOpenOpportunity {
		t.Errorf("%q, %v", c, err)
	}
	if err := c.UnmarshalText([]byte("key")); err == nil || !strings.Contains(err.Error(), "allowed are target") {
		t.Errorf("error %v", err)
	}
	for _, c := range target.Categories() {
		if class, ok := c.Class(); ok && target.CategoryOf(class, false) != c {
			t.Errorf("%s is class %s", c, class)
		}
	}
}
