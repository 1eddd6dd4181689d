package main

import (
	"math"
	"slices"
	"testing"
)

// five are the labels of five queries, of which three have an account.
func five() map[string]label {
	return map[string]label{
		"q1": {query: "q1", account: "a1", kind: "exact"},
		"q2": {query: "q2", account: "a2", others: []string{"a20", "a21"}, kind: "exact"},
		"q3": {query: "q3", account: "a3", kind: "alias"},
		"q4": {query: "q4", kind: "exact"},
		"q5": {query: "q5", kind: "alias"},
	}
}

// TestScoreByHand compares with figures worked out by hand.
func TestScoreByHand(t *testing.T) {
	rows := []struct {
		name        string
		predictions map[string]prediction
		want        quality // queries and having are 5 and 3
	}{
		{"nothing found", nil, quality{}},
		{"empty ids are no predictions", map[string]prediction{"q1": {"", 0.9}}, quality{}},
		{"unknown queries do not count", map[string]prediction{"q9": {"a1", 0.9}}, quality{}},
		{
			"all right, one by another id", map[string]prediction{"q1": {"a1", 0.9}, "q2": {"a21", 0.8}, "q3": {"a3", 0.7}},
			quality{best: point{0.7, 3, 0}, precision: 1, recall: 1, f1: 1, recallAt: [3]float64{1, 1, 1}},
		},
		{
			// Thresholds: .9 is 1 of 1; .8 is 1 of 2; .7 is 2 of 3: F1 is 1/2, 2/5, 2/3.
			"a query without account is wrong", map[string]prediction{"q1": {"a1", 0.9}, "q4": {"a1", 0.8}, "q2": {"a2", 0.7}},
			quality{best: point{0.7, 2, 1}, precision: 2. / 3, recall: 2. / 3, f1: 2. / 3, recallAt: [3]float64{1. / 3, 1. / 3, 1. / 3}},
		},
		{
			// Equal after rounding to five digits: one threshold, so no precision of .97.
			"ties stay together", map[string]prediction{"q1": {"a1", 0.900001}, "q4": {"a9", 0.900004}},
			quality{best: point{0.9, 1, 1}, precision: 0.5, recall: 1. / 3, f1: 0.4},
		},
		{
			// 1 of 1, then 1 of 1 more right at .5: F1 1/2 at .9, and 2·(2/4)(2/3)/(7/6) = 4/7 at .5.
			"the wrong account of a query that has one", map[string]prediction{
				"q1": {"a1", 0.9}, "q2": {"a2", 0.5}, "q3": {"a1", 0.8}, "q5": {"a1", 0.6},
			},
			quality{best: point{0.5, 2, 2}, precision: 0.5, recall: 2. / 3, f1: 4. / 7, recallAt: [3]float64{1. / 3, 1. / 3, 1. / 3}},
		},
		{
			// F1 is 1/2 at .9 and again at .1 with 2 of 5: the higher threshold stays.
			"of equals the higher threshold", map[string]prediction{
				"q1": {"a1", 0.9}, "q2": {"a2", 0.1}, "q3": {"a1", 0.1}, "q4": {"a1", 0.1}, "q5": {"a1", 0.1},
			},
			quality{best: point{0.9, 1, 0}, precision: 1, recall: 1. / 3, f1: 0.5, recallAt: [3]float64{1. / 3, 1. / 3, 1. / 3}},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := score(five(), row.predictions)
			row.want.queries, row.want.having = 5, 3
			if !same(got, row.want) {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
		})
	}
}

// same compares with room for rounding in the last digits.
func same(a, b quality) bool {
	near := func(x, y float64) bool { return math.Abs(x-y) < 1e-12 }
	for i := range goals {
		if !near(a.recallAt[i], b.recallAt[i]) {
			return false
		}
	}
	return a.queries == b.queries && a.having == b.having && a.best == b.best &&
		near(a.precision, b.precision) && near(a.recall, b.recall) && near(a.f1, b.f1)
}

// TestRound5 takes halves as decimal notation of the exact value does.
func TestRound5(t *testing.T) {
	for x, want := range map[float64]float64{0.123456: 0.12346, 0.123454: 0.12345, 0.000005: 0.00001, 1.5: 1.5, 0.999999: 1, 0: 0} {
		if got := round5(x); got != want {
			t.Errorf("round5(%v) = %v, want %v", x, got, want)
		}
	}
}

// TestGroups counts by kind at a threshold.
func TestGroups(t *testing.T) {
	found := map[string]prediction{"q1": {"a1", 0.9}, "q2": {"a2", 0.4}, "q3": {"a1", 0.8}, "q4": {"a1", 0.5}}
	got := groups(five(), found, 0.5, "kind")
	want := []group{{"alias", true, 1, 0, 1}, {"alias", false, 1, 0, 0}, {"exact", true, 2, 1, 0}, {"exact", false, 1, 0, 1}}
	if !slices.Equal(got, want) {
		t.Errorf("groups = %v, want %v", got, want)
	}
}
