package track_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/tracking"
)

// lists are those of TR01: 10 rows for 8 people, and 6 of whom 3 are among them.
func (b *bench) lists() {
	b.Helper()
	b.people("won.csv", "a", "b", "c", "d", "e", "f", "g", "h", "a", "b")
	b.people("users.csv", "a", "b", "c", "x", "y", "z")
}

const header = "RELATIONSHIP IN REPORT UNIQUE TRACKING IMPORTING"

// nothing are the rows of relationships that nobody is in.
var nothing = []string{"power_user 0 0 0 no", "open_opp 0 0 0 no", "closed_lost 0 0 0 no", "customer 0 0 0 no"}

// TestTR01CountedFirstAndTakenIn: a dry count tells what an import then does, and changes
// nothing itself.
func TestTR01CountedFirstAndTakenIn(t *testing.T) {
	b := newBench(t)
	b.lists()
	b.done("import --csv $DIR/won.csv --relationship closed_won --activate")
	counters := []string{header, "closed_won 10 8 8 no", nothing[0], "user 6 6 3 no", nothing[1], nothing[2], nothing[3]}
	b.shows("import --csv $DIR/users.csv --relationship user", append([]string{
		"users (csv): dry count, nothing is changed", "6 rows read: 6 good, 0 left out", "tracked credits: 8 before, 11 with it",
	}, append(counters, "to take it in, say it again with --activate")...)...)
	if out := b.done("relationships"); !strings.Contains(out, "tracked credits: 8\n") || strings.Contains(out, "users") {
		t.Errorf("after a dry count:\n%s", out)
	}
	b.shows("import --csv $DIR/users.csv --relationship user --activate", append([]string{
		"users (csv): taken in", "6 rows read: 6 good, 0 left out", "people of this list: 6 new, 0 back, 0 there before, 0 gone",
		"tracked credits: 8 before, 11 now",
	}, counters...)...)
	b.shows("import --csv $DIR/users.csv --relationship user --activate", append([]string{
		"users (csv): taken in", "6 rows read: 6 good, 0 left out", "people of this list: 0 new, 0 back, 6 there before, 0 gone",
		"tracked credits: 11 before, 11 now",
	}, counters...)...)
	b.shows("relationships",
		"RANK ID NAME IN REPORT UNIQUE TRACKING IMPORTING CYCLE GRACE DUE",
		"1 closed_won Closed Won Opp Contact 10 8 8 no weekly 0 now",
		"2 power_user Admin/Power User 0 0 0 no weekly 0 now",
		"3 user User 6 6 3 no weekly 0 now",
		"4 open_opp Open Opp Contact 0 0 0 no weekly 0 now",
		"5 closed_lost Closed Lost Opp Contact 0 0 0 no weekly 0 now",
		"6 customer Customer Contact 0 0 0 no weekly 0 now",
		"tracked credits: 11",
		"IMPORT NAME KIND RELATIONSHIP FROM ACTIVE READ ON",
		"won csv closed_won "+clipped(b.dir+"/won.csv", 19)+" yes 2026-11-21",
		"users csv user "+clipped(b.dir+"/users.csv", 19)+" yes 2026-11-21")
}

// clipped is a text as a column of so many cells shows it.
func clipped(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most-1] + "…"
}

// TestTR02Rerank: the ranking moves people, and no credit.
func TestTR02Rerank(t *testing.T) {
	b := newBench(t)
	b.lists()
	b.done("import --csv $DIR/won.csv --relationship closed_won --activate")
	b.done("import --csv $DIR/users.csv --relationship user --activate")
	b.shows("rerank user", header, "user 6 6 6 no", "closed_won 10 8 5 no", nothing[0], nothing[1], nothing[2], nothing[3])
	b.shows("credits --months 1", "MONTH TRACKED STARTED ENDED AT END MOST JOB CHANGES", "2026-11 0 11 0 11 11 0",
		"RELATIONSHIP TRACKED AT END JOB CHANGES", "closed_won 5 0", "user 6 0")
	b.fails("rerank vip", exit.CodeUsage, `order: "vip" is no relationship`)
	b.fails("rerank user user", exit.CodeUsage, `order: "user" is there twice`)
	b.fails("rerank", exit.CodeUsage, "which first?")
}

