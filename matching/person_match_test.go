package matching

import (
	"slices"
	"testing"
)

// personCase is one mover, the records of the CRM, and what the answer must
// show.
type personCase struct {
	name    string
	profile func() Profile // Balanced when nil
	person  Person
	records []PersonRecord

	verdict   Verdict
	id        string
	lead      bool
	rule      PersonRule
	decisive  Reason // empty: any
	reasons   []Reason
	others    []string
	namesakes []string
}

func (c personCase) run(t *testing.T) {
	p := Balanced()
	if c.profile != nil {
		p = c.profile()
	}
	got := MatchPerson(p, c.person, c.records)
	if got.Verdict != c.verdict || got.ID != c.id || got.Rule != c.rule || got.Lead != c.lead {
		t.Fatalf("got %s %q lead %v rule %q, want %s %q lead %v rule %q\n%+v",
			got.Verdict, got.ID, got.Lead, got.Rule, c.verdict, c.id, c.lead, c.rule, got)
	}
	if c.decisive != "" && got.Decisive != c.decisive {
		t.Errorf("decisive %s, want %s", got.Decisive, c.decisive)
	}
	for _, r := range c.reasons {
		if !slices.Contains(got.Reasons, r) {
			t.Errorf("reason %s missing in %v", r, got.Reasons)
		}
	}
	if ids := hitIDs(got.Others); !slices.Equal(ids, c.others) {
		t.Errorf("others %v, want %v", ids, c.others)
	}
	if ids := hitIDs(got.Namesakes); !slices.Equal(ids, c.namesakes) {
		t.Errorf("namesakes %v, want %v", ids, c.namesakes)
	}
}

func hitIDs(hits []PersonHit) []string {
	var ids []string
	for _, h := range hits {
		ids = append(ids, h.ID)
	}
	return ids
}

func runPersonCases(t *testing.T, cases []personCase) {
	for _, c := range cases {
		t.Run(c.name, c.run)
	}
}

func contact(id, first, last string, emails ...string) PersonRecord {
	return PersonRecord{ID: id, FirstName: first, LastName: last, Emails: emails}
}

func lead(id, first, last string, emails ...string) PersonRecord {
	r := contact(id, first, last, emails...)
	r.Lead = true
	return r
}

func TestPersonRules(t *testing.T) {
	northwind := Company{Name: "NorthWind", Domain: "northwind.io"}
	petra := Person{FirstName: "Petra", LastName: "Lang", NewEmail: "petra@northwind.io", To: northwind}
	atNorthwind := contact("C1", "Petra", "Lang")
	atNorthwind.Company = "Northwind, Inc."
	elsewhere := lead("L9", "Petra", "Lang")
	elsewhere.Company = "Southwind GmbH"
	byLinkedIn := contact("C0", "Petra", "Long")
	byLinkedIn.LinkedIn, byLinkedIn.Company = "https://www.linkedin.com/in/petra-lang/", "Northwind"
	linked := petra
	linked.LinkedIn = "de.linkedin.com/in/Petra-Lang?trk=x"
	runPersonCases(t, []personCase{
		{
			name: "MP01 e-mail equal", person: petra, records: []PersonRecord{contact("C1", "Petra", "Lang", "petra@northwind.io")},
			verdict: VerdictAuto, id: "C1", rule: RuleEmail, decisive: ReasonEmailEqual,
		}, {
			name: "MP02 name and an address in the domain", person: petra, records: []PersonRecord{lead("L1", "Petra", "Lang", "p.l@northwind.io")},
			verdict: VerdictAuto, id: "L1", lead: true, rule: RuleNameDomain,
		}, {
			name: "MP03 name and similar company", person: Person{FirstName: "Petra", LastName: "Lang", To: Company{Name: "NorthWind"}},
			records: []PersonRecord{atNorthwind, elsewhere},
			verdict: VerdictAuto, id: "C1", rule: RuleNameCompany,
		}, {
			name: "MP04 the first rule wins", person: petra,
			records: []PersonRecord{atNorthwind, lead("L2", "Petra", "Lang", "p.l@northwind.io"), lead("L1", "P.", "Lang", "petra@northwind.io")},
			verdict: VerdictAuto, id: "L1", lead: true, rule: RuleEmail, others: []string{"L2", "C1"},
		}, {
			name: "MP04 same LinkedIn profile at the new company goes before", person: linked,
			records: []PersonRecord{contact("C1", "Petra", "Lang", "petra@northwind.io"), byLinkedIn},
			verdict: VerdictAuto, id: "C0", rule: RuleLinkedIn, others: []string{"C1"},
		}, {
			name: "MP05 contact beats lead", person: petra,
			records: []PersonRecord{lead("L1", "Petra", "Lang", "petra@northwind.io"), contact("C1", "Petra", "Lang", "petra@northwind.io")},
			verdict: VerdictAuto, id: "C1", rule: RuleEmail, decisive: ReasonContactBeatsLead, others: []string{"L1"},
		}, {
			name: "MP06 a contact at the new company is found whatever the strategy creates", person: petra,
			records: []PersonRecord{atNorthwind}, verdict: VerdictAuto, id: "C1", rule: RuleNameCompany,
		},
	})
}

