package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/onward-crm/onward/matching"
)

// prevalences are the shares of companies in the list at which calibration is told.
var prevalences = []float64{0.05, 0.30, 0.75}

// least is how many answers a bucket needs before its share is told from chance.
const least = 200

// shifted tells how well confidences are calibrated at other prevalences: the answers
// are the same, those of companies in the list weigh what makes them the share. A few
// heavy answers among many light ones tell little: the worst bucket is also told of
// those alone whose weights are worth as many answers (their sum squared, by the sum
// of their squares).
func shifted(items []item, all []answer) string {
	trained := prevalence(items)
	var b strings.Builder
	for _, wanted := range prevalences {
		present, absent := wanted/trained, (1-wanted)/(1-trained)
		moved := make([]answer, len(all))
		for i, a := range all {
			moved[i] = a
			moved[i].confidence, moved[i].weight = matching.AtPrevalence(a.confidence, trained, wanted), absent
			if len(a.item.right) > 0 {
				moved[i].weight = present
			}
		}
		fmt.Fprintf(&b, "at a prevalence of %.2f:", wanted)
		var worst, sure bucket
		for _, k := range calibration(moved) {
			if k.answers < least {
				continue
			}
			fmt.Fprintf(&b, " %.3f>%.3f", k.said, k.right)
			if k.off() >= worst.off() {
				worst = k
			}
			if k.worth >= least && k.off() >= sure.off() {
				sure = k
			}
		}
		fmt.Fprintf(&b, "; worst %.3f from %.2f, of weights worth %d answers %.3f from %.2f\n", worst.off(), worst.from, least, sure.off(), sure.from)
	}
	return b.String()
}

// prevalence is the share of queries that have an account.
func prevalence(items []item) float64 {
	present := 0
	for _, it := range items {
		if len(it.right) > 0 {
			present++
		}
	}
	return float64(present) / float64(len(items))
}

// automatic is the precision that the automatic threshold is fixed for.
const automatic = 0.99

// mistaken counts the wrong answers for companies that are not in the list but look
// like one that is, among all answers from the automatic threshold up. Each fold has
// the threshold that the others need.
func mistaken(all []answer) string {
	answers, wrong, near := 0, 0, 0
	for fold := range folds {
		from := threshold(all, fold)
		for _, a := range all {
			if a.item.fold != fold || a.confidence < from {
				continue
			}
			answers++
			if a.best.right {
				continue
			}
			wrong++
			if len(a.item.right) == 0 && (a.item.tag == "near" || a.item.kind == "homonym") {
				near++
			}
		}
	}
	share := func(n int) float64 { return float64(n) / float64(max(answers, 1)) }
	return fmt.Sprintf("at the threshold of the other folds for precision %g: %d answers, %.4f wrong, %.4f for homonyms and near non-matches\n",
		automatic, answers, share(wrong), share(near))
}

// threshold returns the least confidence from which the answers of all folds but one
// have the precision of automatic answers; all are sorted, the surest first.
func threshold(all []answer, without int) float64 {
	from, right, n := math.Inf(1), 0.0, 0.0
	for _, a := range all {
		if a.item.fold == without {
			continue
		}
		n++
		if a.best.right {
			right++
		}
		if right/n >= automatic {
			from = a.confidence
		}
	}
	return from
}
