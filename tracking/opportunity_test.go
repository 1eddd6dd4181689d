package tracking_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/tracking"
)

func TestAutomaticImport(t *testing.T) {
	closed := func(won bool, probability float64) tracking.Opportunity {
		return tracking.Opportunity{Closed: true, Won: won, Probability: probability}
	}
	tests := []struct {
		name            string
		o               tracking.Opportunity
		standard, isWon []string
	}{
		{"TR03 closed, won, probability 90", closed(true, 90), nil, []string{"closed_won"}},
		{"TR04 closed, not won, probability 30", closed(false, 30), nil, []string{"closed_lost"}},
		{"TR05 closed, won, probability 0", closed(true, 0), []string{"closed_lost"}, []string{"closed_won", "closed_lost"}},
		{"closed, won, probability 100", closed(true, 100), []string{"closed_won"}, []string{"closed_won"}},
		{"closed, not won, probability 0", closed(false, 0), []string{"closed_lost"}, []string{"closed_lost"}},
		{"closed, not won, probability 100", closed(false, 100), []string{"closed_won"}, []string{"closed_won", "closed_lost"}},
		{"open, whatever else", tracking.Opportunity{Won: true, Probability: 100}, []string{"open_opp"}, []string{"open_opp"}},
		{"open, probability 0", tracking.Opportunity{}, []string{"open_opp"}, []string{"open_opp"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for preset, want := range map[tracking.Preset][]string{"": test.standard, tracking.PresetProbability: test.standard, tracking.PresetIsWon: test.isWon} {
				rules, err := preset.Rules()
				if err != nil {
					t.Fatal(err)
				}
				if got := tracking.Relationships(rules, test.o); !slices.Equal(got, want) {
					t.Errorf("preset %q: %v, want %v", preset, got, want)
				}
			}
		})
	}
}

func TestTR05RankMakesItClosedWon(t *testing.T) {
	rules, err := tracking.PresetIsWon.Rules()
	if err != nil {
		t.Fatal(err)
	}
	person := mailed("a")
	var lists []tracking.List
	for _, r := range tracking.Relationships(rules, tracking.Opportunity{Closed: true, Won: true}) {
		lists = append(lists, list(r, person...))
	}
	r := merge(t, tracking.DefaultRelationships(), lists...)
	if s, _ := r.Find(person[0].Keys()); s.Relationship != tracking.ClosedWon || r.Credits() != 1 {
		t.Errorf("stamped %q with %d credits, want closed_won with 1", s.Relationship, r.Credits())
	}
}

func TestTR07TwoRolesCountUnderClosedWon(t *testing.T) {
	rules, err := tracking.Preset("").Rules()
	if err != nil {
		t.Fatal(err)
	}
	person := mailed("a")
	var lists []tracking.List
	for _, o := range []tracking.Opportunity{{Closed: true, Won: true, Probability: 100}, {Probability: 40}} {
		for _, r := range tracking.Relationships(rules, o) {
			lists = append(lists, list(r, person...))
		}
	}
	r := merge(t, tracking.DefaultRelationships(), lists...)
	s, _ := r.Find(person[0].Keys())
	want := tracking.Standing{Relationship: "closed_won", Relationships: []string{"closed_won", "open_opp"}}
	if diff := cmp.Diff(want, s, anyNumber); diff != "" || r.Credits() != 1 {
		t.Errorf("%d credits, want 1; (-want +got):\n%s", r.Credits(), diff)
	}
}

func TestRulesOfOnesOwn(t *testing.T) {
	closed := true
	rules := []tracking.Rule{
		{Relationship: "pilot", Any: []tracking.Test{{Stages: []string{"Pilot", "Trial "}}, {Closed: &closed, Stages: []string{"On hold"}}}},
		{Relationship: "everyone", Any: []tracking.Test{{}}},
		{Relationship: "nobody"},
	}
	tests := []struct {
		o    tracking.Opportunity
		want []string
	}{
		{tracking.Opportunity{Stage: "trial"}, []string{"pilot", "everyone"}},
		{tracking.Opportunity{Stage: "On hold"}, []string{"everyone"}},
		{tracking.Opportunity{Stage: "On hold", Closed: true}, []string{"pilot", "everyone"}},
	}
	for _, test := range tests {
		if got := tracking.Relationships(rules, test.o); !slices.Equal(got, test.want) {
			t.Errorf("%+v: %v, want %v", test.o, got, test.want)
		}
	}
	if _, err := tracking.Preset("won").Rules(); !errors.Is(err, tracking.ErrConfig) || err.Error() != `tracking: preset: "won": want probability or is-won` {
		t.Errorf("unknown preset: %v", err)
	}
}
