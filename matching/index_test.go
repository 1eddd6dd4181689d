package matching

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
)

var (
	madeFirst  = []string{"Blue", "North", "Iron", "Silver", "Green", "Bright", "Stone", "River", "Cedar", "Falcon", "Maple", "Summit", "Harbor", "Copper", "Granite", "Willow"}
	madeSecond = []string{"Ridge", "Field", "Gate", "Water", "Bridge", "Wood", "Point", "Hill", "Vale", "Crest", "Shore", "Grove", "Brook", "Peak", "Forge", "Haven"}
	madeKind   = []string{"Software Inc", "Logistics GmbH", "Foods Ltd", "Energy Corp", "Health LLC", "Partners", "Bank", "Systems AG", "Media", "Robotics Inc"}
)

// syllables spells a number, so that every made-up company has a word of its own.
func syllables(i int) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	var b []byte
	for range 4 {
		b = append(b, consonants[i%len(consonants)], vowels[i/len(consonants)%len(vowels)])
		i /= len(consonants) * len(vowels)
	}
	b[0] -= 'a' - 'A'
	return string(b)
}

// madeAccount returns the i-th account of a made-up CRM.
func madeAccount(i int) Account {
	own := syllables(i * 7919)
	name := fmt.Sprint(madeFirst[i%16], madeSecond[i/16%16], " ", own, " ", madeKind[i%10])
	a := Account{ID: fmt.Sprintf("001%09d", i), Name: name, Country: [...]string{"US", "DE", "GB", "FR"}[i%4]}
	if i%3 != 0 {
		a.Website = fmt.Sprint("https://www.", own, madeSecond[i%16], i%10, ".com/")
	}
	if i%5 == 0 {
		a.Contacts, a.ContactDomains = 3, []DomainCount{{fmt.Sprint(own, ".io"), 3}}
	}
	return a
}

func madeAccounts(n int) iter.Seq[Account] {
	return func(yield func(Account) bool) {
		for i := range n {
			if !yield(madeAccount(i)) {
				return
			}
		}
	}
}

// MA41: candidates are looked up by keys; what a question costs is bounded by
// the cap. BenchmarkMA41Batch asks the same of 200,000 accounts.
func TestMA41CandidatesByKeys(t *testing.T) {
	const accounts, events = 20_000, 1_000
	x := NewIndex(madeAccounts(accounts), nil)
	p := Balanced()
	p.MaxCandidates = 50
	found, total := 0, 0
	for i := range events {
		a := madeAccount(i * (accounts / events))
		c := Company{Name: a.Name, Domain: a.Website, Country: a.Country}
		got, _ := x.Candidates(p, c)
		total += len(got)
		if len(got) > p.MaxCandidates {
			t.Fatalf("%d candidates, cap %d", len(got), p.MaxCandidates)
		}
		if m := x.Match(p, c); m.ID == a.ID {
			found++
		}
	}
	if found < events*99/100 {
		t.Errorf("found %d of %d", found, events)
	}
	if total > events*p.MaxCandidates {
		t.Errorf("compared %d accounts for %d events", total, events)
	}
}

func TestMA41OverflowIsReported(t *testing.T) {
	var same []Account
	for i := range 60 {
		same = append(same, Account{ID: fmt.Sprintf("A%02d", i), Name: "Acme", Website: "acme.com"})
	}
	x := NewIndex(slices.Values(same), nil)
	p := Balanced()
	p.MaxCandidates = 50
	c := Company{Email: "x@acme.com"}
	got, capped := x.Candidates(p, c)
	if len(got) != 50 || !capped {
		t.Fatalf("%d candidates, capped %v", len(got), capped)
	}
	if m := x.Match(p, c); !m.Capped || !slices.Contains(m.Reasons, ReasonCandidatesCapped) {
		t.Errorf("capped %v, reasons %v", m.Capped, m.Reasons)
	}
	p.MaxCandidates = 60
	if _, capped := x.Candidates(p, c); capped {
		t.Error("capped although all fit")
	}
}