// TestTheConfigurationRanks: where it does, nobody else may; whoever changes something
// brings the database in line with it.
func TestTheConfigurationRanks(t *testing.T) {
	b := newBench(t)
	b.lists()
	b.done("import --csv $DIR/won.csv --relationship closed_won --activate")
	b.file("onward.yaml", `
relationships: [NPS 8 or more, Closed Won Opp Contact, User]
tracking:
  relationships:
    - { id: nps, name: NPS 8 or more, cycle: monthly, grace_days: 7 }
    - { id: closed_won, name: Closed Won Opp Contact }
  imports:
    - { id: survey, name: The survey, kind: csv, relationship: nps, ref: `+b.dir+`/users.csv, mapping: { email: email } }
`)
	b.fails("rerank closed_won --config $DIR/onward.yaml", exit.CodeUsage, "the configuration ranks the relationships: change the order of tracking.relationships")
	if out := b.done("relationships --config $DIR/onward.yaml"); strings.Contains(out, "nps") {
		t.Errorf("looking has changed the ranking:\n%s", out)
	}
	b.shows("import survey --activate --config $DIR/onward.yaml",
		"survey (csv): taken in", "6 rows read: 6 good, 0 left out", "people of this list: 6 new, 0 back, 0 there before, 0 gone",
		"tracked credits: 8 before, 11 now", header, "nps 6 6 6 no", "closed_won 10 8 5 no")
	b.file("onward.yaml", `
relationships: [NPS 8 or more, Closed Won Opp Contact, User]
tracking:
  relationships: [{ id: nps, name: NPS 8 or more, cycle: monthly, grace_days: 7 }, { id: closed_won, name: Closed Won Opp Contact, cycle: weekly }]
`)
	if r := b.run("rerank --config $DIR/onward.yaml"); r.code != exit.CodeDone || r.stderr != "" {
		t.Errorf("the same ranking, in other words: %+v", r)
	}
	b.file("onward.yaml", "tracking: {relationships: [{id: closed_won, name: Closed Won Opp Contact}]}")
	b.fails("rerank --config $DIR/onward.yaml", exit.CodeUsage, "relationships: import survey feeds one that is left out; deactivate it first")
	b.shows("deactivate survey --config $DIR/onward.yaml", "survey is over; tracked credits: 8", header, "nps 0 0 0 no", "closed_won 10 8 8 no")
	b.shows("rerank --config $DIR/onward.yaml", header, "closed_won 10 8 8 no")
	b.fails("deactivate survey2", exit.CodeUsage, "import: there is no survey2")
}

// TestTR08BadRowsAreToldAndGoodOnesGoIn.
func TestTR08BadRowsAreToldAndGoodOnesGoIn(t *testing.T) {
	b := newBench(t)
	b.file("nps.csv", "First Name,Last Name,Company,Email\nAnn,Lee,Acme,ann@acme.com\nBob,Reed,Beta,\nCy,,,\n,,,info@gamma.com\nDi,Moe,Delta\n,,,not an address\n")
	r := b.run("import --csv $DIR/nps.csv --relationship user --activate")
	if r.code != exit.CodeLeft || !strings.Contains(r.stdout, "6 rows read: 2 good, 4 left out\n") {
		t.Errorf("exit code %d:\n%s", r.code, r.stdout)
	}
	for _, want := range []string{
		"4 rows of nps left out, 2 rows good:\n", "  row 4: no_identity: needs an e-mail address", "  row 5: role_address_only: ", "  row 6: unreadable_row: ",
		"  row 7: email_unreadable: ",
	} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("%q is missing in\n%s", want, r.stderr)
		}
	}
	if strings.Contains(r.stderr, "gamma.com") {
		t.Errorf("values of rows are told:\n%s", r.stderr)
	}
	b.shows("list", "PERSON TITLE COMPANY E-MAIL COUNTS UNDER ALSO", "Ann Lee Acme ann@acme.com user", "Bob Reed Beta user", "2 people")
	b.file("none.csv", "Email\ninfo@acme.com\n")
	r = b.run("import --csv $DIR/none.csv --relationship user --activate")
	if r.code != exit.CodeLeft || !strings.Contains(r.stderr, "no row could be taken") || r.stdout != "" {
		t.Errorf("no good row: %+v", r)
	}
}

