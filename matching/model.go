package matching

import (
	"cmp"
	_ "embed"
	"math"
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

// weighed is an account that was compared with the report.
type weighed struct {
	f, t *facts // the account, and the living one that stands for it
	v    vector
	odds float64 // log odds of the pair alone
}

// inCommon tells that the pair has something in common by which an [Index] finds it:
// a word, all letters, initials, a domain, or a domain's label that is a name, a word
// of it or its initials. Where both are is not enough.
func (w *weighed) inCommon(q *query) bool {
	v := &w.v
	return v[featShared] > 0 || v[featSameKey] > 0 || v[featJoined] > 0 || v[featHost] > 0 || v.initials() > 0 ||
		v[featNameLabel] > 0 && acronymIsLabel(q, w.f) || v[featLabelName] > 0 && labelIsName(q, w.f)
}

// labelIsName tells that a label of the reported domain is the account's name, a word
// of it or its initials.
func labelIsName(q *query, f *facts) (found bool) {
	for _, d := range q.domains() {
		eachLabel(d, func(label string) {
			found = found || slices.ContainsFunc(f.names, func(n named) bool {
				return label == n.letters || slices.Contains(n.Words, label) || slices.Contains(n.acronyms, label)
			})
		})
	}
	return found
}

// worthALook are the log odds above which a candidate counts as a rival of others.
// What is less likely is left out of every answer that is kept, and must not matter.
const worthALook = -4

// contest is the rivals for one report, the likeliest by their pairs first.
type contest struct {
	rivals []*weighed
	shift  float64 // of all log odds, by the prior
}

// newContest takes the best of what was compared. Of accounts that stand for one
// living account the nearer counts.
func newContest(q *query, all []weighed, prior float64) *contest {
	c := &contest{shift: priorShift(prior)}
	for i := range all {
		if all[i].odds > worthALook && all[i].inCommon(q) {
			c.rivals = append(c.rivals, &all[i])
		}
	}
	slices.SortFunc(c.rivals, func(a, b *weighed) int {
		return cmp.Or(cmp.Compare(b.odds, a.odds), strings.Compare(a.t.acc.ID, b.t.acc.ID), strings.Compare(a.f.acc.ID, b.f.acc.ID))
	})
	kept := c.rivals[:0]
	for _, w := range c.rivals {
		if len(kept) < judged && !slices.ContainsFunc(kept, func(k *weighed) bool { return k.t == w.t }) {
			kept = append(kept, w)
		}
	}
	c.rivals = kept
	return c
}

// holds tells that an account, or another that stands for the same, is a rival.
func (c *contest) holds(w *weighed) bool {
	return slices.ContainsFunc(c.rivals, func(r *weighed) bool { return r.t == w.t })
}

// chance returns the probability that an account is the one, knowing its rivals, and
// what it would be if nobody but itself were there.
func (c *contest) chance(w *weighed) (among, alone float64) {
	rivals, at := c.rivals, slices.IndexFunc(c.rivals, func(r *weighed) bool { return r.t == w.t })
	if at >= 0 {
		w = rivals[at]
	} else {
		rivals, at = append(slices.Clip(rivals), w), len(rivals)
	}
	x := make([]float32, 0, int(pairFeatures)+listFeatures)
	x = append(x, w.v[:]...)
	x = append(x, placeAmong(at, len(rivals), func(k int) (*vector, float64) { return &rivals[k].v, rivals[k].odds })...)
	return forest.Probability(trained().judge.LogOdds(x) + c.shift), forest.Probability(w.odds + c.shift)
}

// prevalence is the share of the companies in the labelled data that are in its list
// of accounts.
const prevalence = 0.7405

// priorShift is what a share of known companies other than that of the labelled data
// adds to log odds; 0 means the same share.
func priorShift(prior float64) float64 {
	if prior <= 0 || prior >= 1 {
		return 0
	}
	return math.Log(prior/(1-prior)) - math.Log(prevalence/(1-prevalence))
}

// Likely is an account with the probability that it is the reported company.
type Likely struct {
	ID         string  `json:"id"`
	Confidence float64 `json:"confidence"`
}

// Likeliest returns at most eight accounts that a company may be, the likeliest
// first, each with the probability that it is the one, as labelled data has it. It
// knows neither pins nor the rules that [Index.Match] puts above probabilities.
// Deleted accounts and those that the profile excludes are left out; a merged one
// stands for the account it was merged into.
func (x *Index) Likeliest(p Profile, c Company) []Likely {
	q := makeQuery(&p, c)
	if !q.proves && len(q.primary) == 0 {
		return nil
	}
	facts, _ := x.candidates(&p, q)
	_, field := newMatcher(&p, facts).weigh(q)
	out := make([]Likely, len(field.rivals))
	for i, w := range field.rivals {
		among, _ := field.chance(w)
		out[i] = Likely{ID: w.t.acc.ID, Confidence: among}
	}
	slices.SortStableFunc(out, func(a, b Likely) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return out
}

// placeAmong is the features that a candidate has by the others: its log odds, the
// distance to the best other, how many are nearly as likely, how many have the same
// name or the same domain, how many there are, and how many stand before it. Others
// that are not worth a look do not count: whoever keeps an answer leaves them out.
func placeAmong(i, n int, at func(k int) (*vector, float64)) []float32 {
	_, own := at(i)
	best := float64(worthALook)
	var near, keys, hosts, worth, before float32
	for k := range n {
		v, odds := at(k)
		if k == i || odds <= worthALook {
			continue
		}
		worth++
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
		if k < i {
			before++
		}
	}
	return []float32{float32(own), float32(own - best), near, keys, hosts, worth, before}
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