func TestPersonConvertedLeads(t *testing.T) {
	petra := Person{FirstName: "Petra", LastName: "Lang", NewEmail: "petra@northwind.io", To: Company{Name: "Northwind"}}
	converted := lead("L1", "Petra", "Lang", "petra@northwind.io")
	converted.Converted, converted.ConvertedContactID = true, "C5"
	dangling := converted
	dangling.ConvertedContactID = ""
	past := petra
	past.PastIDs = []string{"C5"}
	runPersonCases(t, []personCase{
		{
			name: "MP07 a converted lead stands for its contact", person: petra, records: []PersonRecord{converted},
			verdict: VerdictAuto, id: "C5", rule: RuleEmail, reasons: []Reason{ReasonConvertedLead},
		}, {
			name: "MP07 contact and converted lead are one", person: petra,
			records: []PersonRecord{converted, contact("C5", "Petra", "Lang", "petra@northwind.io")},
			verdict: VerdictAuto, id: "C5", rule: RuleEmail,
		}, {
			name: "MP08 without its contact it is no match", person: petra, records: []PersonRecord{dangling},
			verdict: VerdictNone, decisive: ReasonDanglingConversion, reasons: []Reason{ReasonDanglingConversion},
		}, {
			name: "MP09 a lead converted to the past contact is past", person: past, records: []PersonRecord{converted},
			verdict: VerdictNone, decisive: ReasonPastRecord,
		},
	})
}

func TestMP09PastRecords(t *testing.T) {
	old := contact("C_old", "Jane", "Doe", "jane@gmail.com")
	old.Company, old.AccountID = "Acme", "A1"
	jane := Person{FirstName: "Jane", LastName: "Doe", Emails: []string{"jane@gmail.com"}, To: Company{Name: "Beta"}, ToAccountID: "A2"}
	listed, left := jane, jane
	listed.PastIDs = []string{"C_old"}
	left.FromAccountID = "A1"
	atBeta := contact("C2", "Jane", "Doe", "jane@gmail.com")
	atBeta.AccountID = "A2"
	runPersonCases(t, []personCase{
		{
			name: "MP09 the past record is no duplicate", person: listed, records: []PersonRecord{old},
			verdict: VerdictNone, decisive: ReasonPastRecord,
		},
		{name: "MP09 nor one at the account that is left", person: left, records: []PersonRecord{old}, verdict: VerdictNone, decisive: ReasonPastRecord},
		{name: "MP09 one at the new account is", person: listed, records: []PersonRecord{old, atBeta}, verdict: VerdictAuto, id: "C2", rule: RuleEmail},
	})
}

func TestMP10Namesakes(t *testing.T) {
	c1 := contact("C1", "David", "Kim", "dk1@acme.com")
	c1.LinkedIn = "linkedin.com/in/dkim1"
	david := Person{FirstName: "David", LastName: "Kim", LinkedIn: "linkedin.com/in/davidkim99", To: Company{Name: "Acme", Domain: "acme.com"}}
	runPersonCases(t, []personCase{
		{
			name: "MP10 balanced: another person", person: david, records: []PersonRecord{c1},
			verdict: VerdictNone, decisive: ReasonLinkedInConflict, namesakes: []string{"C1"},
		}, {
			name: "MP10 strict: a person looks", profile: Strict, person: david, records: []PersonRecord{c1},
			verdict: VerdictReview, decisive: ReasonLinkedInConflict, namesakes: []string{"C1"},
		}, {
			name: "MP10 without a profile on the record it is the same", person: david,
			records: []PersonRecord{contact("C1", "David", "Kim", "dk1@acme.com")},
			verdict: VerdictAuto, id: "C1", rule: RuleNameDomain,
		},
	})
}

