package matching

import (
	"cmp"
	_ "embed"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/onward-crm/onward/internal/forest"
)

// modelText holds two models of two forests each, made by internal/train from labelled
// data: the first for lists of some ten thousand accounts, the other for lists of a
// million. docs/matching.md names the data and the recipe.
//
//go:embed data/model.txt
var modelText string

// model is what was learned in a list of one length: a forest that orders candidates by
// their pairs alone, and one that judges the best of them knowing the others.
type model struct{ rank, judge *forest.Forest }

// models are those of the short list and of the long one.
type models struct{ short, long model }

var trained = sync.OnceValue(func() models {
	texts := strings.Split(modelText, "\n\n")
	read := func(at, features int) *forest.Forest {
		f, err := forest.Read(strings.NewReader(texts[at]))
		if err != nil || len(f.Features) != features || len(texts) != 4 {
			panic("matching: data/model.txt does not fit the code; run internal/train")
		}
		return f
	}
	const pair, all = int(pairFeatures), int(pairFeatures) + listFeatures
	return models{short: model{read(0, pair), read(1, all)}, long: model{read(2, pair), read(3, all)}}
})

// What proves something among ten thousand accounts may be chance among a million. The
// models were learned in lists of shortList and longList bits of length; between them the
// word of both is weighed. Bits, so that one account more changes an answer only when
// the list has doubled.
const (
	shortList = 15 // 16,384 to 32,767 accounts
	longList  = 20 // 524,288 to 1,048,575
)

// between weighs what the two models say.
func (m models) between(length float64, odds func(model) float64) float64 {
	switch length {
	case 0:
		return odds(m.short)
	case 1:
		return odds(m.long)
	}
	return (1-length)*odds(m.short) + length*odds(m.long)
}

// length tells how near a list of accounts is to the long one: 0 for the short one, 1
// for the long one and longer ones.
func length(accounts int) float64 {
	n := min(max(bits.Len(uint(accounts)), shortList), longList)
	return float64(n-shortList) / (longList - shortList)
}

// judged is how many candidates are judged, the likeliest by their pairs.
const judged = 4

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

// rivalOdds is the log odds from which another account is worth a look. What lies
// below is not judged and changes nothing for the others, so that the same answer is
// given whether it was among the candidates or not.
const rivalOdds = -4

// glance is how many trees are asked of a pair before it is given up as not worth a
// look: nine of ten pairs are.
const glance = 80

// Odds returns the log odds of a pair by its features alone, as a forest has them
// that orders candidates.
func Odds(rank *forest.Forest, features []float32) float64 {
	return rank.Glance(features, glance, rivalOdds)
}

// contest is the rivals for one report, the likeliest by their pairs first.
type contest struct {
	rivals []*weighed
	prior  float64 // the share of companies that are in the CRM, 0 for that of the labelled data
	length float64 // of the list of accounts
}

