package main

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/onward-crm/onward/internal/forest"
	"github.com/onward-crm/onward/matching"
)

// The recipes: the forest that ranks candidates by their pairs, and the one that
// judges the best of them knowing the others.
var (
	rankRecipe  = forest.Recipe{Trees: 100, Depth: 5, Rate: 0.1, LeastWeight: 4, Lambda: 2, Bins: 128, Share: 0.5}
	judgeRecipe = forest.Recipe{Trees: 150, Depth: 5, Rate: 0.08, LeastWeight: 4, Lambda: 2, Bins: 128, Share: 0.3}
)

// folds is in how many parts the set is cut: each is judged by what was learned from
// the others. noFold leaves none out.
const (
	folds  = 5
	noFold = -1
)

// item is one query with its candidates, the likeliest first once they are ranked.
type item struct {
	query
	fold       int
	weight     float64 // how much there is to learn from it
	candidates []candidate
}

type candidate struct {
	matching.Measured
	right  bool
	odds   float64   // what the first forest says
	among  []float32 // its features among the others; nil for one that is not judged
	judged float64   // what the second forest says, in log odds
}

// amongWeight is the weight of a report among the accounts of a longer list. Half made
// up, such a list teaches what is no proof among very many accounts, and less of how
// likely an answer is in a real one.
const amongWeight = 0.3

// measureAll measures every query among the accounts of the set, and then among those of
// a longer list, if there is one.
func measureAll(s *set, among string) ([]item, error) {
	items := measure(s, matching.NewIndex(slices.Values(s.accounts), nil), 1)
	if among == "" {
		return items, nil
	}
	longer, err := readAccounts(among)
	if err != nil {
		return nil, err
	}
	return append(items, measure(s, matching.NewIndex(slices.Values(longer), nil), amongWeight)...), nil
}

// measure looks every query up and measures its candidates.
func measure(s *set, index *matching.Index, weight float64) []item {
	items := make([]item, len(s.queries))
	workers := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(items); i += workers {
				q := s.queries[i]
				items[i] = item{query: q, fold: foldOf(q), weight: weight}
				for _, m := range index.Measure(matching.Balanced(), q.company) {
					items[i].candidates = append(items[i].candidates, candidate{Measured: m, right: q.isRight(m.ID)})
				}
			}
		})
	}
	wg.Wait()
	return items
}

// foldOf keeps the queries of one account together.
func foldOf(q query) int {
	key := q.id
	if len(q.right) > 0 {
		key = q.right[0]
	}
	h := fnv.New32a()
	_, _ = io.WriteString(h, key)
	return int(h.Sum32()>>7) % folds
}

// validate gives every candidate its log odds from forests that have not seen its
// fold, and returns the first forest learned from everything.
func validate(items []item) *forest.Forest {
	for fold := range folds {
		f := learnRank(items, fold)
		each(items, fold, func(c *candidate) { c.odds = matching.Odds(f, c.Features) })
	}
	whole := learnRank(items, noFold)
	for i := range items {
		placeAmong(&items[i])
	}
	for fold := range folds {
		f := learnJudge(items, fold)
		each(items, fold, func(c *candidate) {
			if c.judged = c.odds; c.among != nil {
				c.judged = f.LogOdds(c.among)
			}
		})
	}
	return whole
}

// each calls do with the candidates of one fold.
func each(items []item, fold int, do func(*candidate)) {
	for i := range items {
		if items[i].fold != fold {
			continue
		}
		for j := range items[i].candidates {
			do(&items[i].candidates[j])
		}
	}
}

// placeAmong ranks the candidates of a query and measures the best among the others.
func placeAmong(it *item) {
	slices.SortFunc(it.candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.odds, a.odds), cmp.Compare(a.ID, b.ID))
	})
	var pairs []matching.Measured
	var odds []float64
	for _, c := range it.candidates {
		pairs, odds = append(pairs, c.Measured), append(odds, c.odds)
	}
	for i, among := range matching.Among(pairs, odds) {
		it.candidates[i].among = among
	}
	it.candidates = it.candidates[:min(len(it.candidates), kept)]
}

// kept is how many candidates of a query are answers at all.
const kept = 8

// Of a query with very many candidates every third is learned from, and all that are
// right or have a name or a domain in common: the others are all alike.
const (
	many  = 12
	third = 3
)

func learnRank(items []item, without int) *forest.Forest {
	pair, _ := matching.FeatureNames()
	key, host := slices.Index(pair, "same_key"), slices.Index(pair, "host")
	var rows []forest.Row
	for _, it := range items {
		if it.fold == without {
			continue
		}
		for i, c := range it.candidates {
			if len(it.candidates) < many || c.right || c.Features[key] > 0 || c.Features[host] > 1 || i%third == 0 {
				rows = append(rows, forest.Row{X: c.Features, Right: c.right, Weight: it.weight})
			}
		}
	}
	return forest.Grow(rankRecipe, pair, rows)
}

func learnJudge(items []item, without int) *forest.Forest {
	pair, list := matching.FeatureNames()
	var rows []forest.Row
	for _, it := range items {
		if it.fold == without {
			continue
		}
		for _, c := range it.candidates {
			if c.among != nil {
				rows = append(rows, forest.Row{X: c.among, Right: c.right, Weight: it.weight})
			}
		}
	}
	f := forest.Grow(judgeRecipe, slices.Concat(pair, list), rows)
	settle(f, rows)
	return f
}

// settle moves what a forest says until it is right on average among the accounts of
// the set itself, whatever it has learned among others: that is what its probabilities
// are probabilities of.
func settle(f *forest.Forest, rows []forest.Row) {
	const steps = 5 // of Newton's method
	for range steps {
		off, curve := 0.0, 0.0
		for _, r := range rows {
			if r.Weight == 1 {
				p := forest.Probability(f.LogOdds(r.X))
				off, curve = off-p, curve+p*(1-p)
				if r.Right {
					off++
				}
			}
		}
		f.Bias += off / max(curve, 1)
	}
}

// writeModel writes both forests, an empty line between them.
func writeModel(w io.Writer, rank, judge *forest.Forest) error {
	if _, err := rank.WriteTo(w); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	_, err := judge.WriteTo(w)
	return err
}
