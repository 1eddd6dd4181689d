package sponsors_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// TestEnrolFillsInWhatTheCRMKnows: name, title, company, page and addresses of a contact,
// name and owner of an account.
func TestEnrolFillsInWhatTheCRMKnows(t *testing.T) {
	s := newShop(t)
	var got sponsor.Sponsor
	s.run("enrol", ingrid, "--account", bruker, "--role", "Champion", "--crm", demo, "--format", "json").want(0).read(&got)
	s.same("person", []string{ingridID, "Ingrid", "Solberg", "Applications Lead", "BRUKER CORP", "https://www.linkedin.com/in/isolberg-demo"},
		[]string{got.Person.RecordID, got.Person.FirstName, got.Person.LastName, got.Person.Title, got.Person.Company.Name, got.Person.LinkedIn})
	s.same("entity", []sponsor.Entity{{EntityRef: sponsor.EntityRef{Kind: "account", ID: bruker}, Name: "BRUKER CORP", Role: "Champion", OwnerID: "005Lu0000000002IAA"}}, got.Entities)
	// Again, for something else: the same sponsor.
	s.run("enrol", ingridID, "--entity", "project:apollo", "--role", "Executive").want(0, "Ingrid Solberg: untracked")
	s.run("list").want(0, "BRUKER CORP, project apollo", "Champion, Executive", "1 sponsor\n")
	s.run("detach", ingrid, "--entity", "project:apollo").want(0)
	s.run("detach", ingrid, "--entity", bruker).want(1, "not possible")
	s.run("list").want(0, "BRUKER CORP ")
}

// TestEnrolWithoutACRM takes what it is told.
func TestEnrolWithoutACRM(t *testing.T) {
	s := newShop(t)
	s.run("enrol", "Jane Doe, Acme", "--account", bruker, "--title", "VP Sales", "--location", "Berlin", "--linkedin", "https://de.linkedin.com/in/Jane-Doe/").want(0, "Jane Doe: untracked")
	s.run("show", "https://www.linkedin.com/in/jane-doe").want(0, "VP Sales", "Acme", "Berlin", "untracked since 2026-11-23 08:00", "account "+bruker)
}

// TestEnrolFileKeepsTheGoodRows: each bad row is named by its line.
func TestEnrolFileKeepsTheGoodRows(t *testing.T) {
	s := newShop(t)
	path := s.file("s.csv", "Full Name;Company;E-Mail;Email;Kind;Entity ID;Role\n"+
		"Jane Doe;Acme;x;jane@acme.example;project;apollo;Champion\n;;;;account;"+bruker+";\nJohn Roe;Beta;;;;;\nIda Lee;Acme;;ida@acme.example;planet;mars;\n\"broken")
	s.run("enrol", "--csv", path).want(1, ":3: want a record id, a page, an address, or name with company", ":4: column account_id: want the id of an account",
		":5: entity.kind", "1 sponsor enrolled, 4 rows left out")
	s.same("statuses", map[string]sponsor.Status{"Jane": sponsor.Untracked}, s.statuses())
	s.run("enrol", "--csv", s.file("a.csv", "name\nx\n")).want(2, "no column says of what")
	s.run("enrol", "--csv", s.file("b.csv", "account_id\nx\n")).want(2, "no column says who")
	s.run("enrol", "--csv", s.dir+"/none.csv").want(2, "no such file")
}

// TestSP02BulkLeavesOutAndSaysWhom: each row has its result, and the exit code tells that
// somebody was left out.
func TestSP02BulkLeavesOutAndSaysWhom(t *testing.T) {
	s := tracked(t)
	s.run("stop", mateo).want(0, "Mateo Lindqvist: untracked")
	s.run("start", ingrid, mateo, adaeze).want(1, "Mateo Lindqvist  started", "Ingrid Solberg   left out  the status is tracked", "Adaeze Okonkwo   left out  the status is pending",
		"1 started, 0 as they were, 2 left out")
	// SP03: in progress is shown nowhere, and cannot be stopped.
	if _, shown := s.statuses()["Mateo"]; shown {
		t.Error("a sponsor in progress is listed")
	}
	s.run("stop", mateo).want(1, "not possible", "in-progress")
	s.run("stop", mateo, ingrid).want(1, "Mateo Lindqvist  left out  the status is in-progress", "Ingrid Solberg   stopped", "1 stopped, 0 as they were, 1 left out")
	s.run("stop", ingrid, adaeze).want(0, "Ingrid Solberg  as it was  already stopped", "Adaeze Okonkwo  stopped")
	s.run("work").want(0, "taken up      1 started, 0 chosen")
	s.same("statuses", map[string]sponsor.Status{"Ingrid": sponsor.Untracked, "Mateo": sponsor.Pending, "Adaeze": sponsor.Untracked}, s.statuses())
}

