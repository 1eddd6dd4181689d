package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/onward-crm/onward/internal/forest"
)

// answer is the best account of one query.
type answer struct {
	item       *item
	best       *candidate
	confidence float64
	weight     float64
}

// answers returns the best account of every query that has one, the surest first.
func answers(items []item) []answer {
	var out []answer
	for i := range items {
		it := &items[i]
		if len(it.candidates) == 0 {
			continue
		}
		best := &it.candidates[0]
		for j := range it.candidates {
			if it.candidates[j].judged > best.judged {
				best = &it.candidates[j]
			}
		}
		out = append(out, answer{it, best, forest.Probability(best.judged), 1})
	}
	slices.SortStableFunc(out, func(a, b answer) int { return cmp.Compare(b.confidence, a.confidence) })
	return out
}

// goals are the precisions at which recall is told.
var goals = []float64{0.97, 0.99, 0.995}

// report says how good the answers are, and whether confidences mean what they say.
func report(items []item) string {
	positives := 0
	for _, it := range items {
		if len(it.right) > 0 {
			positives++
		}
	}
	all := answers(items)
	var tp, fp int
	var best, threshold float64
	recall := make([]float64, len(goals))
	for _, a := range all {
		if a.best.right {
			tp++
		} else {
			fp++
		}
		p, r := float64(tp)/float64(tp+fp), float64(tp)/float64(positives)
		if f := 2 * p * r / (p + r); f > best {
			best, threshold = f, a.confidence
		}
		for i, goal := range goals {
			if p >= goal {
				recall[i] = r
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d queries, %d with an account, %d-fold cross-validation\n", len(items), positives, folds)
	fmt.Fprintf(&b, "F1 %.4f at confidence %.3f\n", best, threshold)
	for i, goal := range goals {
		fmt.Fprintf(&b, "recall at precision >= %g: %.4f\n", goal, recall[i])
	}
	var worst bucket
	for _, k := range calibration(all) {
		fmt.Fprintf(&b, "confidence from %.2f: %5d answers, said %.3f, right %.3f\n", k.from, k.answers, k.said, k.right)
		if k.answers >= least && k.off() >= worst.off() {
			worst = k
		}
	}
	fmt.Fprintf(&b, "worst of at least %d answers: %.3f from %.2f\n", least, worst.off(), worst.from)
	b.WriteString(shifted(items, all))
	b.WriteString(mistaken(all))
	return b.String()
}

// buckets are where confidences are told apart.
var buckets = []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.01}

// bucket is how many answers have confidences from a bound to the next, what these
// are on average, and the share of right answers, both by weight; and how many answers
// of one weight would tell as much.
type bucket struct {
	from        float64
	answers     int
	said, right float64
	worth       float64
}

// off is how far the share of right answers is from what was said.
func (k bucket) off() float64 { return math.Abs(k.said - k.right) }

// calibration compares confidences with the share of right answers; buckets without
// any are left out.
func calibration(all []answer) []bucket {
	var out []bucket
	for i := range len(buckets) - 1 {
		k, weight, squares := bucket{from: buckets[i]}, 0.0, 0.0
		for _, a := range all {
			if a.confidence < buckets[i] || a.confidence >= buckets[i+1] {
				continue
			}
			k.answers++
			weight += a.weight
			squares += a.weight * a.weight
			k.said += a.weight * a.confidence
			if a.best.right {
				k.right += a.weight
			}
		}
		if k.answers > 0 {
			k.said, k.right, k.worth = k.said/weight, k.right/weight, weight*weight/squares
			out = append(out, k)
		}
	}
	return out
}

// wrongAnswers shows some answers that are wrong or missing, from all over the set.
func wrongAnswers(s *set, items []item, n int) string {
	names := map[string]string{}
	for _, a := range s.accounts {
		names[a.ID] = fmt.Sprintf("%s | %s | %s %s", a.Name, a.Website, a.Country, a.City)
	}
	all := answers(items)
	const step = 7919 // a prime: neighbours are of one confidence
	var b strings.Builder
	for k := 0; k < len(all) && n > 0; k++ {
		a := all[k*step%len(all)]
		if a.best.right == (a.confidence >= 0.5) {
			continue
		}
		n--
		c := a.item.company
		fmt.Fprintf(&b, "%.3f %s/%s/%s: %s | %s | %s %s => %s", a.confidence, a.item.source, a.item.kind, a.item.tag, c.Name, c.Email, c.Country, c.City, names[a.best.ID])
		if len(a.item.right) > 0 && !a.best.right {
			fmt.Fprintf(&b, " RIGHT %s", names[a.item.right[0]])
		}
		b.WriteByte('\n')
	}
	return b.String()
}