// TestTR09Encodings: one list in the encodings and separators of the world; what was
// garbled before is refused, row by row.
func TestTR09Encodings(t *testing.T) {
	const text = "Vorname;Nachname;Firma;E-Mail\r\nJosé;Núñez;Beta Labs;jose@beta.com\r\n"
	for name, file := range map[string]string{
		"UTF-8, BOM, semicolons, CRLF": "\xef\xbb\xbf" + text,
		"Latin-1":                      strings.NewReplacer("é", "\xe9", "ú", "\xfa", "ñ", "\xf1").Replace(text),
		"tabs":                         strings.ReplaceAll(text, ";", "\t"),
		"commas":                       strings.ReplaceAll(text, ";", ","),
		"UTF-16":                       utf16(text),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.file("list.csv", file)
			b.done("import --csv $DIR/list.csv --relationship user --activate")
			var got struct {
				People []struct{ Person tracking.Person }
			}
			b.read("list", &got)
			if len(got.People) != 1 || got.People[0].Person.LastName != "Núñez" || got.People[0].Person.FirstName != "José" {
				t.Errorf("%+v", got)
			}
		})
	}
	b := newBench(t)
	b.file("list.csv", text+"JosÃ©;NÃºÃ±ez;Beta;x@beta.com\r\n")
	r := b.run("import --csv $DIR/list.csv --relationship user --activate")
	if r.code != exit.CodeLeft || !strings.Contains(r.stderr, "row 3: garbled_text: ") || !strings.Contains(r.stdout, "1 good, 1 left out") {
		t.Errorf("garbled: %+v", r)
	}
}

// utf16 is a text in UTF-16 with a byte order mark, as spreadsheets write it.
func utf16(s string) string {
	out := "\xff\xfe"
	for _, r := range s {
		out += string([]byte{byte(r), byte(r >> 8)})
	}
	return out
}

