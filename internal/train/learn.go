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
	rankRecipe  = forest.Recipe{Trees: 200, Depth: 6, Rate: 0.05, LeastWeight: 4, Lambda: 2, Bins: 128, Share: 0.25}
	judgeRecipe = forest.Recipe{Trees: 150, Depth: 5, Rate: 0.07, LeastWeight: 6, Lambda: 2, Bins: 128, Share: 0.25}
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
	candidates []candidate
}

type candidate struct {
	matching.Measured
	right  bool
	odds   float64   // what the first forest says
	among  []float32 // its features among the others; nil for one that is not judged
	judged float64   // what the second forest says, in log odds
}

// measureAll measures every query among the accounts of the set, and among those of a
// longer list, if there is one.
func measureAll(s *set, among string) (own, longer []item, err error) {
	own = measure(s, s.accounts)
	if among == "" {
		return own, nil, nil
	}
	accounts, err := readAccounts(among)
	if err != nil {
		return nil, nil, err
	}
	return own, measure(s, accounts), nil
}

// measure looks every query up and measures its candidates.
func measure(s *set, accounts []matching.Account) []item {
	index := matching.NewIndex(slices.Values(accounts), nil)
	items := make([]item, len(s.queries))
	workers := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(items); i += workers {
				q := s.queries[i]
				items[i] = item{query: q, fold: foldOf(q)}
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

// learned are the forests that were learned from all reports among one list.
type learned struct{ rank, judge *forest.Forest }

// learn gives every candidate its log odds from forests that have not seen its fold, and
// returns those that were learned from everything.
func learn(items []item) learned {
	for fold := range folds {
		f := learnRank(items, fold)
		each(items, fold, func(c *candidate) { c.odds = matching.Odds(f, c.Features) })
	}
	rank := learnRank(items, noFold)
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
	return learned{rank, learnJudge(items, noFold)}
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
				rows = append(rows, forest.Row{X: c.Features, Right: c.right, Weight: 1})
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
				rows = append(rows, forest.Row{X: c.among, Right: c.right, Weight: 1})
			}
		}
	}
	return forest.Grow(judgeRecipe, slices.Concat(pair, list), rows)
}

// writeModel writes what was learned, an empty line between forests.
func writeModel(w io.Writer, short, long learned) error {
	for i, f := range []*forest.Forest{short.rank, short.judge, long.rank, long.judge} {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if _, err := f.WriteTo(w); err != nil {
			return err
		}
	}
	return nil
}
