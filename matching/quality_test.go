package matching_test

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/onward-crm/onward/matching"
)

// floors are the least that may come out of a labelled set; ceilings are named so.
type floors struct {
	likelyF1, recall97, recall99 float64 // of Likeliest, at its best and at these precisions
	likelyWrong                  float64 // ceiling: see figures.confused
	autoPrecision, autoRecall    float64 // of the verdict auto
	autoConfused                 float64 // ceiling: see figures.confused
}

// TestQuality holds the figures that the matching has reached. The set in the
// repository is small and part of what the model has learned from: it tells that
// something got worse, not how good it is (docs/matching.md does).
func TestQuality(t *testing.T) {
	if raced {
		t.Skip("the race detector changes no answer and takes ten times as long: .ci/run asks without it")
	}
	checkQuality(t, "testdata/quality", floors{
		likelyF1: .940, recall97: .910, recall99: .890, likelyWrong: .008,
		autoPrecision: .990, autoRecall: .700, autoConfused: .002,
	})
}

// TestQualityOfTheWholeSet asks the same of the labelled set in the folder that
// ONWARD_MATCHING_DATA names, if any. The floors lie below what cross-validation
// shows, so that they hold for another set of the same making too.
func TestQualityOfTheWholeSet(t *testing.T) {
	dir := os.Getenv("ONWARD_MATCHING_DATA")
	if dir == "" {
		t.Skip("ONWARD_MATCHING_DATA names no folder with accounts.csv, queries.csv and labels.csv")
	}
	checkQuality(t, dir, floors{
		likelyF1: .900, recall97: .840, recall99: .770, likelyWrong: .010,
		autoPrecision: .983, autoRecall: .570, autoConfused: .005,
	})
}

func checkQuality(t *testing.T, dir string, want floors) {
	t.Helper()
	s := readLabelled(t, dir)
	x := matching.NewIndex(slices.Values(s.accounts), nil)
	likely, auto := answerAll(x, s.queries)
	failed := false
	var table strings.Builder
	row := func(name string, got, limit float64, most bool) {
		mark, least := "", "at least"
		if most {
			least = "at most"
		}
		if most && got > limit || !most && got < limit {
			failed, mark = true, "  <-- missed"
		}
		fmt.Fprintf(&table, "%-58s %.4f  %s %.4f%s\n", name, got, least, limit, mark)
	}
	recall97, _ := likely.recallAt(0.97)
	recall99, at99 := likely.recallAt(0.99)
	row("Likeliest: F1 at its best threshold", likely.bestF1(), want.likelyF1, false)
	row("Likeliest: recall at precision .97", recall97, want.recall97, false)
	row("Likeliest: recall at precision .99", recall99, want.recall99, false)
	row("Likeliest: homonyms and near ones taken, of answers there", likely.confused(at99), want.likelyWrong, true)
	precision, recall := auto.precisionRecall(1)
	row("Match: precision of auto", precision, want.autoPrecision, false)
	row("Match: recall of auto", recall, want.autoRecall, false)
	row("Match: homonyms and near ones taken, of all auto", auto.confused(1), want.autoConfused, true)
	report := fmt.Sprintf("%d accounts, %d queries, %d of them with an account\n%s", x.Len(), len(s.queries), likely.present, &table)
	if failed {
		t.Error(report)
	} else {
		t.Log(report)
	}
}

// answerAll asks for the likeliest account and for the verdict of every query, on
// all processors.
func answerAll(x *matching.Index, queries []asked) (likely, auto *figures) {
	type pair struct {
		likely matching.Likely
		auto   string
	}
	answers := make([]pair, len(queries))
	p := matching.Balanced()
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(queries); i += workers {
				if all := x.Likeliest(p, queries[i].company); len(all) > 0 {
					answers[i].likely = all[0]
				}
				answers[i].auto = x.Match(p, queries[i].company).ID
			}
		})
	}
	wg.Wait()
	likely, auto = &figures{}, &figures{}
	for i, q := range queries {
		likely.add(q, answers[i].likely.ID, answers[i].likely.Confidence)
		auto.add(q, answers[i].auto, 1)
	}
	return likely, auto
}

