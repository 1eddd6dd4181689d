package matching

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// likelyAccounts is a list in which most have something in common with others.
func likelyAccounts() []Account {
	return []Account{
		{ID: "A1", Name: "Helmholtz Centre for Environmental Research", Country: "DE", City: "Leipzig"},
		{ID: "A2", Name: "Helmholtz Centre for Infection Research", Website: "https://www.helmholtz-hzi.de", Country: "DE"},
		{ID: "A3", Name: "Geotop", Country: "CA", City: "Montreal"},
		{ID: "A4", Name: "Bank of Granite", Country: "US"},
		{ID: "A5", Name: "Bank of Marble", Country: "US"},
		{ID: "A6", Name: "Red Hat, Inc.", Website: "redhat.com", Country: "US"},
		{ID: "A7", Name: "Universidad de Granada", Website: "https://www.ugr.es", Country: "ES"},
		{ID: "A8", Name: "Louisiana Cancer Research Center", Website: "louisianacancercenter.org", Country: "US"},
		{ID: "A9", Name: "Skretting Aquaculture Research Centre", Country: "NO"},
		{ID: "B1", Name: "Red Hat, Inc.", MasterID: "A6"},
		{ID: "B2", Name: "Red Hat, Inc.", Deleted: true},
		{ID: "B3", Name: "Red Hat Test Account"},
	}
}

func TestLikeliest(t *testing.T) {
	p := Balanced()
	p.ExcludeAccounts = []string{"B3"}
	for _, row := range []struct {
		name        string
		company     Company
		want        string
		least, most float64
	}{
		{"equal name", Company{Name: "red hat inc", Country: "US"}, "A6", 0.9, 1},
		{"written as one word", Company{Name: "RedHat"}, "A6", 0.5, 1},
		{"domain and another name", Company{Name: "R. H. Linux", Email: "x@redhat.com"}, "A6", 0.3, 1},
		{"translated, with its domain", Company{Name: "University of Granada", Email: "x@ugr.es"}, "A7", 0.9, 1},
		{"name in the domain of the mail alone", Company{Name: "Centre de recherche sur la dynamique", Email: "x@geotop.ca", Country: "CA"}, "A3", 0.1, 1},
		{"other head of one body", Company{Name: "Bank of Slate", Country: "US"}, "", 0, 0.3},
		{"nothing in common", Company{Name: "Quux Brewing"}, "", 0, 0.1},
		{"free mail says nothing", Company{Name: "Quux", Email: "x@gmail.com"}, "", 0, 0.1},
		{"no name", Company{}, "", 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			x := NewIndex(slices.Values(likelyAccounts()), nil)
			got := x.Likeliest(p, row.company)
			if len(got) == 0 {
				if row.want != "" {
					t.Fatal("nobody")
				}
				return
			}
			if row.want != "" && got[0].ID != row.want || got[0].Confidence < row.least || got[0].Confidence > row.most {
				t.Errorf("got %+v, want %s between %.2f and %.2f", got, row.want, row.least, row.most)
			}
			for i, l := range got {
				if slices.Contains([]string{"B1", "B2", "B3"}, l.ID) {
					t.Errorf("%s is merged, deleted or excluded", l.ID)
				}
				if math.IsNaN(l.Confidence) || l.Confidence < 0 || l.Confidence > 1 || i > 0 && l.Confidence > got[i-1].Confidence {
					t.Errorf("%+v", got)
				}
			}
		})
	}
}

// TestPriorMovesProbabilities: the share of the labelled data moves nothing, a smaller
// one lowers what is said. The third is 0.9 * .3/.7405 over itself and what speaks
// against: 0.1, of which .475 are strangers that count (1-.3)/(1-.7405).
func TestPriorMovesProbabilities(t *testing.T) {
	for _, row := range []struct{ prior, before, after float64 }{
		{prevalence, 0.9, 0.9},
		{0.999999, 0.9, 0.9449},
		{0.3, 0.9, 0.7093},
	} {
		if got := AtPrevalence(row.before, prevalence, row.prior); math.Abs(got-row.after) > 5e-5 {
			t.Errorf("%v at a prior of %v is %.4f, want %v", row.before, row.prior, got, row.after)
		}
	}
	x := NewIndex(slices.Values(likelyAccounts()), nil)
	p, c := Balanced(), Company{Name: "Helmholtz Centre for Environment Research", Country: "DE"}
	before := x.Match(p, c)
	p.Prior = 0.1
	if after := x.Match(p, c); !(after.Confidence < before.Confidence) || after.Ranked[0].ID != before.Ranked[0].ID {
		t.Errorf("%v before, %v where few are in the CRM", before.Confidence, after.Confidence)
	}
}

// TestMergedAccountsCountForTheirMaster: with the confidence of the nearer.
func TestMergedAccountsCountForTheirMaster(t *testing.T) {
	c := Company{Name: "Granite Robotics", Country: "US"}
	alone := MatchAccount(Balanced(), c, []Account{{ID: "A1", Name: "Granite Robotics", Country: "US"}})
	merged := MatchAccount(Balanced(), c, []Account{
		{ID: "A1", Name: "Marble Bakery"}, {ID: "A2", Name: "Granite Robotics", Country: "US", MasterID: "A1"},
	})
	if merged.ID != "A1" || merged.Tier != TierExactName || merged.Confidence != alone.Confidence || !slices.Contains(merged.Reasons, ReasonMergedAccount) {
		t.Errorf("%+v, want A1 with %v", merged, alone.Confidence)
	}
}