// TestFromStartToTracked goes the way of one sponsor.
func TestFromStartToTracked(t *testing.T) {
	s := enrolled(t)
	f := s.feed(atBruker("Applications Lead", "2026-11-22"))
	s.run("start", ingrid, "--feed", f).want(0, "Ingrid Solberg: match-found", "in:/in/isolberg-demo")
	s.run("suggested", ingridID).want(0, "Applications Lead", "1 sponsor\n")
	s.run("suggested", mateo).want(0, "0 sponsors")
	s.run("find-match", ingrid).want(0, "Ingrid Solberg: pending")
	s.run("work", "--feed", f).want(0, "searched      1: 0 with a match") // it is not suggested again …
	s.run("stop", ingrid).want(0, "Ingrid Solberg: untracked")
	s.run("start", ingrid, "--linkedin", "https://no.linkedin.com/in/isolberg-demo/", "--feed", f).want(0, "match-found") // … unless somebody names the page
	s.run("remove", ingrid).want(0, "Ingrid Solberg: untracked")
	s.run("start", ingrid, "--linkedin", "https://no.linkedin.com/in/isolberg-demo/", "--feed", f).want(0, "match-found")
	s.run("track", ingrid, "--profile", "in:/in/nobody").want(1)
	s.run("track", ingrid).want(0, "Ingrid Solberg: tracked")
	s.run("track", ingrid).want(0, "Ingrid Solberg: tracked") // again is no error
	s.run("start", ingrid).want(1, "not possible")
	s.run("history", ingrid).want(0, "anna", "match-found → tracked", "onward")
}

// TestSP06TrackAllLeavesOut: what has several suggestions waits for a choice.
func TestSP06TrackAllLeavesOut(t *testing.T) {
	s := enrolled(t)
	one := s.feed(atBruker("Applications Lead", "2026-11-22"), atRochester("Core Facility Manager", "2026-11-22"))
	other := s.file("other.csv", "email,linkedin_url,first_name,last_name,company,title\n"+mateo+",,Mateo,Lindqvist,Rochester,Manager\n")
	s.run("start", "--all").want(0)
	s.run("work", "--feed", one, "--feed", other).want(0, "2 with a match")
	s.run("suggested").want(0, "Manager", "Core Facility Man")
	s.run("track", "--all").want(1, "Ingrid Solberg   chosen", "Mateo Lindqvist  left out  several are suggested: track it with --profile", "1 chosen, 0 as they were, 1 left out")
	s.run("track", mateo, "--profile", "in:/in/mlindqvist-demo").want(0, "Mateo Lindqvist: tracked")
	s.run("track", ingrid, adaeze).want(1, "as it was  already chosen", "left out   the status is pending")
}

// TestUpdatesAreSeenAcceptedAndRejected, with the history that they leave.
func TestUpdatesAreSeenAcceptedAndRejected(t *testing.T) {
	s := changed(t)
	s.run("updates").want(0, "Applications Lead → Director Applications", "BRUKER CORP → Thermo Fisher Scientific", "2 sponsors")
	s.run("list", "--status", "tracked").want(0, "2026-11-23  1")
	var all listed
	s.run("updates", "--entity", rochest, "--format", "json").want(0).read(&all)
	u := all.Sponsors[0].Updates[0].ID
	s.run("show", mateo, u).want(0, "Core Facility Manager → Director Core Facilities", "notice to 005Lu0000000002IAA", "waits to be sent")
	s.run("accept", mateo, "--crm", demo).want(0, "Mateo Lindqvist: update "+u+" accepted, 0 open")
	s.run("accept", mateo, u).want(0, "accepted") // again is accepting once
	s.run("reject", mateo, u).want(1, "not possible")
	s.run("accept", mateo).want(1, "has no open update")
	s.run("reject", ingrid).want(0, "rejected, 0 open")
	s.run("show", mateo, u).want(0, "written: Title of 003Lu0000000003IAA", "title accepted")
	s.run("history", "--entity", rochest, "--since", "2026-11-30").want(0, "title accepted", "Core Facility Manager → Director Core Facilities", "2 lines")
	s.run("totals").want(0, "3 sponsors: 2 tracked, 1 no-match-found", "0 updates open; 2 in 7 days, 2 in 30")
	s.run("show", mateo, "u99").want(2, "unknown")
}

