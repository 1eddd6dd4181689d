package matching

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// MA33: the order of the accounts never changes the answer.
func TestMA33OrderOfAccountsIsAllOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, c, accounts := drawProfile(t), drawCompany(t), drawAccounts(t)
		want := MatchAccount(p, c, accounts)
		got := MatchAccount(p, c, rapid.Permutation(accounts).Draw(t, "order"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Whatever is asked, an answer names what decided, has an id exactly when it is
// automatic, lists its choice first, and never names a deleted or merged account.
func TestAccountAnswersAreWhole(t *testing.T) {
	known := AllReasons()
	rapid.Check(t, func(t *rapid.T) {
		p, c, accounts := drawProfile(t), drawCompany(t), drawAccounts(t)
		m := MatchAccount(p, c, accounts)
		if verdictRank(m.Verdict) < 0 || !slices.Contains(allTiers(), m.Tier) {
			t.Fatalf("verdict %q, tier %q", m.Verdict, m.Tier)
		}
		if (m.ID != "") != (m.Verdict == VerdictAuto) {
			t.Fatalf("verdict %s with id %q", m.Verdict, m.ID)
		}
		if m.Confidence < 0 || m.Confidence > 1 {
			t.Fatalf("confidence %v", m.Confidence)
		}
		if m.ID != "" && m.Ranked[0].ID != m.ID {
			t.Fatalf("chose %s and ranks %s first", m.ID, m.Ranked[0].ID)
		}
		if !slices.Contains(m.Reasons, m.Decisive) || !slices.IsSorted(m.Reasons) {
			t.Fatalf("decisive %q, reasons %v", m.Decisive, m.Reasons)
		}
		for _, r := range m.Reasons {
			if !slices.Contains(known, r) {
				t.Fatalf("unknown reason %q", r)
			}
		}
		for _, r := range m.Ranked {
			i := slices.IndexFunc(accounts, func(a Account) bool { return a.ID == r.ID })
			if a := accounts[i]; a.Deleted && (a.MasterID == "" || a.MasterID == a.ID) || a.MasterID != "" && a.MasterID != a.ID {
				t.Fatalf("%s is not living", r.ID)
			}
		}
	})
}

// An index gives the answer that comparing every account gives.
func TestIndexAnswersLikeTheList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, accounts := drawProfile(t), drawAccounts(t)
		x := NewIndex(slices.Values(accounts), nil)
		for range 3 {
			c := drawCompany(t)
			want, got := MatchAccount(p, c, accounts), x.Match(p, c)
			if got.Verdict != want.Verdict || got.ID != want.ID || got.Decisive != want.Decisive || got.Confidence != want.Confidence || got.Capped {
				t.Fatalf("index %s %q %s %v, list %s %q %s %v", got.Verdict, got.ID, got.Decisive, got.Confidence, want.Verdict, want.ID, want.Decisive, want.Confidence)
			}
		}
	})
}

// What comparing every account would choose is among the candidates.
func TestIndexFindsWhatTheListHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, accounts, c := drawProfile(t), drawAccounts(t), drawCompany(t)
		all := make([]*facts, len(accounts))
		for i, a := range accounts {
			all[i] = makeFacts(a)
		}
		want, _ := match(&p, makeQuery(&p, c), all, &room{})
		found, capped := NewIndex(slices.Values(accounts), nil).Candidates(p, c)
		if want.ID != "" && !capped && !slices.ContainsFunc(found, func(a Account) bool { return a.ID == want.ID }) {
			t.Fatalf("%s %s of all, not found by the index", want.ID, want.Decisive)
		}
	})
}

// What an answer rests on gives the same answer later, however long the list was.
func TestIndexAnswersAgainFromWhatItRestsOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, accounts := drawProfile(t), drawAccounts(t)
		p.ListSize = rapid.SampledFrom([]int{0, 1 << 17, 1 << 20}).Draw(t, "list")
		x := NewIndex(slices.Values(accounts), nil)
		c := drawCompany(t)
		want, kept := x.MatchWith(p, c)
		if diff := cmp.Diff(want, x.Match(p, c)); diff != "" {
			t.Fatal(diff)
		}
		got := MatchAccount(p, c, kept)
		if got.Verdict != want.Verdict || got.ID != want.ID || got.Decisive != want.Decisive || got.Tier != want.Tier || got.Confidence != want.Confidence {
			t.Fatalf("of what was kept %s %q %s %v, before %s %q %s %v", got.Verdict, got.ID, got.Decisive, got.Confidence, want.Verdict, want.ID, want.Decisive, want.Confidence)
		}
	})
}