// TestAnswersAgainAmongManyRivals: what an answer rests on holds the rivals too, though
// one alone is listed.
func TestAnswersAgainAmongManyRivals(t *testing.T) {
	var accounts []Account
	for _, city := range []string{"Granite", "Marble", "Basalt", "Slate", "Obsidian", "Travertine", "Onyx", "Gneiss", "Schist", "Tuff", "Chalk", "Flint"} {
		accounts = append(accounts, Account{ID: "A" + city, Name: "Helmholtz Centre " + city, Country: "DE"})
	}
	x := NewIndex(slices.Values(accounts), nil)
	p := Balanced()
	p.MaxRanked = 1
	for _, name := range []string{"Helmholtz Centre", "Helmholtz Center Gneiss", "Centre Tuff", "Helmholtz Chalk Flint"} {
		c := Company{Name: name, Country: "DE"}
		want, kept := x.MatchWith(p, c)
		if got := MatchAccount(p, c, kept); got.Confidence != want.Confidence || got.Decisive != want.Decisive || got.Verdict != want.Verdict {
			t.Errorf("%s: %s %v of the %d kept, %s %v before", name, got.Decisive, got.Confidence, len(kept), want.Decisive, want.Confidence)
		}
		if got := MatchAccount(p, c, accounts); got.Confidence != want.Confidence {
			t.Errorf("%s: %v of all, %v by the index", name, got.Confidence, want.Confidence)
		}
	}
}

// TestAnswersAgainWithOneListed: what an answer rests on holds the account that a domain
// points to elsewhere, though another one alone is listed.
func TestAnswersAgainWithOneListed(t *testing.T) {
	x := NewIndex(slices.Values([]Account{
		{ID: "A1", Name: "Technical University of Kenya", Country: "KE"},
		{ID: "B1", Name: "Technical University of Kenya Library", Country: "KE"},
		{ID: "B2", Name: "Technical University of Kenya Press", Country: "KE"},
		{ID: "B3", Name: "Technical University Kenya Hospital", Country: "KE"},
		{ID: "B4", Name: "Technical College of Kenya", Country: "KE"},
		{ID: "A2", Name: "Université de Lorraine", Website: "https://univ-lorraine.fr", Country: "FR"},
		{ID: "A3", Name: "Granite Housing", Website: "granitehousing.org"},
		{ID: "A4", Name: "Pacmar", Website: "pacmarinc.com"},
	}), nil)
	p := Balanced()
	p.MaxRanked = 1
	for _, tt := range []struct {
		why Reason
		c   Company
	}{
		{ReasonDomainElsewhere, Company{Name: "Technical University of Kenya", Country: "KE", Email: "x@univ-lorraine.fr"}},
		{ReasonEmailDiffers, Company{Name: "Granite Housing", Domain: "granitehousing.org", Email: "x@pacmarinc.com"}},
	} {
		want, kept := x.MatchWith(p, tt.c)
		if !slices.Contains(want.Reasons, tt.why) {
			t.Errorf("%s: %v, want %s", tt.c.Name, want.Reasons, tt.why)
		}
		if diff := cmp.Diff(want, MatchAccount(p, tt.c, kept)); diff != "" {
			t.Errorf("%s (-index +again):\n%s", tt.c.Name, diff)
		}
	}
}

// TestLikeliestDoesNotSeeTheOrder: accounts in any order, and put in one by one
// beside others that are taken out again, give the same.
func TestLikeliestDoesNotSeeTheOrder(t *testing.T) {
	accounts := likelyAccounts()
	company := Company{Name: "Helmholtz-Zentrum für Umweltforschung", Country: "DE"}
	want := NewIndex(slices.Values(accounts), nil).Likeliest(Balanced(), company)
	if len(want) == 0 || want[0].ID != "A1" {
		t.Fatalf("got %+v, want A1 first", want)
	}
	slices.Reverse(accounts)
	if got := NewIndex(slices.Values(accounts), nil).Likeliest(Balanced(), company); !slices.Equal(got, want) {
		t.Errorf("reversed: %+v, want %+v", got, want)
	}
	x := NewIndex(slices.Values(accounts[:3]), nil)
	x.Upsert(Account{ID: "Z9", Name: "Helmholtz Centre for Environmental Research"})
	for _, a := range accounts {
		x.Upsert(a)
	}
	x.Delete("Z9")
	if got := x.Likeliest(Balanced(), company); !slices.Equal(got, want) {
		t.Errorf("changed in place: %+v, want %+v", got, want)
	}
}

func FuzzLikeliest(f *testing.F) {
	for _, a := range likelyAccounts() {
		f.Add(a.Name, a.Website, "Helmholtz GmbH", "x@"+a.Website, a.Country)
	}
	f.Add("\x00", "....", "\u202e", "@", "ZZ")
	f.Fuzz(func(t *testing.T, name, website, company, email, country string) {
		x := NewIndex(slices.Values(append(likelyAccounts(), Account{ID: "F", Name: name, Website: website, Country: country})), nil)
		for _, l := range x.Likeliest(Lenient(), Company{Name: company, Email: email, Country: country}) {
			if !(l.Confidence >= 0 && l.Confidence <= 1) {
				t.Errorf("%q: %v", l.ID, l.Confidence)
			}
		}
	})
}