// A word of very many accounts finds none, and it is told when no other word is
// left; side by side with another it still finds.
func TestWordsOfManyAccounts(t *testing.T) {
	accounts := []Account{{ID: "B1", Name: "First Harbor Trust"}}
	for i := range 30 {
		accounts = append(accounts,
			Account{ID: fmt.Sprintf("A%02d", i), Name: "First " + syllables(i*911)},
			Account{ID: fmt.Sprintf("C%02d", i), Name: "Harbor " + syllables(i*733)})
	}
	x := NewIndex(slices.Values(accounts), &IndexOptions{MaxPostings: 20})
	if got, capped := x.Candidates(Balanced(), Company{Name: "Harbor"}); len(got) != 0 || !capped {
		t.Errorf("%d candidates, capped %v", len(got), capped)
	}
	got, capped := x.Candidates(Balanced(), Company{Name: "First Harbor"})
	if len(got) != 1 || got[0].ID != "B1" || capped {
		t.Errorf("candidates %v, capped %v", got, capped)
	}
}

func TestIndexKeepsAccounts(t *testing.T) {
	x := NewIndex(nil, nil)
	if x.Len() != 0 {
		t.Fatal("a nil sequence gives an empty index")
	}
	x.Upsert(Account{ID: "A1", Name: "Acme"})
	x.Upsert(Account{ID: "A1", Name: "Roadrunner", Website: "roadrunner.com"})
	if a, ok := x.Get("A1"); !ok || a.Name != "Roadrunner" || x.Len() != 1 {
		t.Errorf("got %v %v, %d accounts", a, ok, x.Len())
	}
	if m := x.Match(Balanced(), Company{Name: "Acme"}); m.Verdict != VerdictNone {
		t.Errorf("the former name still finds: %v", m)
	}
	x.Delete("A1")
	x.Delete("A1")
	if _, ok := x.Get("A1"); ok || x.Len() != 0 {
		t.Error("deleted and still there")
	}
}

// Readers and a writer may meet; run with -race.
func TestIndexServesReadersBesideAWriter(t *testing.T) {
	x := NewIndex(madeAccounts(200), nil)
	var wg sync.WaitGroup
	for r := range 4 {
		wg.Go(func() {
			for i := range 100 {
				a := madeAccount((i*31 + r) % 200)
				x.Match(Balanced(), Company{Name: a.Name, Domain: a.Website})
			}
		})
	}
	for i := range 200 {
		x.Delete(madeAccount(i).ID)
		x.Upsert(madeAccount(i))
	}
	wg.Wait()
	if x.Len() != 200 {
		t.Errorf("%d accounts", x.Len())
	}
}

// The list of the last key that there can be ends where all end.
func TestTheLastKeyHasAList(t *testing.T) {
	base := []uint64{pairOf(0, 3)}
	for slot := range uint32(20) {
		base = append(base, pairOf(^uint64(0), slot))
	}
	base = append(base, pairOf(^uint64(0), MaxAccounts-1))
	l := listsOf(base)
	if found := l.span(^uint64(0)); !slices.Equal(found, base[1:]) {
		t.Errorf("%d of %d", len(found), len(base)-1)
	}
}

// sameName are accounts that a domain and a name find, more than may be compared.
func sameName(change func(i int, a *Account)) []Account {
	var out []Account
	for i := range 60 {
		a := Account{ID: fmt.Sprintf("A%02d", i), Name: "Acme", OwnerID: "O"}
		change(i, &a)
		out = append(out, a)
	}
	return out
}