// TestSP10AcceptAllListsConflicts: a title that somebody changed in the CRM is left.
func TestSP10AcceptAllListsConflicts(t *testing.T) {
	s := changed(t)
	crmDir := t.TempDir()
	copyCRM(t, demo, crmDir, "Core Facility Manager", "Chief Scientist")
	s.run("accept", "--all", "--crm", crmDir).want(1, "Ingrid Solberg", "accepted", "THE RECORD HOLDS", "Chief Scientist", "1 accepted, 1 in conflict, 0 left out")
	s.run("accept", mateo, "--crm", crmDir).want(1, "Chief Scientist", "nothing was done: accept it with --overwrite, or reject it")
	var v struct{ Conflicts []sponsor.Conflict }
	s.run("accept", mateo, "--crm", crmDir, "--format", "json").want(1).read(&v)
	s.same("conflict", "Chief Scientist", v.Conflicts[0].Current)
	s.run("accept", mateo, "--crm", crmDir, "--overwrite").want(0, "accepted, 0 open")
	s.run("accept", "--all").want(0, "0 accepted, 0 in conflict, 0 left out")
}

// TestSP13SLA names each broken promise.
func TestSP13SLA(t *testing.T) {
	s := tracked(t)
	s.run("sla").want(0, "every promise is kept")
	s.run("stop", adaeze).want(0)
	s.now = s.now.Add(8 * 24 * time.Hour)
	s.run("start", "--all").want(0)
	s.now = s.now.Add(26 * time.Minute)
	s.run("sla").want(1, "in_progress_to_pending", "25 minutes", "1 minute", "changes_of_tracked", "7 days", "3 broken")
	var b struct{ Breaches []sponsor.Breach }
	s.run("sla", "--format", "json").want(1).read(&b)
	s.same("breaches", 3, len(b.Breaches))
}

// TestSP16Gaps: key accounts by the configuration, or named.
func TestSP16Gaps(t *testing.T) {
	s := tracked(t)
	s.run("gaps", "--account", bruker, "--account", dupont).want(0, dupont, "pending", "1 of 2 key accounts without a tracked sponsor")
	s.run("gaps", "--account", bruker, "--account", dupont, "--crm", demo).want(0, "DuPont", "005Lu0000000002IAA")
	config := s.file("onward.yaml", "sponsors:\n  key_accounts: [\"Type = 'Customer'\"]\n")
	var g struct {
		Accounts int
		Gaps     []sponsor.Gap
	}
	s.run("gaps", "--config", config, "--crm", demo, "--format", "json").want(0).read(&g)
	if g.Accounts < 3 || len(g.Gaps) >= g.Accounts {
		t.Errorf("%d gaps of %d accounts", len(g.Gaps), g.Accounts)
	}
	for _, gap := range g.Gaps {
		if gap.Account.ID == bruker || gap.Account.Name == "" || gap.Account.OwnerID == "" {
			t.Errorf("gap %+v", gap)
		}
	}
	s.run("gaps").want(2, "sponsors.key_accounts", "--account ID")
	s.run("gaps", "--config", config).want(2, "which CRM?")
}

// TestGoneTwice: SP07 from the terminal.
func TestGoneTwice(t *testing.T) {
	s := tracked(t)
	s.now = s.now.AddDate(0, 0, 6)
	// A feed that is not complete says nothing of those whom it leaves out.
	s.run("work", "--feed", s.feed(atRochester("Core Facility Manager", "2026-11-28"))).want(0, "read again    1: 0 updates, 0 gone", "put off       1")
	s.same("status", sponsor.Tracked, s.statuses()["Ingrid"])
}

// TestEveryResultIsJSON: --format json gives one document of every command.
func TestEveryResultIsJSON(t *testing.T) {
	s := changed(t)
	for _, args := range [][]string{
		{"list"}, {"show", mateo}, {"suggested"}, {"updates"}, {"history"}, {"history", mateo}, {"totals"}, {"gaps", "--account", bruker}, {"work"},
		{"sla"}, {"accept", "--all"}, {"stop", ingrid, mateo}, {"start", ingrid, mateo}, {"enrol", "x@y.example", "--account", bruker},
		{"enrol", "--csv", s.file("e.csv", "email,account_id\nz@y.example,"+bruker+"\n")}, {"track", "--all"},
	} {
		a := s.run(append(args, "--format", "json")...)
		if a.code > 1 || !json.Valid([]byte(a.out)) {
			t.Errorf("%v: exit code %d, %s%s", args, a.code, a.out, a.trace)
		}
		if strings.Contains(a.out, ": null") {
			t.Errorf("%v: null in %s", args, a.out)
		}
	}
}

// TestErasedPeopleAreNotBroughtBack by a person or by a file.
func TestErasedPeopleAreNotBroughtBack(t *testing.T) {
	s := newShop(t)
	s.run("list").want(0)
	ledger, err := durable.Open(t.Context(), s.dir+"/onward.db", &durable.Options{Now: func() time.Time { return s.now }})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := routing.New(config(), routing.Deps{CRM: crm.NewClient(memcrm.New(nil), nil), Ledger: ledger, Accounts: &mirror.Mirror{}}, &routing.Options{Secret: []byte(secret)})
	if err == nil {
		err = engine.Erase(t.Context(), routing.Event{Person: routing.Person{Email: "jane@acme.example"}})
	}
	if err := errors.Join(err, ledger.Close()); err != nil {
		t.Fatal(err)
	}
	s.run("enrol", "Jane@acme.example", "--account", bruker).want(1, "asked to be forgotten")
	s.environ = nil
	s.run("enrol", "ida@acme.example", "--account", bruker).want(2, "ONWARD_SECRET is not set")
	s.environ = newShop(t).environ
	s.run("enrol", "--csv", s.file("e.csv", "email,account_id\njane@acme.example,"+bruker+"\nida@acme.example,"+bruker+"\n")).want(1, ":2: the person asked to be forgotten", "1 sponsor enrolled, 1 row left out")
}

