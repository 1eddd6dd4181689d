package main

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// goals are the precisions at which the recall is told.
var goals = [...]float64{0.97, 0.99, 0.995}

// prediction is the best account that a matcher found for a query.
type prediction struct {
	account string
	score   float64
}

// point is what holds when every prediction from a threshold up is believed.
type point struct {
	threshold    float64
	right, wrong int
}

// rates gives precision, recall and their harmonic mean. Recall counts over the
// queries that have an account, and nothing believed is nothing wrong.
func (p point) rates(having int) (precision, recall, f1 float64) {
	precision = 1
	if p.right+p.wrong > 0 {
		precision = float64(p.right) / float64(p.right+p.wrong)
	}
	if having > 0 {
		recall = float64(p.right) / float64(having)
	}
	if precision+recall > 0 {
		f1 = 2 * precision * recall / (precision + recall)
	}
	return precision, recall, f1
}

// quality sums a matcher up: at the threshold with the best F1, and the greatest
// recall that keeps each precision of goals.
type quality struct {
	queries, having       int
	best                  point
	precision, recall, f1 float64
	recallAt              [len(goals)]float64
}

// isRight tells whether an account is an answer that the label allows.
func (l label) isRight(account string) bool {
	return l.account != "" && (account == l.account || slices.Contains(l.others, account))
}

// round5 rounds to five digits, exactly as decimal notation does: scores that
// differ less are one threshold.
func round5(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'f', 5, 64), 64)
	if err != nil {
		return x
	}
	return y
}

// curve gives a point for every threshold from the highest down, equal scores
// together. Predictions for queries without a label are left out.
func curve(labels map[string]label, predictions map[string]prediction) []point {
	type one struct {
		score float64
		right bool
	}
	var all []one
	for q, p := range predictions {
		if l, ok := labels[q]; ok && p.account != "" {
			all = append(all, one{round5(p.score), l.isRight(p.account)})
		}
	}
	slices.SortFunc(all, func(a, b one) int { return cmp.Compare(b.score, a.score) })
	var out []point
	var p point
	for i, a := range all {
		if a.right {
			p.right++
		} else {
			p.wrong++
		}
		if i+1 == len(all) || all[i+1].score != a.score {
			p.threshold = a.score
			out = append(out, p)
		}
	}
	return out
}

// score judges predictions; labels are those of the queries that were asked.
func score(labels map[string]label, predictions map[string]prediction) quality {
	q := quality{queries: len(labels)}
	for _, l := range labels {
		if l.account != "" {
			q.having++
		}
	}
	for _, p := range curve(labels, predictions) {
		precision, recall, f1 := p.rates(q.having)
		// The first of equals is the one with the highest threshold.
		if q.best == (point{}) || f1 > q.f1 {
			q.best, q.precision, q.recall, q.f1 = p, precision, recall, f1
		}
		for i, goal := range goals {
			if precision >= goal {
				q.recallAt[i] = max(q.recallAt[i], recall)
			}
		}
	}
	return q
}

// group counts the queries of one value of a column that have an account, or
// have none: how many there are, and how many were answered rightly and wrongly.
type group struct {
	value               string
	having              bool
	count, right, wrong int
}

// groups counts by a column at a threshold, sorted by value, those with an
// account first.
func groups(labels map[string]label, predictions map[string]prediction, threshold float64, column string) []group {
	found := map[string]*group{}
	for id, l := range labels {
		value, _ := l.column(column)
		key := value + "\x00b"
		if l.account != "" {
			key = value + "\x00a"
		}
		g := found[key]
		if g == nil {
			g = &group{value: value, having: l.account != ""}
			found[key] = g
		}
		g.count++
		p, ok := predictions[id]
		switch {
		case !ok || p.account == "" || round5(p.score) < threshold:
		case l.isRight(p.account):
			g.right++
		default:
			g.wrong++
		}
	}
	var out []group
	for _, key := range slices.Sorted(maps.Keys(found)) {
		out = append(out, *found[key])
	}
	return out
}