// What an id, a pin or a page says is compared first, however many have the domain.
func TestWhatIsGivenIsNeverLeftOut(t *testing.T) {
	accounts := sameName(func(_ int, a *Account) { a.Website = "acme.com" })
	accounts = append(accounts, Account{ID: "Z", Name: "Zeta Minerals", LinkedIn: "linkedin.com/company/zeta"})
	x := NewIndex(slices.Values(accounts), nil)
	p := Balanced()
	p.MaxCandidates = 50
	pinned := p
	pinned.Pins = []Pin{{Name: "Acme", AccountID: "Z"}}
	for _, tc := range []struct {
		p    Profile
		c    Company
		tier Tier
	}{
		{p, Company{Name: "Acme", Domain: "acme.com", AccountID: "Z"}, TierIdentifier},
		{p, Company{Name: "Acme", Domain: "acme.com", LinkedIn: "linkedin.com/company/zeta"}, TierIdentifier},
		{pinned, Company{Name: "Acme", Domain: "acme.com"}, TierPinned},
	} {
		if m := x.Match(tc.p, tc.c); m.Ranked[0].ID != "Z" || m.Tier != tc.tier || m.Capped {
			t.Errorf("%+v: %s %q %s, capped %v", tc.c, m.Verdict, m.Ranked[0].ID, m.Tier, m.Capped)
		}
	}
}

// Of accounts with one company page, one that was not compared may have the deal that
// decides; an id that was reported decides whatever others have the page.
func TestACompanyPageOfTooManyIsCapped(t *testing.T) {
	x := NewIndex(slices.Values(sameName(func(i int, a *Account) {
		a.LinkedIn, a.Customer, a.OpenOpportunities = "linkedin.com/company/acme", i == 3, i/59
	})), nil)
	c := Company{Name: "Acme", LinkedIn: "linkedin.com/company/acme"}
	p := Balanced()
	if m := x.Match(p, c); m.ID != "A59" || m.Capped {
		t.Errorf("all compared: %s %q, capped %v", m.Verdict, m.ID, m.Capped)
	}
	p.MaxCandidates = 50
	if m := x.Match(p, c); m.Verdict != VerdictReview || m.ID != "" || !m.Capped {
		t.Errorf("50 compared: %s %q, capped %v", m.Verdict, m.ID, m.Capped)
	}
	c.AccountID = "A59"
	if m := x.Match(p, c); m.ID != "A59" || m.Capped {
		t.Errorf("with an id: %s %q, capped %v", m.Verdict, m.ID, m.Capped)
	}
}

// No owner is certain when accounts were left out: another may own these.
func TestNoOwnerIsCertainWhenCapped(t *testing.T) {
	x := NewIndex(slices.Values(sameName(func(i int, a *Account) {
		if a.Website = syllables(i) + ".com"; i == 59 {
			a.OwnerID = "P"
		}
	})), nil)
	p := Balanced()
	p.MaxCandidates = 50
	m := x.Match(p, Company{Name: "Acme"})
	if !m.Capped || m.SameOwner != "" || slices.Contains(m.Reasons, ReasonSameOwner) {
		t.Errorf("capped %v, owner %q, reasons %v", m.Capped, m.SameOwner, m.Reasons)
	}
}

// All that tie are kept with an answer, not only those that it lists: whether they are
// strangers depends on each.
func TestAllThatTieAreKept(t *testing.T) {
	var accounts []Account
	for i := range 14 {
		accounts = append(accounts, Account{ID: fmt.Sprintf("A%02d", i), Name: "Acme"})
	}
	accounts[12].Website, accounts[13].Website = "acme-brewing.com", "acmetools.de"
	p := Balanced()
	m, kept := NewIndex(slices.Values(accounts), nil).MatchWith(p, Company{Name: "Acme"})
	again := MatchAccount(p, Company{Name: "Acme"}, kept)
	if m.Decisive != ReasonHomonyms || again.Decisive != m.Decisive || again.Verdict != m.Verdict {
		t.Errorf("%s %s, again %s %s", m.Verdict, m.Decisive, again.Verdict, again.Decisive)
	}
}