// labelled is a labelled set.
type labelled struct {
	accounts []matching.Account
	queries  []asked
}

// asked is a query with the ids that are right, none for a company that is not in
// the list.
type asked struct {
	company   matching.Company
	right     []string
	kind, tag string
}

func readLabelled(t *testing.T, dir string) *labelled {
	t.Helper()
	s, labels := &labelled{}, map[string]map[string]string{}
	for _, r := range readRows(t, filepath.Join(dir, "accounts.csv")) {
		s.accounts = append(s.accounts, matching.Account{
			ID: r["id"], Name: r["name"], Website: r["website"], Country: r["country"], City: r["city"], ParentID: r["parent_id"],
		})
	}
	for _, r := range readRows(t, filepath.Join(dir, "labels.csv")) {
		labels[r["query_id"]] = r
	}
	for _, r := range readRows(t, filepath.Join(dir, "queries.csv")) {
		l := labels[r["id"]]
		q := asked{company: matching.Company{Name: r["company"], Country: r["country"], City: r["city"]}, kind: l["kind"], tag: l["tag"]}
		if r["email_domain"] != "" {
			q.company.Email = "someone@" + r["email_domain"]
		}
		if l["account_id"] != "" {
			q.right = strings.Split(strings.TrimSuffix(l["account_id"]+"|"+l["ok_ids"], "|"), "|")
		}
		s.queries = append(s.queries, q)
	}
	return s
}

func readRows(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) < 2 {
		t.Fatalf("%s: %d rows, %v", path, len(lines), err)
	}
	var rows []map[string]string
	for _, cells := range lines[1:] {
		r := map[string]string{}
		for i, name := range lines[0] {
			r[name] = cells[i]
		}
		rows = append(rows, r)
	}
	return rows
}

// figures counts answers.
type figures struct {
	answers []answered
	present int // queries that have an account
}

// answered is one answer and how sure it is. confusable tells that the company is
// not in the list, and one that is easily taken for it is.
type answered struct {
	score             float64
	right, confusable bool
}

func (f *figures) add(q asked, id string, score float64) {
	if len(q.right) > 0 {
		f.present++
	}
	if id != "" {
		f.answers = append(f.answers, answered{
			score, slices.Contains(q.right, id), len(q.right) == 0 && (q.kind == "homonym" || q.tag == "near"),
		})
	}
}

// precisionRecall counts the answers from a score on.
func (f *figures) precisionRecall(from float64) (precision, recall float64) {
	right, all := 0, 0
	for _, a := range f.answers {
		if a.score >= from {
			all++
			if a.right {
				right++
			}
		}
	}
	return share(right, all), share(right, f.present)
}

// confused is the share of answers from a score on that took a company for another
// one that is like it.
func (f *figures) confused(from float64) float64 {
	wrong, all := 0, 0
	for _, a := range f.answers {
		if a.score >= from {
			all++
			if a.confusable {
				wrong++
			}
		}
	}
	return share(wrong, all)
}

func share(part, whole int) float64 { return float64(part) / float64(max(whole, 1)) }

// each calls yield at every score that answers have, from the surest down, with
// precision and recall of those from there on.
func (f *figures) each(yield func(score, precision, recall float64)) {
	sorted := slices.SortedFunc(slices.Values(f.answers), func(a, b answered) int { return cmp.Compare(b.score, a.score) })
	right := 0
	for i, a := range sorted {
		if a.right {
			right++
		}
		if i+1 == len(sorted) || sorted[i+1].score != a.score {
			yield(a.score, share(right, i+1), share(right, f.present))
		}
	}
}

func (f *figures) bestF1() float64 {
	best := 0.0
	f.each(func(_, precision, recall float64) {
		if precision+recall > 0 {
			best = max(best, 2*precision*recall/(precision+recall))
		}
	})
	return best
}

// recallAt is the highest recall at which answers still have a precision.
func (f *figures) recallAt(least float64) (best, at float64) {
	at = 2
	f.each(func(score, precision, recall float64) {
		if precision >= least && recall > best {
			best, at = recall, score
		}
	})
	return best, at
}