// config is a policy that is one.
func config() routing.Config {
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = "005Lu0000000002IAA", "005Lu0000000002IAA"
	return cfg
}

// TestProvidersOfTheConfiguration are asked as the files of --feed are.
func TestProvidersOfTheConfiguration(t *testing.T) {
	s := enrolled(t)
	feed := s.feed(atBruker("Applications Lead", "2026-11-22"))
	config := s.file("p.yaml", "providers:\n  files: [{name: people, path: "+feed+"}]\n")
	s.run("start", ingrid, "--config", config).want(0, "Ingrid Solberg: match-found")
	paid := s.file("q.yaml", "providers:\n  people_data_labs: {key_env: NO_SUCH_KEY, credits_per_month: 5}\n")
	s.run("start", mateo, "--config", paid).want(2, "providers.people_data_labs.key_env: NO_SUCH_KEY is not set")
	s.run("list", "--config", paid).want(0) // who asks nobody needs no key
}

// TestWrongUsage: what is wrong is named, and nothing is done.
func TestWrongUsage(t *testing.T) {
	s := enrolled(t)
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"start"}, "want sponsors, or --all"},
		{[]string{"start", "--all", ingrid}, "want sponsors, or --all"},
		{[]string{"start", ingrid, mateo, "--linkedin", "https://www.linkedin.com/in/x"}, "the page of one sponsor"},
		{[]string{"start", ingrid, "--linkedin", "https://example.com/x"}, "linkedin"},
		{[]string{"start", "jane@acme.example"}, "no such sponsor"},
		{[]string{"start", "s00000"}, "no such sponsor"},
		{[]string{"start", "s" + strings.Repeat("f", 32)}, "no such sponsor"},
		{[]string{"start", "Jane"}, "SPONSOR: want an id"},
		{[]string{"start", ingrid, "--feed", "none.csv"}, "--feed"},
		{[]string{"start", ingrid, "--feed", s.file("bad.csv", "colour\nred\n")}, "filefeed: invalid file"},
		{[]string{"track"}, "want sponsors, or --all"},
		{[]string{"track", ingrid, mateo, "--profile", "x"}, "that of one sponsor"},
		{[]string{"accept"}, "want a sponsor, or --all"},
		{[]string{"accept", "--all", "--overwrite"}, "for one update"},
		{[]string{"list", "--status", "flying"}, "--status flying: want one of untracked, pending"},
		{[]string{"list", "--status", "in-progress"}, "want one of"},
		{[]string{"list", "--limit", "-1"}, "--limit -1"},
		{[]string{"list", "--format", "xml"}, "--format xml"},
		{[]string{"list", "--config", s.dir + "/none.yaml"}, "none.yaml"},
		{[]string{"list", "--config", s.file("o.yaml", "sponsors: {refresh_days: 0}\n")}, "sponsors.refresh_days: 0 is not within"},
		{[]string{"history", "--kind", "account"}, "--kind goes with --entity"},
		{[]string{"history", "--since", "yesterday"}, "--since yesterday"},
		{[]string{"detach", ingrid}, "from what?"},
		{[]string{"enrol"}, "want a person, or --csv FILE"},
		{[]string{"enrol", "x@y.example"}, "of what?"},
		{[]string{"enrol", "x@y.example", "--entity", "apollo"}, "of what?"},
		{[]string{"enrol", "x@y.example", "--entity", "planet:mars"}, "entity"},
		{[]string{"fly"}, "unknown command"},
	} {
		s.run(row.args...).want(2, row.want)
	}
	s.same("statuses", map[string]sponsor.Status{"Ingrid": sponsor.Untracked, "Mateo": sponsor.Untracked, "Adaeze": sponsor.Untracked}, s.statuses())
}

// TestIDsMayBeShort as long as they name one sponsor.
func TestIDsMayBeShort(t *testing.T) {
	s := enrolled(t)
	var l listed
	s.run("list", "--format", "json").want(0).read(&l)
	s.run("show", l.Sponsors[0].ID[:7]).want(0, l.Sponsors[0].ID)
	s.run("show", l.Sponsors[0].ID).want(0, l.Sponsors[0].ID)
}