func TestPersonNames(t *testing.T) {
	acme := Company{Name: "Acme", Domain: "acme.com"}
	yamada := contact("C1", "太郎", "山田", "t.yamada@acme.co.jp")
	yamada.Company = "Acme"
	taro := Person{FirstName: "Taro", LastName: "Yamada", To: Company{Name: "Acme", Domain: "acme.co.jp"}}
	taroMail := taro
	taroMail.NewEmail = "T.Yamada@acme.co.jp"
	madonna := contact("C1", "", "Madonna", "m@acme.com")
	single := Person{LastName: "Madonna", To: acme}
	singleMail := single
	singleMail.NewEmail = "m@acme.com"
	bob := Person{FirstName: "Bob", LastName: "Smith", To: acme}
	robert := []PersonRecord{contact("C1", "Robert", "Smith", "rsmith@acme.com")}
	jose := []PersonRecord{contact("C1", "José", "Núñez", "jn@acme.com")}
	runPersonCases(t, []personCase{
		{name: "MP11 nickname", person: bob, records: robert, verdict: VerdictAuto, id: "C1", rule: RuleNameDomain, reasons: []Reason{ReasonNickname}},
		{name: "MP11 off in strict", profile: Strict, person: bob, records: robert, verdict: VerdictNone},
		{
			name: "MP12 accents", person: Person{FirstName: "Jose", LastName: "Nunez", To: acme}, records: jose,
			verdict: VerdictAuto, id: "C1", rule: RuleNameDomain,
		},
		{
			name: "MP12 accents, all in one field", person: Person{FirstName: "Jose", LastName: "Nunez", To: acme},
			records: []PersonRecord{contact("C1", "", "Núñez, José", "jn@acme.com")},
			verdict: VerdictAuto, id: "C1", rule: RuleNameDomain,
		},
		{name: "MP13 another script by e-mail", person: taroMail, records: []PersonRecord{yamada}, verdict: VerdictAuto, id: "C1", rule: RuleEmail},
		{name: "MP13 another script by name", person: taro, records: []PersonRecord{yamada}, verdict: VerdictNone},
		{
			name: "MP14 transposed", person: Person{FirstName: "Smith", LastName: "Robert", To: acme}, records: robert,
			verdict: VerdictAuto, id: "C1", rule: RuleNameDomain, reasons: []Reason{ReasonNameTransposed},
		},
		{name: "MP17 a single name by name", person: single, records: []PersonRecord{madonna}, verdict: VerdictNone, decisive: ReasonSingleName},
		{name: "MP17 a single name by e-mail", person: singleMail, records: []PersonRecord{madonna}, verdict: VerdictAuto, id: "C1", rule: RuleEmail},
		{name: "nobody", person: Person{To: acme}, records: robert, verdict: VerdictNone, decisive: ReasonInsufficient},
	})
}

func TestPersonAddresses(t *testing.T) {
	office := []PersonRecord{contact("C1", "Acme", "Office", "info@acme.com")}
	jane := func(email string) Person {
		return Person{FirstName: "Jane", LastName: "Doe", NewEmail: email, To: Company{Name: "Acme"}}
	}
	tagged := []PersonRecord{contact("C1", "J.", "D.", "jane.doe+crm@acme.com")}
	noTags := with(func(p *Profile) { p.PlusTags = false })
	runPersonCases(t, []personCase{
		{
			name: "MP15 role address under another name", person: jane("info@acme.com"), records: office,
			verdict: VerdictReview, rule: RuleEmail, decisive: ReasonRoleAddress, others: []string{"C1"},
		}, {
			name: "MP15 role address under the same name", person: jane("info@acme.com"),
			records: []PersonRecord{contact("C1", "Jane", "Doe", "info@acme.com")},
			verdict: VerdictAuto, id: "C1", rule: RuleEmail,
		}, {
			name: "MP15 a certain record goes before a doubtful one", person: jane("info@acme.com"),
			records: append([]PersonRecord{contact("C2", "Jane", "Doe", "jd@acme.com")}, office...),
			verdict: VerdictAuto, id: "C2", rule: RuleNameDomain, others: []string{"C1"},
		},
		{name: "MP16 plus tag folded", person: jane("jane.doe@acme.com"), records: tagged, verdict: VerdictAuto, id: "C1", rule: RuleEmail},
		{name: "MP16 plus tag kept", profile: noTags, person: jane("jane.doe@acme.com"), records: tagged, verdict: VerdictNone},
		{name: "MP16 dots are not folded", person: jane("janedoe@acme.com"), records: tagged, verdict: VerdictNone},
		{
			name: "MP16 but for gmail", person: jane("janedoe@gmail.com"), records: []PersonRecord{contact("C1", "J.", "D.", "jane.doe@googlemail.com")},
			verdict: VerdictAuto, id: "C1", rule: RuleEmail,
		},
		{name: "MP20 case, blanks and full width", person: jane(" Jane.Doe＠ACME.com "), records: []PersonRecord{contact("C1", "J.", "D.", "jane.doe@acme.com")}, verdict: VerdictAuto, id: "C1", rule: RuleEmail},
	})
}

