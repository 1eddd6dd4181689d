package track_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/track"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/tracking"
)

// deal is an opportunity of the CRM of a test, with the people who had a part in it.
type deal struct {
	facts string // closed, won, probability
	roles string // people with their roles: "ann:Evaluator bob"
}

// crm writes a CRM with these deals at one account; people are contacts by name.
func (b *bench) crm(deals ...deal) {
	b.Helper()
	ids := map[string]string{}
	contacts := "Id,FirstName,LastName,AccountId,Email\n"
	opportunities := "Id,Name,AccountId,StageName,IsClosed,IsWon,Probability,CloseDate\n"
	roles := "Id,OpportunityId,ContactId,Role\n"
	n := 0
	for i, d := range deals {
		facts := strings.Fields(d.facts)
		opportunity := fmt.Sprintf("006Lu000000000%dIAA", i+1)
		opportunities += fmt.Sprintf("%s,Deal %d,001Lu0000000001IAA,Stage,%s,%s,%s,2026-10-01\n", opportunity, i+1, facts[0], facts[1], facts[2])
		for _, who := range strings.Fields(d.roles) {
			name, role, _ := strings.Cut(who, ":")
			if ids[name] == "" {
				ids[name] = fmt.Sprintf("003Lu000000000%dIAA", len(ids)+1)
				contacts += fmt.Sprintf("%s,%s,Lee,001Lu0000000001IAA,%s@acme.com\n", ids[name], name, name)
			}
			n++
			roles += fmt.Sprintf("00KLu000000000%dMAA,%s,%s,%s\n", n, opportunity, ids[name], role)
		}
	}
	b.file("crm/Account.csv", "Id,Name\n001Lu0000000001IAA,Acme\n")
	b.file("crm/User.csv", "Id,FirstName,LastName,Name,IsActive\n005Lu0000000001IAA,Rae,Rep,Rae Rep,true\n005Lu0000000002IAA,Sam,Rep,Sam Rep,true\n")
	b.file("crm/Contact.csv", contacts)
	b.file("crm/Opportunity.csv", opportunities)
	b.file("crm/OpportunityContactRole.csv", roles)
}

// under is who counts under what, as "ann closed_won, bob open_opp".
func (b *bench) under() string {
	b.Helper()
	var got struct {
		People []struct {
			Person struct {
				FirstName string `json:"first_name"`
			}
			Relationship string
		}
	}
	b.read("list", &got)
	var out []string
	for _, p := range got.People {
		out = append(out, p.Person.FirstName+" "+p.Relationship)
	}
	return strings.Join(out, ", ")
}

// TestTR03TR04TR05TR07AutomaticImports: each deal with its predicate, by default and with
// the preset is-won.
func TestTR03TR04TR05TR07AutomaticImports(t *testing.T) {
	for name, tt := range map[string]struct {
		deals              []deal
		probability, isWon string
	}{
		"TR03 won at 90":        {[]deal{{"true true 90", "ann"}}, "", "ann closed_won"},
		"TR04 lost at 30":       {[]deal{{"true false 30", "ann"}}, "", "ann closed_lost"},
		"TR05 won at 0":         {[]deal{{"true true 0", "ann"}}, "ann closed_lost", "ann closed_won"},
		"TR07 two roles":        {[]deal{{"false false 50", "ann"}, {"true true 100", "ann"}}, "ann closed_won", "ann closed_won"},
		"open, won and nothing": {[]deal{{"false false 50", "ann"}, {"true true 100", "bob cid"}}, "ann open_opp, bob closed_won, cid closed_won", "ann open_opp, bob closed_won, cid closed_won"},
	} {
		t.Run(name, func(t *testing.T) {
			for preset, want := range map[string]string{"probability": tt.probability, "is-won": tt.isWon} {
				b := newBench(t)
				b.crm(tt.deals...)
				b.done("import --automatic --activate --crm $DIR/crm --preset " + preset)
				if got := b.under(); got != want {
					t.Errorf("%s: %q, want %q", preset, got, want)
				}
			}
		})
	}
}

