package tracking_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

func company(name, domain string) matching.Company {
	return matching.Company{Name: name, Domain: domain}
}

func at(name, title string) *tracking.Position {
	return &tracking.Position{Company: company(name, ""), Title: title}
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func account(id, root string) tracking.AccountRef { return tracking.AccountRef{ID: id, Root: root} }

// acquisitions is a profile in which Microsoft bought Deis.
func acquisitions() matching.Profile {
	p := matching.Balanced()
	p.Acquisitions = []matching.Acquisition{{Name: "Deis", Domain: "deis.com", ByName: "Microsoft", ByDomain: "microsoft.com", On: day("2017-04-10")}}
	return p
}

func TestClassify(t *testing.T) {
	current := func(name string, kind tracking.PositionKind) tracking.Position {
		return tracking.Position{Company: company(name, ""), Kind: kind, Current: true}
	}
	acme2021 := tracking.Position{Company: company("Acme", ""), StartedOn: day("2021-01-01"), EndedOn: day("2023-05-31")}
	deis := tracking.Position{Company: company("Deis", "deis.com"), Title: "Engineer", StartedOn: day("2016-03-01")}
	microsoft := func(title, start string) *tracking.Position {
		return &tracking.Position{Company: company("Microsoft", "microsoft.com"), Title: title, StartedOn: day(start)}
	}
	tests := []struct {
		name    string
		o       tracking.Observation
		want    tracking.Kind
		dual    bool
		reasons []tracking.Reason
	}{
		{"RT09 from child to parent", tracking.Observation{From: at("Acme Labs", "Engineer"), To: at("Acme", "Engineer"), FromAccount: account("A2", "A1"), ToAccount: account("A1", "A1")},
			tracking.InternalMove, false, []tracking.Reason{tracking.ReasonSameHierarchy}},
		{"RT09 from child to parent with one domain", tracking.Observation{
			From: &tracking.Position{Company: company("Acme UK", "acme.com")}, To: &tracking.Position{Company: company("Acme", "acme.com")}, FromAccount: account("A2", "A1"), ToAccount: account("A1", "")},
			tracking.InternalMove, false, []tracking.Reason{tracking.ReasonSameHierarchy}},
		{"RT09 other roots", tracking.Observation{From: at("Initech", ""), To: at("Acme", ""), FromAccount: account("A2", "A3"), ToAccount: account("A1", "A1")},
			tracking.Moved, false, []tracking.Reason{tracking.ReasonOtherCompany}},

		{"RT20 by the history", tracking.Observation{From: at("Beta", ""), To: &tracking.Position{Company: company("Acme", ""), StartedOn: day("2026-11-01")}, History: []tracking.Position{acme2021}},
			tracking.Boomerang, false, []tracking.Reason{tracking.ReasonBeenThereBefore, tracking.ReasonOtherCompany}},
		{"RT20 by the old record", tracking.Observation{From: at("Beta", ""), To: at("Acme", ""), PriorAtDestination: true},
			tracking.Boomerang, false, []tracking.Reason{tracking.ReasonOldRecordAtDestination, tracking.ReasonOtherCompany}},
		{"RT20 the past record is the marked one", tracking.Observation{To: at("Acme Inc.", ""), Past: &tracking.PastRecord{Company: company("Acme", ""), Left: true}},
			tracking.Boomerang, false, []tracking.Reason{tracking.ReasonOldRecordAtDestination, tracking.ReasonSameCompany}},
		{"RT20 the marked record by its account", tracking.Observation{To: at("", ""), ToAccount: account("A1", ""), Past: &tracking.PastRecord{AccountID: "A1", Left: true}},
			tracking.Boomerang, false, []tracking.Reason{tracking.ReasonOldRecordAtDestination, tracking.ReasonSameCompany}},
		{"RT20 not when the history is the new position", tracking.Observation{
			From: at("Beta", ""), To: &tracking.Position{Company: company("Acme", ""), StartedOn: day("2026-11-01")},
			History: []tracking.Position{{Company: company("Acme", ""), StartedOn: day("2026-11-01")}}},
			tracking.Moved, false, []tracking.Reason{tracking.ReasonOtherCompany}},
		{"RT20 back as an adviser beside the job", tracking.Observation{
			From: at("Beta", ""), To: &tracking.Position{Company: company("Acme", ""), Kind: tracking.Advisor}, Past: &tracking.PastRecord{Company: company("Acme", ""), Left: true},
			Positions: []tracking.Position{current("Beta", tracking.Employee), current("Acme", tracking.Advisor)}},
			tracking.AdditionalRole, false, []tracking.Reason{tracking.ReasonOtherCompany, tracking.ReasonPastRecordElsewhere, tracking.ReasonSideRole, tracking.ReasonStillCurrent}},

		{"RT21 no new employer", tracking.Observation{From: at("Acme", "CEO")}, tracking.Left, false, []tracking.Reason{tracking.ReasonNoDestination}},
		{"RT21 an empty destination is none", tracking.Observation{From: at("Acme", "CEO"), To: at("", "CEO")}, tracking.Left, false, []tracking.Reason{tracking.ReasonNoDestination}},
		{"RT21 the employer appears later", tracking.Observation{To: at("Beta", ""), Past: &tracking.PastRecord{Company: company("Acme", ""), Left: true}},
			tracking.Moved, false, []tracking.Reason{tracking.ReasonOtherCompany}},

		{"RT24 adviser beside the job", tracking.Observation{From: at("Acme", ""), To: at("Beta", ""), Positions: []tracking.Position{current("Acme", tracking.Employee), current("Beta", tracking.Advisor)}},
			tracking.AdditionalRole, false, []tracking.Reason{tracking.ReasonOtherCompany, tracking.ReasonSideRole, tracking.ReasonStillCurrent}},
		{"RT24 seat on a board, from the title", tracking.Observation{From: &tracking.Position{Company: company("Acme", ""), Current: true}, To: at("Beta", "Member of the Board")},
			tracking.AdditionalRole, false, []tracking.Reason{tracking.ReasonOtherCompany, tracking.ReasonSideRole, tracking.ReasonStillCurrent}},
		{"RT24 the CRM's record is the job", tracking.Observation{Past: &tracking.PastRecord{Company: company("Acme", "")}, To: &tracking.Position{Company: company("Beta", ""), Kind: tracking.Board}, Positions: []tracking.Position{current("Acme", "")}},
			tracking.AdditionalRole, false, []tracking.Reason{tracking.ReasonOtherCompany, tracking.ReasonSideRole, tracking.ReasonStillCurrent}},
		{"RT24 adviser after the job", tracking.Observation{From: at("Acme", ""), To: at("Beta", ""), Positions: []tracking.Position{current("Beta", tracking.Advisor)}},
			tracking.Moved, false, []tracking.Reason{tracking.ReasonOtherCompany, tracking.ReasonSideRole}},
		{"RT24 a tax advisor has a job", tracking.Observation{From: &tracking.Position{Company: company("Acme", ""), Current: true}, To: at("Beta", "Tax Advisor")},
			tracking.Moved, true, []tracking.Reason{tracking.ReasonOtherCompany, tracking.ReasonStillCurrent}},

		{"RT25 two jobs", tracking.Observation{From: at("Acme", ""), To: at("Beta", ""), Positions: []tracking.Position{current("Acme", tracking.Employee), current("Beta", tracking.Employee)}},
			tracking.Moved, true, []tracking.Reason{tracking.ReasonOtherCompany, tracking.ReasonStillCurrent}},
		{"RT25 the list of positions is believed", tracking.Observation{From: &tracking.Position{Company: company("Acme", ""), Current: true}, To: at("Beta", ""), Positions: []tracking.Position{current("Beta", tracking.Employee)}},
			tracking.Moved, false, []tracking.Reason{tracking.ReasonOtherCompany}},

		{"RT28 promotion", tracking.Observation{From: at("Acme", "Director of Sales"), To: at("Acme Inc", "VP Sales")},
			tracking.Promotion, false, []tracking.Reason{tracking.ReasonSameCompany, tracking.ReasonSeniorityRises, tracking.ReasonTitleDiffers}},
		{"RT28 promotion within a level", tracking.Observation{From: at("Acme", "VP Sales"), To: at("Acme", "SVP Sales")},
			tracking.Promotion, false, []tracking.Reason{tracking.ReasonSameCompany, tracking.ReasonSeniorityRises, tracking.ReasonTitleDiffers}},
		{"RT28 title change", tracking.Observation{From: at("Acme", "VP Sales"), To: at("Acme", "VP Marketing")},
			tracking.TitleChange, false, []tracking.Reason{tracking.ReasonSameCompany, tracking.ReasonTitleDiffers}},
		{"RT28 against the record", tracking.Observation{To: at("Acme", "CEO"), Past: &tracking.PastRecord{Company: company("Acme", ""), Title: "COO"}},
			tracking.TitleChange, false, []tracking.Reason{tracking.ReasonSameCompany, tracking.ReasonTitleDiffers}},
		{"RT28 the same title in other words", tracking.Observation{From: at("Acme", "VP Sales"), To: at("Acme", "Vice President, Sales")},
			tracking.Unchanged, false, []tracking.Reason{tracking.ReasonSameCompany}},
		{"RT28 no title before", tracking.Observation{From: at("Acme", ""), To: at("Acme", "CEO")},
			tracking.Unchanged, false, []tracking.Reason{tracking.ReasonSameCompany}},
		{"RT28 one account under two names", tracking.Observation{From: at("Alphabet", "Engineer"), To: at("Google", "Manager"), FromAccount: account("A1", ""), ToAccount: account("A1", "")},
			tracking.Promotion, false, []tracking.Reason{tracking.ReasonSameCompany, tracking.ReasonSeniorityRises, tracking.ReasonTitleDiffers}},

		{"RT29 renamed", tracking.Observation{From: at("Contoso", "CEO"), To: at("Contoso Inc.", "CEO")},
			tracking.CosmeticRename, false, []tracking.Reason{tracking.ReasonSameCompany, tracking.ReasonSpellingDiffers}},
		{"RT29 renamed on one domain", tracking.Observation{From: &tracking.Position{Company: company("Facebook", "meta.com")}, To: &tracking.Position{Company: company("Meta Platforms", "meta.com")}},
			tracking.CosmeticRename, false, []tracking.Reason{tracking.ReasonSameCompany, tracking.ReasonSpellingDiffers}},
		{"RT29 nothing at all", tracking.Observation{From: at("Contoso", "CEO"), To: at("Contoso", "CEO")}, tracking.Unchanged, false, []tracking.Reason{tracking.ReasonSameCompany}},

		{"RT30 married", tracking.Observation{To: at("Acme", ""), FirstName: "Ann", LastName: "Berg", LinkedIn: "https://linkedin.com/in/ann-1", Past: &tracking.PastRecord{
			Company: company("Acme", ""), FirstName: "Ann", LastName: "Arnold", LinkedIn: "https://www.linkedin.com/in/Ann-1/"}},
			tracking.NameChanged, false, []tracking.Reason{tracking.ReasonLastNameDiffers, tracking.ReasonSameCompany}},
		{"RT30 another profile, another person", tracking.Observation{To: at("Acme", ""), LastName: "Berg", LinkedIn: "https://linkedin.com/in/ann-2", Past: &tracking.PastRecord{
			Company: company("Acme", ""), LastName: "Arnold", LinkedIn: "https://linkedin.com/in/ann-1"}},
			tracking.Unchanged, false, []tracking.Reason{tracking.ReasonSameCompany}},
		{"RT30 accents are no change", tracking.Observation{To: at("Acme", ""), LastName: "Núñez", LinkedIn: "https://linkedin.com/in/ann-1", Past: &tracking.PastRecord{
			Company: company("Acme", ""), LastName: "NUNEZ", LinkedIn: "https://linkedin.com/in/ann-1"}},
			tracking.Unchanged, false, []tracking.Reason{tracking.ReasonSameCompany}},
		{"RT30 married and moved", tracking.Observation{To: at("Initech", ""), LastName: "Berg", LinkedIn: "https://linkedin.com/in/ann-1", Past: &tracking.PastRecord{
			Company: company("Acme", ""), LastName: "Arnold", LinkedIn: "https://linkedin.com/in/ann-1"}},
			tracking.Moved, false, []tracking.Reason{tracking.ReasonLastNameDiffers, tracking.ReasonOtherCompany}},

		{"MA31 bought, no change of role", tracking.Observation{Profile: acquisitions(), From: &deis, To: microsoft("Engineer", "2017-04-10")},
			tracking.CosmeticRename, false, []tracking.Reason{tracking.ReasonAcquired, tracking.ReasonSpellingDiffers}},
		{"MA31 bought, the old start under the new name", tracking.Observation{Profile: acquisitions(), From: &deis, To: microsoft("Engineer", "2016-03-01")},
			tracking.CosmeticRename, false, []tracking.Reason{tracking.ReasonAcquired, tracking.ReasonSpellingDiffers}},
		{"MA31 bought, though the accounts form a hierarchy", tracking.Observation{Profile: acquisitions(), From: &deis, To: microsoft("Engineer", "2017-04-10"), FromAccount: account("A2", "A1"), ToAccount: account("A1", "A1")},
			tracking.CosmeticRename, false, []tracking.Reason{tracking.ReasonAcquired, tracking.ReasonSpellingDiffers}},
		{"MA31 bought and promoted", tracking.Observation{Profile: acquisitions(), From: &deis, To: microsoft("Engineering Manager", "2017-06-01")},
			tracking.Promotion, false, []tracking.Reason{tracking.ReasonAcquired, tracking.ReasonSeniorityRises, tracking.ReasonTitleDiffers}},
		{"MA31 went there before the acquisition", tracking.Observation{Profile: acquisitions(), From: &deis, To: microsoft("Engineer", "2016-12-01")},
			tracking.Moved, false, []tracking.Reason{tracking.ReasonOtherCompany}},
		{"MA31 no acquisition known", tracking.Observation{From: &deis, To: microsoft("Engineer", "2017-04-10")},
			tracking.Moved, false, []tracking.Reason{tracking.ReasonOtherCompany}},

		{"joined from nowhere", tracking.Observation{To: at("Beta", "CEO")}, tracking.Joined, false, []tracking.Reason{tracking.ReasonNoOrigin}},
		{"record without a company", tracking.Observation{To: at("Beta", ""), Past: &tracking.PastRecord{LastName: "Berg"}}, tracking.Moved, false, []tracking.Reason{tracking.ReasonPastCompanyUnknown}},
		{"plain move", tracking.Observation{From: at("Acme", "CEO"), To: at("Initech", "CEO")}, tracking.Moved, false, []tracking.Reason{tracking.ReasonOtherCompany}},
		{"the report knows better than the record", tracking.Observation{From: at("Initech", "Clerk"), To: at("Initech", "CEO"), Past: &tracking.PastRecord{Company: company("Acme", "")}},
			tracking.Promotion, false, []tracking.Reason{tracking.ReasonPastRecordElsewhere, tracking.ReasonSameCompany, tracking.ReasonSeniorityRises, tracking.ReasonTitleDiffers}},
		{"same name, other domain", tracking.Observation{From: &tracking.Position{Company: company("Acme", "acme.com")}, To: &tracking.Position{Company: company("Acme", "acme-bakery.com")}},
			tracking.Moved, false, []tracking.Reason{tracking.ReasonCompanyUncertain}},
		{"same name, two accounts", tracking.Observation{From: at("Acme", ""), To: at("Acme", ""), FromAccount: account("A1", ""), ToAccount: account("A2", "")},
			tracking.Moved, false, []tracking.Reason{tracking.ReasonCompanyUncertain}},
		{"name against domain", tracking.Observation{From: at("Acme", ""), To: &tracking.Position{Company: company("", "initech.com")}}, tracking.Moved, false, []tracking.Reason{tracking.ReasonOtherCompany}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := tracking.Classification{Kind: tt.want, DualRole: tt.dual, Reasons: tt.reasons}
			slices.Sort(want.Reasons)
			if diff := cmp.Diff(want, tracking.Classify(tt.o)); diff != "" {
				t.Errorf("classification (-want +got):\n%s", diff)
			}
		})
	}
}

