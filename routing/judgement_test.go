package routing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A sender's clock that runs ahead would make every later report look old.
func TestNormalizeTrustsNoClockThatRunsAhead(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct{ told, want time.Time }{
		{now.Add(time.Minute), now.Add(time.Minute)},
		{now.Add(maxAhead), now.Add(maxAhead)},
		{now.Add(maxAhead + time.Second), now},
		{now.AddDate(73, 0, 0), now},
		{now.AddDate(-3, 0, 0), now.AddDate(-3, 0, 0)},
	} {
		ev, err := Normalize(Event{ID: "1", OccurredAt: c.told, Person: Person{FullName: "Ada Okafor"}, To: &Place{Company: "Contoso"}}, now)
		if err != nil || !ev.OccurredAt.Equal(c.want) {
			t.Errorf("told %s: %s, %v, want %s", c.told, ev.OccurredAt, err, c.want)
		}
	}
}

// Answers to a review add up: the person first, the account later.
func TestPicksOfOperatorsAddUp(t *testing.T) {
	j := &job{claim: Claim{Acts: []Act{
		{By: "ann", What: "approve", Pick: &Pick{PersonID: PickNone, By: "ann"}},
		{By: "ops", What: "resume"},
		{By: "bo", What: "approve", Pick: &Pick{AccountID: "001A", By: "bo"}},
	}}}
	if diff := cmp.Diff(&Pick{PersonID: PickNone, AccountID: "001A", By: "bo"}, j.pick()); diff != "" {
		t.Error(diff)
	}
	if p := (&job{}).pick(); p != nil {
		t.Errorf("nobody was asked, and picked %+v", p)
	}
}

// Receipts of a plan that was discarded say nothing of the one that replaced it.
func TestConcludePassesOverReceiptsOfOtherPlans(t *testing.T) {
	plan := Plan{Move: "m1", Mode: ModeLive, Status: StatusFiltered, What: WhatNothing, Reason: ReasonOperatorRejected}
	o := Conclude(&Policy{}, plan, []Receipt{{Key: keyOf("person", "m1"), Object: "Contact", Class: classDuplicate, Matches: []string{"003A"}}})
	if o.Status != StatusFiltered || o.Reason != ReasonOperatorRejected || len(o.Matches) != 0 {
		t.Errorf("%+v", o)
	}
}