func TestMP18OtherAccount(t *testing.T) {
	old := contact("C1", "Jane", "Doe", "jane.doe@acme.com")
	old.AccountID, old.Company = "A2", "Acme Phoenix"
	moved := Person{FirstName: "Jane", LastName: "Doe", To: Company{Name: "Acme Munich", Domain: "acme.com"}, ToAccountID: "A3"}
	unmatched := moved
	unmatched.ToAccountID, unmatched.FromAccountID = "", "A2"
	there := old
	there.ID, there.AccountID = "C2", "A3"
	twin := old
	twin.Company = "Acme Munich GmbH"
	runPersonCases(t, []personCase{
		{name: "MP18 the domain is the group's, the account another", person: moved, records: []PersonRecord{old}, verdict: VerdictNone, decisive: ReasonOtherAccount},
		{name: "MP18 the account is the one that is left", person: unmatched, records: []PersonRecord{old}, verdict: VerdictNone},
		{name: "MP18 on the new account it is a duplicate", person: moved, records: []PersonRecord{old, there}, verdict: VerdictAuto, id: "C2", rule: RuleNameDomain},
		{
			name: "MP18 another account of the same name asks a person", person: moved, records: []PersonRecord{twin},
			verdict: VerdictReview, rule: RuleNameDomain, decisive: ReasonOtherAccount, others: []string{"C1"},
		},
	})
}

func TestMP19Newest(t *testing.T) {
	record := func(id, created string) PersonRecord {
		r := contact(id, "Ann", "Lee")
		r.AccountID = "A1"
		if created != "" {
			r.CreatedAt = day(created)
		}
		return r
	}
	ann := Person{FirstName: "Ann", LastName: "Lee", To: Company{Name: "Acme"}, ToAccountID: "A1"}
	runPersonCases(t, []personCase{
		{
			name: "MP19 the newest wins", person: ann,
			records: []PersonRecord{record("C1", "2020-01-01"), record("C2", "2024-01-01"), record("C3", "2022-01-01")},
			verdict: VerdictAuto, id: "C2", rule: RuleNameCompany, decisive: ReasonNewest, others: []string{"C3", "C1"},
		}, {
			name: "MP19 of equal age the lowest id", person: ann, records: []PersonRecord{record("C2", ""), record("C1", "")},
			verdict: VerdictAuto, id: "C1", rule: RuleNameCompany, decisive: ReasonLowestID, others: []string{"C2"},
		},
	})
}

// A same-named record at a company that may be the new one is held.
func TestDoubtfulCompanyIsHeld(t *testing.T) {
	r := contact("C1", "Ann", "Lee")
	r.Company, r.CompanyDomains = "Acme", "acme.de"
	similar := contact("C1", "Ann", "Lee")
	similar.Company = "Acme Consulting"
	ann := Person{FirstName: "Ann", LastName: "Lee", To: Company{Name: "Acme", Domain: "acme.com"}}
	runPersonCases(t, []personCase{
		{name: "equal name, other domain", person: ann, records: []PersonRecord{r}, verdict: VerdictReview, rule: RuleNameCompany, decisive: ReasonCompanyUncertain, others: []string{"C1"}},
		{name: "similar name", person: ann, records: []PersonRecord{similar}, verdict: VerdictReview, rule: RuleNameCompany, decisive: ReasonCompanyUncertain, others: []string{"C1"}},
	})
}