// TestTR06TR11ListsAreFollowed: a deal that is lost later moves its people, with the same
// credit; who is no longer there ceases to count after the days of grace, and is back with
// the history.
func TestTR06TR11ListsAreFollowed(t *testing.T) {
	b := newBench(t)
	b.file("onward.yaml", `
tracking:
  relationships:
    - { id: closed_won, name: Closed Won Opp Contact }
    - { id: open_opp, name: Open Opp Contact }
    - { id: closed_lost, name: Closed Lost Opp Contact, grace_days: 5 }
  imports: [{ id: crm, kind: automatic, preset: is-won }]
`)
	take := "import crm --activate --crm $DIR/crm --config $DIR/onward.yaml"
	b.crm(deal{"false false 50", "ann bob"})
	b.done(take)
	b.now = b.now.AddDate(0, 0, 1)
	b.crm(deal{"true false 0", "ann bob"})
	b.done(take)
	if got := b.under(); got != "ann closed_lost, bob closed_lost" {
		t.Errorf("after the deal was lost: %s", got)
	}
	b.shows("credits --months 1", "MONTH TRACKED STARTED ENDED AT END MOST JOB CHANGES", "2026-11 0 2 0 2 2 0",
		"RELATIONSHIP TRACKED AT END JOB CHANGES", "closed_lost 2 0")
	b.now = b.now.AddDate(0, 0, 1)
	b.crm(deal{"true false 0", "ann"})
	if out := b.done(take); !strings.Contains(out, "people of this list: 0 new, 0 back, 1 there before, 1 gone\ntracked credits: 2 before, 2 now\n") {
		t.Errorf("bob has left, with days of grace:\n%s", out)
	}
	b.now = b.now.AddDate(0, 0, 6)
	b.done(take)
	if got := b.under(); got != "ann closed_lost" {
		t.Errorf("after the days of grace: %s", got)
	}
	b.shows("find bob@acme.com", "bob Lee, Acme", "not tracked", "IMPORT RELATIONSHIP SINCE LEFT", "crm closed_lost 2026-11-22 2026-11-23", "crm open_opp 2026-11-21 2026-11-22")
	b.crm(deal{"true false 0", "ann bob"})
	if out := b.done(take); !strings.Contains(out, "0 new, 1 back, 1 there before, 0 gone") {
		t.Errorf("bob is back:\n%s", out)
	}
}

// TestCustomersComeFromAFileOfAccounts: bad ids are told, and the good ones taken.
func TestCustomersComeFromAFileOfAccounts(t *testing.T) {
	b := newBench(t)
	b.crm(deal{"false false 50", "ann"})
	b.file("crm/Contact.csv", "Id,FirstName,LastName,AccountId,Email\n003Lu0000000001IAA,ann,Lee,001Lu0000000001IAA,ann@acme.com\n003Lu0000000009IAA,zoe,Lee,001Lu0000000001IAA,zoe@acme.com\n")
	b.file("customers.csv", "Account ID\n001Lu0000000001\n00Q\n")
	r := b.run("import --automatic --accounts $DIR/customers.csv --crm $DIR/crm --activate")
	if r.code != exit.CodeLeft || !strings.Contains(r.stderr, "1 row of "+b.dir+"/customers.csv left out, 1 account good:\n  row 3: unreadable_row: want the id of an account") {
		t.Errorf("%+v", r)
	}
	if got := b.under(); got != "ann open_opp, zoe customer" {
		t.Errorf("%s", got)
	}
	b.fails("import --automatic --accounts $DIR/crm/User.csv --crm $DIR/crm", exit.CodeLeft, "2 rows of")
}

// TestMissingCustomers: contacts of the accounts of a file, before it was taken in and,
// whatever becomes of the file, afterwards.
func TestMissingCustomers(t *testing.T) {
	b := newBench(t)
	b.crm(deal{"false false 50", "ann"})
	b.file("customers.csv", "Account ID\n001Lu0000000001\n00Q\n")
	b.file("onward.yaml", "tracking: { imports: [{ id: crm, kind: automatic, accounts_file: "+b.dir+"/customers.csv }] }\n")
	missing := "missing --crm $DIR/crm --config $DIR/onward.yaml"
	var got []tracking.Champion
	if b.read(missing, &got); len(got) != 1 || len(got[0].Deals) != 2 {
		t.Errorf("before: %+v", got)
	}
	service, err := track.NewService(track.ServiceOptions{Store: b.open().Contacts, Secret: b.secret, Now: func() time.Time { return b.now }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := settings.Load(b.dir+"/onward.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	lists := track.Lists{Contacts: service, Store: b.open().Contacts, Settings: s.Tracking, Sources: track.Sources{CRM: func(context.Context) (track.Reader, error) {
		db, _, err := memcrm.Load(b.dir+"/crm", nil)
		return crm.NewClient(db, nil), err
	}}}
	r, err := lists.Take(t.Context(), "crm", true)
	if err != nil || len(r.Problems) != 1 || r.Problems[0].Row != 3 || r.Rows != 2 || r.After != 1 {
		t.Errorf("taken in: %+v, %v", r, err)
	}
	if _, err := lists.Take(t.Context(), "nps", true); !errors.Is(err, track.ErrNoImport) {
		t.Errorf("an unknown list: %v", err)
	}
	b.file("customers.csv", "")
	b.done("untrack ann@acme.com --relationship customer")
	b.done("untrack ann@acme.com --relationship open_opp")
	if b.read(missing, &got); len(got) != 1 || len(got[0].Deals) != 2 {
		t.Errorf("after: %+v", got)
	}
}