func anyPosition(t *rapid.T) tracking.Position {
	date := func(label string) time.Time {
		return rapid.SampledFrom([]time.Time{{}, day("2016-01-01"), day("2017-04-10"), day("2020-01-01")}).Draw(t, label)
	}
	return tracking.Position{
		Company: company(
			rapid.SampledFrom([]string{"", "Acme", "Acme Inc.", "Deis", "Microsoft", "\xff"}).Draw(t, "name"),
			rapid.SampledFrom([]string{"", "acme.com", "deis.com", "microsoft.com", "nonsense"}).Draw(t, "domain")),
		Title:     rapid.SampledFrom([]string{"", "CEO", "Advisor", "VP Sales", "Vice President, Sales"}).Draw(t, "title"),
		Kind:      rapid.SampledFrom([]tracking.PositionKind{"", tracking.Employee, tracking.Board}).Draw(t, "kind"),
		Current:   rapid.Bool().Draw(t, "current"),
		StartedOn: date("started"), EndedOn: date("ended"),
	}
}

func anyObservation(t *rapid.T) tracking.Observation {
	maybe := func(label string) *tracking.Position {
		if !rapid.Bool().Draw(t, label) {
			return nil
		}
		p := anyPosition(t)
		return &p
	}
	ref := func(label string) tracking.AccountRef {
		return rapid.SampledFrom([]tracking.AccountRef{{}, {ID: "A1"}, {ID: "A2", Root: "A1"}, {ID: "A3", Root: "A3"}}).Draw(t, label)
	}
	o := tracking.Observation{
		From: maybe("from"), To: maybe("to"), FromAccount: ref("from account"), ToAccount: ref("to account"),
		LastName: rapid.SampledFrom([]string{"", "Berg", "Arnold"}).Draw(t, "last"), LinkedIn: "https://linkedin.com/in/ann",
		PriorAtDestination: rapid.Bool().Draw(t, "prior"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "positions") {
		o.Positions = append(o.Positions, anyPosition(t))
	}
	for range rapid.IntRange(0, 3).Draw(t, "history") {
		o.History = append(o.History, anyPosition(t))
	}
	if rapid.Bool().Draw(t, "past") {
		p := anyPosition(t)
		o.Past = &tracking.PastRecord{Company: p.Company, Title: p.Title, Left: p.Current, LastName: "Arnold", LinkedIn: "https://linkedin.com/in/ann"}
	}
	if rapid.Bool().Draw(t, "profile") {
		o.Profile = acquisitions()
	}
	return o
}

func TestClassifyIsTotalAndDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyObservation(t)
		got := tracking.Classify(o)
		if !slices.Contains(tracking.Kinds(), got.Kind) {
			t.Fatalf("kind %q", got.Kind)
		}
		if len(got.Reasons) == 0 || !slices.IsSorted(got.Reasons) {
			t.Fatalf("reasons %v", got.Reasons)
		}
		known := o.To != nil && (o.To.Company.Name != "" || o.To.Company.Domain != "" || o.ToAccount.ID != "")
		if (got.Kind == tracking.Left) == known {
			t.Fatalf("%s, though the destination is %t", got.Kind, known)
		}
		if got.DualRole && got.Kind != tracking.Moved && got.Kind != tracking.Boomerang && got.Kind != tracking.InternalMove {
			t.Fatalf("dual role of a %s", got.Kind)
		}
		slices.Reverse(o.Positions)
		slices.Reverse(o.History)
		if diff := cmp.Diff(got, tracking.Classify(o)); diff != "" {
			t.Fatalf("depends on the order of positions:\n%s", diff)
		}
	})
}
