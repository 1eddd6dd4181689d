package matching_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onward-crm/onward/matching"
)

// fataler is what *testing.T, *testing.F and *rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// saved is the file of an index.
func saved(t fataler, x *matching.Index) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := x.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// open reads an index from as many bytes as are given.
func open(b []byte, o *matching.IndexOptions) (*matching.Index, error) {
	return matching.OpenIndex(bytes.NewReader(b), int64(len(b)), o)
}

// reopened is the index after it was saved and opened.
func reopened(t fataler, x *matching.Index, o *matching.IndexOptions) *matching.Index {
	t.Helper()
	y, err := open(saved(t, x), o)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// list gives accounts as an index wants them.
func list(accounts []matching.Account) func(yield func(matching.Account) bool) {
	return slices.Values(accounts)
}

// sorted are the accounts by id.
func sorted(accounts map[string]matching.Account) []matching.Account {
	out := make([]matching.Account, 0, len(accounts))
	for _, a := range accounts { // any order: sorted below
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b matching.Account) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// question is one company asked for under one profile.
type question struct {
	profile matching.Profile
	company matching.Company
}

// answers is everything that an index says to a question.
type answers struct {
	Match      matching.AccountMatch
	Again      matching.AccountMatch // by MatchWith
	Kept       []matching.Account
	Likeliest  []matching.Likely
	Candidates []matching.Account
	Capped     bool
	Len        int
	Accounts   map[string]matching.Account
}

// everyID are the ids that matching.DrawAccounts draws, and one that it never does.
var everyID = []string{"A0", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"}

func ask(x *matching.Index, q question) answers {
	a := answers{Match: x.Match(q.profile, q.company), Likeliest: x.Likeliest(q.profile, q.company), Len: x.Len()}
	a.Again, a.Kept = x.MatchWith(q.profile, q.company)
	a.Candidates, a.Capped = x.Candidates(q.profile, q.company)
	a.Accounts = map[string]matching.Account{}
	for _, id := range everyID {
		if acc, ok := x.Get(id); ok {
			a.Accounts[id] = acc
		}
	}
	return a
}

// drawQuestion now and then has a cap that a few accounts reach, and a letter that
// was lost or typed twice.
func drawQuestion(t *rapid.T) question {
	q := question{matching.DrawProfile(t), matching.DrawCompany(t)}
	if letters := []rune(q.company.Name); len(letters) > 0 {
		at := rapid.IntRange(0, len(letters)-1).Draw(t, "letter")
		q.company.Name = string(letters[:at]) + strings.Repeat(string(letters[at]), rapid.IntRange(0, 2).Draw(t, "times")) + string(letters[at+1:])
	}
	if most := rapid.IntRange(0, 6).Draw(t, "most candidates"); most > 0 {
		q.profile.MaxCandidates = most
	}
	return q
}

// drawOptions draws the default, 0, limits under which no word finds any account, and
// some under which one of one to three accounts does.
func drawOptions(t *rapid.T) *matching.IndexOptions {
	return &matching.IndexOptions{MaxPostings: rapid.SampledFrom([]int{0, 1, 2, 3, 19, 20, 40, 60}).Draw(t, "most postings")}
}

// MA33: the order in which an index was given its accounts never shows, not even
// in which of them a cap leaves out.
func TestMA33OrderInAnIndexIsAllOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts, o, q := matching.DrawAccounts(t), drawOptions(t), drawQuestion(t)
		want := ask(matching.NewIndex(list(accounts), o), q)
		got := ask(matching.NewIndex(list(rapid.Permutation(accounts).Draw(t, "order")), o), q)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// An index that was changed in any order, saved and opened in between, says to
// everything what a fresh one of the same accounts says; so do both when they have
// been saved and opened.
func TestAnyHistoryEqualsAFreshBuild(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOptions(t)
		now := map[string]matching.Account{}
		first := matching.DrawAccounts(t)
		x := matching.NewIndex(list(first), o)
		for _, a := range first {
			now[a.ID] = a
		}
		for range rapid.IntRange(0, 4).Draw(t, "rounds") {
			for _, a := range rapid.Permutation(matching.DrawAccounts(t)).Draw(t, "changed") {
				x.Upsert(a)
				now[a.ID] = a
			}
			for _, id := range rapid.SliceOfN(rapid.SampledFrom(everyID), 0, 5).Draw(t, "gone") {
				x.Delete(id)
				delete(now, id)
			}
			if rapid.Bool().Draw(t, "saved and opened") {
				x = reopened(t, x, o)
			}
		}
		fresh := matching.NewIndex(list(sorted(now)), o)
		q := drawQuestion(t)
		want := ask(fresh, q)
		if diff := cmp.Diff(want, ask(x, q)); diff != "" {
			t.Fatal("changed (-fresh +changed):\n", diff)
		}
		if diff := cmp.Diff(want, ask(reopened(t, x, o), q)); diff != "" {
			t.Fatal("changed, saved and opened (-fresh +changed):\n", diff)
		}
		if diff := cmp.Diff(want, ask(reopened(t, fresh, o), q)); diff != "" {
			t.Fatal("saved and opened (-fresh +opened):\n", diff)
		}
		if diff := cmp.Diff(want.Accounts, now); diff != "" {
			t.Fatal("accounts (-index +given):\n", diff)
		}
	})
}

// Many changes of many accounts, past the sizes at which an index tidies up by
// itself.
func TestALongHistoryEqualsAFreshBuild(t *testing.T) {
	ids, changes := 1_500, 12_000
	if raced {
		ids, changes = 300, 1_500
	}
	dice := rand.New(rand.NewPCG(3, 1))
	now := map[string]matching.Account{}
	x := matching.NewIndex(nil, nil)
	for range changes {
		a := matching.MadeAccount(dice.IntN(ids))
		if dice.IntN(4) == 0 {
			x.Delete(a.ID)
			delete(now, a.ID)
			continue
		}
		other := matching.MadeAccount(dice.IntN(ids)) // what the account is called from now on
		a.Name, a.Website = other.Name, other.Website
		x.Upsert(a)
		now[a.ID] = a
	}
	fresh := matching.NewIndex(list(sorted(now)), nil)
	opened := reopened(t, x, nil)
	for i := range 100 {
		a := matching.MadeAccount(i * (ids / 100))
		for _, q := range []question{
			{matching.Balanced(), matching.Company{Name: a.Name, Domain: a.Website}},
			{matching.Balanced(), matching.Company{Name: a.Name[:4] + a.Name[5:], AccountID: a.ID}}, // a letter lost
		} {
			want := ask(fresh, q)
			if diff := cmp.Diff(want, ask(x, q)); diff != "" {
				t.Fatalf("%s (-fresh +changed):\n%s", q.company.Name, diff)
			}
			if diff := cmp.Diff(want, ask(opened, q)); diff != "" {
				t.Fatalf("%s (-fresh +opened):\n%s", q.company.Name, diff)
			}
		}
	}
}

// Saving and opening change nothing: the file comes out the same again.
func TestSavingAgainGivesTheSameFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts := matching.DrawAccounts(t)
		x := matching.NewIndex(list(accounts), nil)
		once := saved(t, x)
		if !bytes.Equal(once, saved(t, x)) {
			t.Fatal("saved twice, two files")
		}
		if !bytes.Equal(once, saved(t, reopened(t, x, nil))) {
			t.Fatal("saved, opened and saved again, two files")
		}
	})
}
