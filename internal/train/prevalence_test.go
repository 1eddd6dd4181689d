package main

import (
	"math"
	"strings"
	"testing"

	"github.com/onward-crm/onward/matching"
)

// TestAtPrevalence: where nothing differs nothing moves; fewer companies in the list
// make every answer less likely, and the order of answers stays.
func TestAtPrevalence(t *testing.T) {
	last := map[float64]float64{}
	for _, p := range []float64{0, 0.001, 0.1, 0.35, 0.5, 0.7, 0.9, 0.99, 0.9999, 1} {
		if got := matching.AtPrevalence(p, 0.74, 0.74); math.Abs(got-p) > 1e-12 {
			t.Errorf("%v at its own prevalence: %v", p, got)
		}
		for _, wanted := range []float64{0.05, 0.3, 0.9} {
			got := matching.AtPrevalence(p, 0.74, wanted)
			if p > 0 && p < 1 && (got < p) != (wanted < 0.74) {
				t.Errorf("%v at %v: %v", p, wanted, got)
			}
			if !(got >= 0 && got <= 1) || got < last[wanted] {
				t.Errorf("%v at %v: %v after %v", p, wanted, got, last[wanted])
			}
			last[wanted] = got
		}
	}
}

// TestMistaken counts by hand: each fold goes by the threshold of the others.
func TestMistaken(t *testing.T) {
	var items []item
	for fold := range folds {
		for i := range 200 {
			items = append(items, item{query: query{right: []string{"A"}}, fold: fold, candidates: []candidate{{right: true, judged: 5 + float64(i)/1000}}})
		}
	}
	near := item{query: query{tag: "near"}, candidates: []candidate{{judged: 6}}}
	low := item{query: query{kind: "homonym"}, candidates: []candidate{{judged: -3}}}
	all := answers(append(items, near, low))
	if got, want := mistaken(all), "1001 answers, 0.0010 wrong, 0.0010 for homonyms"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := shifted(append(items, near, low), all); strings.Count(got, "at a prevalence of") != len(prevalences) {
		t.Errorf("got %q", got)
	}
}