// Of very many words that are a typing error away the same are found in any order.
func TestManyTyposInAnyOrder(t *testing.T) {
	const w = "bandorel"
	var words []Account
	for at := range len(w) + 1 {
		for c := 'a'; c <= 'z'; c++ {
			words = append(words, Account{ID: fmt.Sprint(at, c), Name: w[:at] + string(c) + w[at:]})
			if at < len(w) {
				words = append(words, Account{ID: fmt.Sprint(at, -c), Name: w[:at] + string(c) + w[at+1:]})
			}
		}
	}
	typos := func() (found []string) {
		x := NewIndex(slices.Values(words), nil)
		x.words.typos(w, func(near string) { found = append(found, near) })
		return found
	}
	want := typos()
	slices.Reverse(words)
	if got := typos(); len(want) != manyTypos || !slices.Equal(got, want) {
		t.Errorf("%d words, %d in another order", len(want), len(got))
	}
}

// An account that shares very many words is the nearest, not the farthest.
func TestVeryManySharedWords(t *testing.T) {
	var words, typos []string
	for i := range 16 {
		w := syllables(9973*i + 77)
		words = append(words, w)
		for at := range 54 {
			cut := 1 + at%(len(w)-1)
			typos = append(typos, w[:cut]+string(rune('a'+at/(len(w)-1)*3))+w[cut:])
		}
	}
	few := Account{ID: "A", Name: strings.Join(words[:4], " ")}
	for n := 720; n <= len(typos); n++ { // 729 times .9 is more than a sum of 16 bits holds
		many := Account{ID: "B"}
		for alias := range slices.Chunk(typos[:n], 16) {
			many.Aliases = append(many.Aliases, strings.Join(alias, " "))
		}
		got, _ := NewIndex(slices.Values([]Account{few, many}), nil).Candidates(Balanced(), Company{Name: strings.Join(words, " ")})
		if len(got) == 0 || got[len(got)-1].ID != "B" {
			t.Fatalf("%d words shared: %d candidates without it", n, len(got))
		}
	}
}

// Who panics while an index is changed leaves it to the readers.
func TestReadersGoOnAfterAPanic(t *testing.T) {
	x := NewIndex(madeAccounts(3), nil)
	func() {
		defer func() { _ = recover() }()
		x.change(func() { panic("too many") })
	}()
	if !x.mu.TryRLock() {
		t.Fatal("still locked")
	}
	x.mu.RUnlock()
}

// An account that the profile excludes takes no place of others, however much it shares
// with the report.
func TestExcludedAccountsTakeNoPlace(t *testing.T) {
	const near = "Zanzibar Quixotic Marmalade Observatory"
	accounts := []Account{{ID: "B1", Name: "Marmalade Jamboree"}}
	p, c := Balanced(), Company{Name: near + " Foundry"}
	want, _ := NewIndex(slices.Values(accounts), nil).Candidates(p, c)
	if len(want) != 1 {
		t.Fatalf("%d candidates", len(want))
	}
	for i := range 40 { // so few that all words are read
		a := Account{ID: fmt.Sprintf("A%02d", i), Name: near + " " + syllables(i*911)}
		accounts, p.ExcludeAccounts = append(accounts, a), append(p.ExcludeAccounts, a.ID)
		got, capped := NewIndex(slices.Values(accounts), nil).Candidates(p, c)
		if !slices.EqualFunc(got, want, func(a, b Account) bool { return a.ID == b.ID }) || capped {
			t.Fatalf("%d excluded: %d candidates, capped %v", i+1, len(got), capped)
		}
	}
}

// Accounts that have but the label of the reported domain as a word push out none that
// shares most words of the name.
func TestHintsPushNobodyOut(t *testing.T) {
	accounts := []Account{{ID: "B1", Name: "Zanzibar Quixotic Marmalade Observatory"}}
	c := Company{Name: "Zanzibar Quixotic Observatory", Email: "x@verdant.com"}
	for i := range 80 {
		accounts = append(accounts, Account{ID: fmt.Sprintf("A%02d", i), Name: "Verdant " + syllables(i*911)})
		got, _ := NewIndex(slices.Values(accounts), nil).Candidates(Balanced(), c)
		if !slices.ContainsFunc(got, func(a Account) bool { return a.ID == "B1" }) {
			t.Fatalf("beside %d others it is no candidate: %v", i+1, got)
		}
	}
}