// TestTR14MissingChampions: four people of won deals, one of them tracked.
func TestTR14MissingChampions(t *testing.T) {
	b := newBench(t)
	b.crm(deal{"true true 100", "ann:Evaluator bob:Champion"}, deal{"true true 100", "cid:Buyer dee bob:User"}, deal{"true true 40", "eve"})
	b.people("users.csv", "ann")
	b.done("import --csv $DIR/users.csv --relationship user --activate")
	titles := "PERSON E-MAIL ACCOUNT OPPORTUNITY ROLE WOULD BE"
	bob := []string{"bob Lee bob@acme.com Acme Deal 1 Champion closed_won", "Acme Deal 2 User closed_won"}
	cid, dee := "cid Lee cid@acme.com Acme Deal 2 Buyer closed_won", "dee Lee dee@acme.com Acme Deal 2 closed_won"
	b.shows("missing --crm $DIR/crm", titles, bob[0], bob[1], cid, dee, "3 people are missing")
	b.done("dismiss cid@acme.com --reason retired")
	b.now = b.now.AddDate(0, 3, 0)
	b.shows("missing --crm $DIR/crm", titles, bob[0], bob[1], dee, "2 people are missing")
	b.shows("missing --crm $DIR/crm --preset is-won", titles, bob[0], bob[1], dee, "eve Lee eve@acme.com Acme Deal 3 closed_won", "3 people are missing")
	b.done(`dismiss "Dee Lee, Acme"`)
	b.shows("missing --crm $DIR/crm", titles, bob[0], bob[1], dee, "2 people are missing") // she is known by more than a name
	b.done("dismiss 003Lu0000000004IAA")
	b.done("import --automatic --crm $DIR/crm --activate")
	b.shows("missing --crm $DIR/crm", "nobody is missing")
	b.fails("dismiss somebody", exit.CodeUsage, "PERSON: want")
}

// TestTR12Untrack: by hand, from one or from all, remembered and taken back.
func TestTR12Untrack(t *testing.T) {
	b := newBench(t)
	b.people("a.csv", "ann", "bob")
	b.people("b.csv", "ann")
	b.done("import --csv $DIR/a.csv --relationship user --activate")
	b.done("import --csv $DIR/b.csv --relationship closed_won --activate")
	b.shows("untrack ann@acme.com --relationship closed_won", "taken out of closed_won")
	b.shows("find ann@acme.com", "ann@acme.com", "tracked under user", "IMPORT RELATIONSHIP SINCE LEFT", "a user 2026-11-21", "b closed_won 2026-11-21")
	b.shows("untrack ann@acme.com --all", "taken out of closed_won, user")
	if out := b.done("import --csv $DIR/a.csv --relationship user --activate"); !strings.Contains(out, "1 now") {
		t.Errorf("a list has brought her back:\n%s", out)
	}
	b.shows("retrack ann@acme.com", "lists that name them count again")
	b.shows("find ann@acme.com", "ann@acme.com", "tracked under closed_won, then user", "IMPORT RELATIONSHIP SINCE LEFT", "a user 2026-11-21", "b closed_won 2026-11-21")
	b.fails("retrack ann@acme.com", exit.CodeLeft, "nobody like that was taken out by hand")
	b.fails("untrack zoe@acme.com --all", exit.CodeLeft, "no list names this person")
	b.fails("find zoe@acme.com", exit.CodeLeft, "no list names this person")
}