// newContest takes the best of what was compared. Of accounts that stand for one
// living account the nearer counts.
func newContest(p *Profile, q *query, all []weighed) *contest {
	c := &contest{prior: p.Prior, length: length(p.ListSize)}
	for i := range all {
		if all[i].odds > rivalOdds && all[i].inCommon(q) {
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
// what it would be if nobody but itself were there. What is not worth a look is judged
// by its pair alone.
func (c *contest) chance(w *weighed) (among, alone float64) {
	rivals, at := c.rivals, slices.IndexFunc(c.rivals, func(r *weighed) bool { return r.t == w.t })
	if at >= 0 {
		w = rivals[at]
	} else {
		rivals, at = append(slices.Clip(rivals), w), len(rivals)
	}
	if w.odds <= rivalOdds {
		p := c.share(w.odds)
		return p, p
	}
	among = c.share(c.judge(at, rivals))
	if w.v[featSameKey] > 0 && len(rivals) > 1 { // namesakes take most from each other
		return among, c.share(c.judge(0, []*weighed{w}))
	}
	return among, c.share(w.odds)
}

// judge returns the log odds of one candidate, knowing the others.
func (c *contest) judge(at int, all []*weighed) float64 {
	var x [int(pairFeatures) + listFeatures]float32
	copy(x[:], all[at].v[:])
	placeAmong(at, all, x[pairFeatures:])
	return trained().between(c.length, func(m model) float64 { return m.judge.LogOdds(x[:]) })
}

// share is the probability that log odds mean, at the share of known companies that is
// expected.
func (c *contest) share(odds float64) float64 {
	p := forest.Probability(odds)
	if c.prior > 0 && c.prior < 1 {
		p = AtPrevalence(p, prevalence, c.prior)
	}
	return p
}

// prevalence is the share of the companies in the labelled data that are in its list
// of accounts.
const prevalence = 0.7405

// AtPrevalence carries a probability that was learned where a share of all companies
// is in the list, trained, over to where another share is, wanted; both lie between 0
// and 1. A company that is in the list and one that is not count by how the two shares
// differ; what speaks against an answer is in part that another account is the right
// one, which comes and goes with the answer itself.
func AtPrevalence(p, trained, wanted float64) float64 {
	present, absent := wanted/trained, (1-wanted)/(1-trained)
	strange := strangeShare(p)
	against := (1 - p) * (strange*absent + (1-strange)*present)
	return p * present / (p*present + against)
}

// strangeShare is the share of companies that are not in the list among those whose answer
// is wrong: of answers with little behind them nearly all, of sure ones half. The line
// was drawn through the held-out answers of the labelled set of November 2026.
func strangeShare(p float64) float64 { return 0.88 - 0.45*p }

// Likely is an account with the probability that it is the reported company.
type Likely struct {
	ID         string  `json:"id"`
	Confidence float64 `json:"confidence"`
}

// Likeliest returns at most four accounts that a company may be, the likeliest
// first, each with the probability that it is the one, as labelled data has it. It
// knows neither pins nor the rules that [Index.Match] puts above probabilities.
// Deleted accounts and those that the profile excludes are left out; a merged one
// stands for the account it was merged into.
func (x *Index) Likeliest(p Profile, c Company) []Likely {
	x.measureList(&p)
	q := makeQuery(&p, c)
	if !q.proves && len(q.primary) == 0 {
		return nil
	}
	r := x.room()
	defer x.leave(r)
	facts, _ := x.candidates(&p, q, r)
	_, field := newMatcher(&p, facts, r).weigh(q)
	out := make([]Likely, len(field.rivals))
	for i, w := range field.rivals {
		among, _ := field.chance(w)
		out[i] = Likely{ID: w.t.acc.ID, Confidence: among}
	}
	slices.SortStableFunc(out, func(a, b Likely) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return out
}

// listNames are the names of the features that a candidate has by its place among the
// others: its log odds, the distance to the best rival, how many rivals are nearly as
// likely, have the same name, have the same domain, and are better; what it is ahead of
// the best rival by the share of both names found, and by letters; and whether rivals
// are its parent or children.
var listNames = []string{"odds", "gap", "near", "same_keys", "same_hosts", "better", "cover_gap", "letters_gap", "parents", "children"}

// listFeatures is how many there are.
const listFeatures = 10

// placeAmong measures the i-th candidate among all, the likeliest of which are first.
func placeAmong(i int, all []*weighed, x []float32) {
	own := all[i]
	var rival *weighed
	var near, keys, hosts, better, parents, children float32
	for k, w := range all {
		if k == i || w.odds <= rivalOdds {
			continue
		}
		if rival == nil {
			rival = w
		}
		if w.odds > own.odds-1 {
			near++
		}
		if w.v[featSameKey] > 0 {
			keys++
		}
		if w.v[featHost] >= 2 {
			hosts++
		}
		if k < i {
			better++
		}
		if up := own.t.acc.ParentID; up != "" && w.t.acc.ID == up {
			parents++
		}
		if up := w.t.acc.ParentID; up != "" && up == own.t.acc.ID {
			children++
		}
	}
	gap, cover, letters := own.odds-rivalOdds, float32(1), float32(1)
	if rival != nil {
		gap = own.odds - rival.odds
		cover = own.v.covered() - rival.v.covered()
		letters = own.v[featLetters] - rival.v[featLetters]
	}
	copy(x, []float32{float32(own.odds), float32(gap), near, keys, hosts, better, cover, letters, parents, children})
}

// covered is the share of both names that was found.
func (v *vector) covered() float32 { return (v[featQueryCover] + v[featAccountCover]) / 2 }

// Measured is one candidate with the features of the pair, to learn from.
type Measured struct {
	ID       string
	ParentID string
	Features []float32
}

// Measure returns the candidates for a company with their features, sorted by id:
// what internal/train learns the confidence from.
func (x *Index) Measure(p Profile, c Company) []Measured {
	q := makeQuery(&p, c)
	r := x.room()
	defer x.leave(r)
	all, _ := x.candidates(&p, q, r)
	out := make([]Measured, 0, len(all))
	r.own.begin(q)
	m := newMatcher(&p, all, r)
	for _, f := range all {
		if f.kin {
			continue
		}
		v := r.own.compare(f, m.parent(f))
		out = append(out, Measured{ID: f.acc.ID, ParentID: f.acc.ParentID, Features: v[:]})
	}
	return out
}

// FeatureNames returns the names of the features that Measure gives, and those of
// the features that Among adds.
func FeatureNames() (pair, list []string) { return pairNames[:], listNames }

// Among returns the features of each candidate together with those it has by its
// place among the others. Candidates are sorted by odds, the log odds of their pairs,
// the likeliest first; as many are judged as are returned.
func Among(candidates []Measured, odds []float64) [][]float32 {
	var all []*weighed
	for i, c := range candidates[:min(len(candidates), judged)] {
		if odds[i] <= rivalOdds {
			break
		}
		f := &facts{acc: Account{ID: c.ID, ParentID: c.ParentID}}
		all = append(all, &weighed{f: f, t: f, odds: odds[i]})
		copy(all[i].v[:], c.Features)
	}
	out := make([][]float32, len(all))
	for i := range out {
		out[i] = append(all[i].v[:], make([]float32, listFeatures)...)
		placeAmong(i, all, out[i][pairFeatures:])
	}
	return out
}