// TestImportsThatCannotBe: each says what is wrong and what to do, and nothing changes.
func TestImportsThatCannotBe(t *testing.T) {
	b := newBench(t)
	b.people("a.csv", "a")
	b.file("odd.csv", "Email,Email\na@acme.com,b@acme.com\n")
	b.file("bare.csv", "Shoe Size\n44\n")
	b.file("nothing.csv", "")
	for _, tt := range []struct{ args, want string }{
		{"import", "which list? want one of --csv, --report, --list and --automatic, or an import"},
		{"import nps", "no import is called nps"},
		{"import --csv $DIR/a.csv --automatic", "which list? want one of"},
		{"import nps --csv $DIR/a.csv --relationship user", "for a new one say --id instead"},
		{"import --csv $DIR/a.csv", "--relationship: want what the people of the list are to you"},
		{"import --csv $DIR/a.csv --relationship vip", `relationship: "vip" is no relationship; there are closed_won, power_user, user`},
		{"import --csv $DIR/a.csv --relationship user --preset is-won", "--preset and --accounts go with --automatic"},
		{"import --csv $DIR/a.csv --relationship user --map mail=Email", "--map mail=Email: want FIELD=COLUMN, with a FIELD of first_name, last_name"},
		{"import --csv $DIR/a.csv --relationship user --map email=Mail", `mapping: there is no column "Mail" (email); the columns are "Email"`},
		{"import --csv $DIR/nowhere.csv --relationship user", "nowhere.csv"},
		{"import --csv $DIR/nothing.csv --relationship user", "nothing.csv"},
		{"import --csv $DIR/odd.csv --relationship user", "odd.csv"},
		{"import --csv $DIR/bare.csv --relationship user", `no column is mapped by which people are known: map email, or first_name, last_name and company; the columns are "Shoe Size"`},
		{"import --csv $DIR/a.csv --relationship user --id BIG", `id: "BIG": want 1 to 64 of a-z`},
		{"import --report 00Oxx0000000001 --relationship user", "--id: want a name for the import"},
		{"import --report 00Oxx0000000001 --id r --relationship user --crm ../demo/crm", "reports are read from Salesforce"},
		{"import --report 17 --id r --relationship user --map email=Email", `report: "17" is a number, as HubSpot lists have`},
		{"import --report 001xx0000000001 --id r --relationship user --map email=Email", `report: "001xx0000000001" is the id of an account`},
		{"import --report 00Oxx00 --id r --relationship user --map email=Email", `report: "00Oxx00" has 7 characters, a report's id 15 or 18`},
		{"import --list 00Oxx0000000001 --id l --relationship user", `list: "00Oxx0000000001" is the id of a Salesforce report`},
		{"import --list 17 --id l --relationship user", "lists are read from HubSpot: want adapter.hubspot.token_env"},
		{"import --automatic", "which CRM? want --crm DIR"},
		{"import --automatic --preset won --crm ../demo/crm", `preset: "won": want probability or is-won`},
		{"import --automatic --map email=Email --crm ../demo/crm", "--map goes with a list"},
		{"import --csv $DIR/a.csv --relationship user --format xml", "--format xml: want table or json"},
		{"list --relationship vip", `relationship: "vip" is no relationship`},
		{"list --limit -1", "--limit -1: want 0 or more"},
		{"credits --months 0", "--months 0: want 1 to 120"},
		{"find nobody", "PERSON: want an e-mail address, a LinkedIn page"},
		{"untrack a@acme.com", "of which relationship? want --relationship ID, or --all"},
		{"untrack a@acme.com --all --relationship user", "of which relationship?"},
		{"relationships --config $DIR/nowhere.yaml", "nowhere.yaml"},
	} {
		b.fails(tt.args, exit.CodeUsage, tt.want)
	}
	if out := b.done("relationships"); !strings.Contains(out, "tracked credits: 0\n") || strings.Contains(out, "IMPORT  ") {
		t.Errorf("something was kept:\n%s", out)
	}
	b.secret = ""
	b.fails("relationships", exit.CodeUsage, "ONWARD_SECRET is not set: want the key of the database's hashes")
	b.secret = "short"
	b.fails("relationships", exit.CodeUsage, "ONWARD_SECRET has fewer than 16 bytes")
}

// TestColumnsAreMappedByHand: where the guess would be wrong.
func TestColumnsAreMappedByHand(t *testing.T) {
	b := newBench(t)
	b.file("odd.csv", "Wer,Wo,Post,Zweite Post\nAnn Lee,Acme,ann@acme.com,ann@home.example; al@home.example\n")
	b.done(`import --csv $DIR/odd.csv --relationship user --map full_name=Wer --map company=Wo --map email=Post --map other_emails="Zweite Post" --activate`)
	var got struct {
		People []struct{ Person tracking.Person }
	}
	b.read("list", &got)
	want := []string{"ann@acme.com", "ann@home.example", "al@home.example"}
	if p := got.People[0].Person; p.LastName != "Lee" || p.Company.Name != "Acme" || cmp.Diff(want, p.Emails) != "" {
		t.Errorf("%+v", p)
	}
}