// After any history an index holds what a fresh one of the same accounts holds.
func TestIndexForgetsItsHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := NewIndex(slices.Values(drawAccounts(t)), nil)
		now := map[string]Account{}
		for range rapid.IntRange(0, 3).Draw(t, "rounds") {
			for _, a := range drawAccounts(t) {
				x.Upsert(a)
				x.Upsert(a)
			}
			x.Delete(fmt.Sprint("A", rapid.IntRange(0, 9).Draw(t, "gone")))
			x = drawUpkeep(t, x)
		}
		for i := range 9 {
			if a, ok := x.Get(fmt.Sprint("A", i)); ok {
				now[a.ID] = a
			}
		}
		accounts := make([]Account, 0, len(now))
		for _, a := range now {
			accounts = append(accounts, a)
		}
		fresh := NewIndex(slices.Values(accounts), nil)
		p, c := drawProfile(t), drawCompany(t)
		if diff := cmp.Diff(fresh.Match(p, c), x.Match(p, c)); diff != "" {
			t.Fatal(diff)
		}
		for id := range now {
			x.Delete(id)
		}
		if x.Len() != 0 || len(x.keys.links)+len(x.keys.base) != 0 || len(x.words.ends) != 0 || len(x.words.near.items)+len(x.words.near.added) != 0 {
			t.Fatalf("an emptied index keeps %d accounts, %d keys, %d words", x.Len(), len(x.keys.links), len(x.words.ends))
		}
	})
}

func drawRecords(t *rapid.T) []PersonRecord {
	records := make([]PersonRecord, rapid.IntRange(0, 6).Draw(t, "records"))
	for i := range records {
		r := PersonRecord{
			ID:        fmt.Sprint("R", i),
			Lead:      rapid.Bool().Draw(t, "lead"),
			FirstName: rapid.SampledFrom([]string{"", "Robert", "Bob", "Smith"}).Draw(t, "first"),
			LastName:  rapid.SampledFrom([]string{"Smith", "Robert"}).Draw(t, "last"),
			LinkedIn:  rapid.SampledFrom([]string{"", "linkedin.com/in/bob", "linkedin.com/in/rob"}).Draw(t, "page"),
			Company:   rapid.SampledFrom([]string{"", "Acme", "Acme Tools", "Beta"}).Draw(t, "company"),
			AccountID: rapid.SampledFrom([]string{"", "A1", "A2", "A3"}).Draw(t, "account"),
			CreatedAt: day(rapid.SampledFrom([]string{"2020-01-01", "2021-01-01"}).Draw(t, "created")),
		}
		if e := rapid.SampledFrom([]string{"", "bob@acme.com", "info@acme.com", "bob@gmail.com"}).Draw(t, "email"); e != "" {
			r.Emails = []string{e}
		}
		if r.Lead && rapid.IntRange(0, 3).Draw(t, "converted") == 0 {
			r.Converted = true
			r.ConvertedContactID = rapid.SampledFrom([]string{"", "C0", "C9"}).Draw(t, "contact")
		}
		records[i] = r
	}
	return records
}

func drawPerson(t *rapid.T) Person {
	return Person{
		FirstName:     rapid.SampledFrom([]string{"", "Bob", "Robert"}).Draw(t, "mover"),
		LastName:      "Smith",
		NewEmail:      rapid.SampledFrom([]string{"", "bob@acme.com", "info@acme.com"}).Draw(t, "new email"),
		Emails:        rapid.SampledFrom([][]string{nil, {"bob@gmail.com"}}).Draw(t, "emails"),
		LinkedIn:      rapid.SampledFrom([]string{"", "linkedin.com/in/bob"}).Draw(t, "profile"),
		To:            Company{Name: "Acme", Domain: "acme.com"},
		ToAccountID:   rapid.SampledFrom([]string{"", "A1"}).Draw(t, "to"),
		FromAccountID: rapid.SampledFrom([]string{"", "A2"}).Draw(t, "from"),
		PastIDs:       rapid.SampledFrom([][]string{nil, {"R0"}, {"C9"}}).Draw(t, "past"),
	}
}

// The order of the records never changes the answer, and an answer is whole: an
// id exactly when it is automatic, never a past record, never a converted lead.
func TestPersonAnswersAreWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom([]func() Profile{Balanced, Strict, Lenient}).Draw(t, "profile")()
		q, records := drawPerson(t), drawRecords(t)
		m := MatchPerson(p, q, records)
		if diff := cmp.Diff(m, MatchPerson(p, q, rapid.Permutation(records).Draw(t, "order"))); diff != "" {
			t.Fatal(diff)
		}
		if (m.ID != "") != (m.Verdict == VerdictAuto) || (m.Rule == RuleNone) != (m.Verdict == VerdictNone) && len(m.Namesakes) == 0 {
			t.Fatalf("verdict %s, id %q, rule %q", m.Verdict, m.ID, m.Rule)
		}
		if !slices.Contains(m.Reasons, m.Decisive) || !slices.IsSorted(m.Reasons) || !slices.Contains(AllReasons(), m.Decisive) {
			t.Fatalf("decisive %q, reasons %v", m.Decisive, m.Reasons)
		}
		if m.ID != "" && slices.Contains(q.PastIDs, m.ID) {
			t.Fatalf("the past record %s is enriched", m.ID)
		}
		if i := slices.IndexFunc(records, func(r PersonRecord) bool { return r.ID == m.ID }); i >= 0 && records[i].Converted {
			t.Fatalf("the converted lead %s is enriched", m.ID)
		}
	})
}
