package matching

import (
	"slices"
	"testing"
	"time"
)

// accountCase is one question and what the answer must show. Reasons and
// ranked ids are checked for presence, absent ids for absence.
type accountCase struct {
	name     string
	profile  func() Profile // Balanced when nil
	accounts []Account
	company  Company

	verdict  Verdict
	id       string // for VerdictAuto
	tier     Tier   // empty: any
	decisive Reason // empty: any
	reasons  []Reason
	ranked   []string // in this order, at the head
	absent   []string // never listed
	evidence map[string]Reason
	conflict Reason
	owner    string
}

func (c accountCase) run(t *testing.T) {
	p := Balanced()
	if c.profile != nil {
		p = c.profile()
	}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	got := MatchAccount(p, c.company, c.accounts)
	c.check(t, got)
	c.checkIndex(t, p, got)
}

func (c accountCase) check(t *testing.T, got AccountMatch) {
	t.Helper()
	if got.Verdict != c.verdict || got.ID != c.id {
		t.Fatalf("got %s %q, want %s %q\n%+v", got.Verdict, got.ID, c.verdict, c.id, got)
	}
	if c.tier != "" && got.Tier != c.tier {
		t.Errorf("tier %s, want %s", got.Tier, c.tier)
	}
	if c.decisive != "" && got.Decisive != c.decisive {
		t.Errorf("decisive %s, want %s", got.Decisive, c.decisive)
	}
	for _, r := range c.reasons {
		if !slices.Contains(got.Reasons, r) {
			t.Errorf("reason %s missing in %v", r, got.Reasons)
		}
	}
	var ids []string
	for _, r := range got.Ranked {
		ids = append(ids, r.ID)
	}
	if len(ids) < len(c.ranked) || !slices.Equal(ids[:len(c.ranked)], c.ranked) {
		t.Errorf("ranked %v, want it to begin with %v", ids, c.ranked)
	}
	for _, id := range c.absent {
		if slices.Contains(ids, id) {
			t.Errorf("%s is listed: %v", id, ids)
		}
	}
	for id, want := range c.evidence {
		if !hasEvidence(got, id, want) {
			t.Errorf("%s lacks evidence %s: %+v", id, want, got.Ranked)
		}
	}
	if c.conflict != "" && !slices.ContainsFunc(got.Conflicts, func(x Conflict) bool { return x.Reason == c.conflict }) {
		t.Errorf("conflict %s missing in %v", c.conflict, got.Conflicts)
	}
	if got.SameOwner != c.owner {
		t.Errorf("same owner %q, want %q", got.SameOwner, c.owner)
	}
}

// checkIndex asks the same question of an index: it must give the same answer.
func (c accountCase) checkIndex(t *testing.T, p Profile, want AccountMatch) {
	t.Helper()
	got := NewIndex(slices.Values(c.accounts), nil).Match(p, c.company)
	if got.Verdict != want.Verdict || got.ID != want.ID || got.Decisive != want.Decisive || got.Capped {
		t.Errorf("index answers %s %q %s (capped %v), the list %s %q %s",
			got.Verdict, got.ID, got.Decisive, got.Capped, want.Verdict, want.ID, want.Decisive)
	}
}

func hasEvidence(m AccountMatch, id string, r Reason) bool {
	for _, x := range m.Ranked {
		if x.ID == id {
			return slices.ContainsFunc(x.Evidence, func(e Evidence) bool { return e.Reason == r })
		}
	}
	return false
}

func runAccountCases(t *testing.T, cases []accountCase) {
	for _, c := range cases {
		t.Run(c.name, c.run)
	}
}

// with returns a balanced profile with a change.
func with(change func(*Profile)) func() Profile {
	return func() Profile {
		p := Balanced()
		change(&p)
		return p
	}
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}
