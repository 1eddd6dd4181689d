package matching

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/onward-crm/onward/internal/forest"
)

// modelText holds two forests, made by internal/train from labelled data: the
// first orders candidates by their pairs alone, the second judges the best of
// them knowing the others. docs/matching.md names the data and the recipe.
//
//go:embed data/model.txt
var modelText string

type model struct{ rank, judge *forest.Forest }

var trained = sync.OnceValue(func() model {
	first, second, _ := strings.Cut(modelText, "\n\n")
	read := func(text string, features int) *forest.Forest {
		f, err := forest.Read(strings.NewReader(text))
		if err != nil || len(f.Features) != features {
			panic("matching: data/model.txt does not fit the code; run internal/train")
		}
		return f
	}
	return model{read(first, int(pairFeatures)), read(second, int(pairFeatures)+listFeatures)}
})

// judged is how many candidates are judged, the likeliest by their pairs.
const judged = 8

// listFeatures is how many features a candidate has by its place among the others.
const listFeatures = 7

// weighed is a candidate on its way to a confidence.
type weighed struct {
	id   string
	v    vector
	odds float64 // log odds of the pair alone
}

// Likely is an account with the probability that it is the reported company.
type Likely struct {
	ID         string  `json:"id"`
	Confidence float64 `json:"confidence"`
}

// Likeliest returns at most eight accounts that a company may be, the likeliest
// first, each with the probability that it is the one, as labelled data has it. It
// knows neither pins nor policies, and decides nothing: [Index.Match] does. Merged
// and deleted accounts and those that the profile excludes are left out.
func (x *Index) Likeliest(p Profile, c Company) []Likely {
	q := makeQuery(&p, c)
	if !q.proves && len(q.primary) == 0 {
		return nil
	}
	facts, _ := x.candidates(&p, q)
	all := make([]weighed, 0, len(facts))
	for _, f := range facts {
		if f.acc.Deleted || f.acc.MasterID != "" || slices.Contains(p.ExcludeAccounts, f.acc.ID) {
			continue
		}
		w := weighed{id: f.acc.ID, v: compare(q, f)}
		w.odds = trained().rank.LogOdds(w.v[:])
		all = append(all, w)
	}
	return judge(all)
}

// judge turns candidates into probabilities.
func judge(all []weighed) []Likely {
	slices.SortFunc(all, func(a, b weighed) int {
		return cmp.Or(cmp.Compare(b.odds, a.odds), strings.Compare(a.id, b.id))
	})
	all = all[:min(len(all), judged)]
	out := make([]Likely, len(all))
	x := make([]float32, 0, int(pairFeatures)+listFeatures)
	for i := range all {
		x = append(append(x[:0], all[i].v[:]...), placeAmong(i, len(all), func(k int) (*vector, float64) { return &all[k].v, all[k].odds })...)
		out[i] = Likely{ID: all[i].id, Confidence: forest.Probability(trained().judge.LogOdds(x))}
	}
	slices.SortStableFunc(out, func(a, b Likely) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return out
}

// placeAmong is the features that a candidate has by the others: its log odds, the
// distance to the best other, how many are nearly as likely, how many have the same
// name or the same domain, how many are worth a look at all, and its rank.
func placeAmong(i, n int, at func(k int) (*vector, float64)) []float32 {
	_, own := at(i)
	best := -20.0
	var near, keys, hosts, worth float32
	for k := range n {
		if k == i {
			continue
		}
		v, odds := at(k)
		best = max(best, odds)
		if odds > own-1 {
			near++
		}
		if v[featSameKey] > 0 {
			keys++
		}
		if v[featHost] >= 2 {
			hosts++
		}
		if odds > -4 {
			worth++
		}
	}
	return []float32{float32(own), float32(own - best), near, keys, hosts, worth, float32(i)}
}

// Measured is one candidate with the features of the pair, to learn from.
type Measured struct {
	ID       string
	Features []float32
}

// Measure returns the candidates for a company with their features, sorted by id:
// what internal/train learns the confidence from.
func (x *Index) Measure(p Profile, c Company) []Measured {
	q := makeQuery(&p, c)
	all, _ := x.candidates(&p, q)
	out := make([]Measured, 0, len(all))
	for _, f := range all {
		v := compare(q, f)
		out = append(out, Measured{ID: f.acc.ID, Features: v[:]})
	}
	return out
}

// FeatureNames returns the names of the features that Measure gives, and those of
// the features that Among adds.
func FeatureNames() (pair, list []string) {
	return pairNames[:], []string{"odds", "gap", "near", "same_keys", "same_hosts", "worth", "rank"}
}

// Among returns the features of each candidate together with those it has by its
// place among the others. Candidates are sorted by odds, the log odds of their pairs,
// the likeliest first; as many are judged as are returned.
func Among(candidates []Measured, odds []float64) [][]float32 {
	n := min(len(candidates), judged)
	vectors := make([]vector, n)
	for i := range vectors {
		copy(vectors[i][:], candidates[i].Features)
	}
	out := make([][]float32, n)
	for i := range out {
		out[i] = append(out[i], vectors[i][:]...)
		out[i] = append(out[i], placeAmong(i, n, func(k int) (*vector, float64) { return &vectors[k], odds[k] })...)
	}
	return out
}
