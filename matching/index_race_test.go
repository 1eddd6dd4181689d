package matching_test

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/matching"
)

// turns are changes of an index one after another, and an index built afresh for
// the moment before them and after each. Few of the moments give the same answers.
func turns() (steps []func(*matching.Index), states []*matching.Index) {
	now := map[string]matching.Account{}
	for i := range 6 {
		a := matching.Account{ID: fmt.Sprint("A", i), Name: "Granite Works", Website: fmt.Sprintf("granite%d.com", i), Country: "US"}
		now[a.ID] = a
	}
	states = append(states, matching.NewIndex(list(sorted(now)), nil))
	for i := range 48 {
		id := fmt.Sprint("A", i*5%6)
		if i%3 == 2 {
			steps = append(steps, func(x *matching.Index) { x.Delete(id) })
			delete(now, id)
		} else {
			a := matching.Account{ID: id, Name: []string{"Granite Works Inc", "Marble Bank", "Granite Work"}[i%7%3], Website: []string{"", "granite.com"}[i%2], OpenOpportunities: i}
			steps = append(steps, func(x *matching.Index) { x.Upsert(a) })
			now[a.ID] = a
		}
		states = append(states, matching.NewIndex(list(sorted(now)), nil))
	}
	return steps, states
}

// Readers beside a writer: each answer is the one of a moment between the call and
// its return, whole, whatever is asked. Saving is reading too.
func TestEachAnswerIsOfOneMoment(t *testing.T) {
	steps, states := turns()
	questions := []question{
		{matching.Balanced(), matching.Company{Name: "Granite Works"}},
		{matching.Lenient(), matching.Company{Name: "Granit Works", Email: "x@granite.com", Country: "US"}},
		{matching.Balanced(), matching.Company{Name: "Marble Bank", Domain: "granite3.com"}},
	}
	want := make([][]answers, len(states))
	for i, s := range states {
		for _, q := range questions {
			want[i] = append(want[i], ask(s, q))
		}
	}
	x := matching.NewIndex(list(sorted(want[0][0].Accounts)), nil)
	var begun, done atomic.Int64 // steps of the writer
	check := func(n int) error {
		how, q := readings[n%len(readings)], n/len(readings)%len(questions)
		from := done.Load()
		fits, err := how.read(x, questions[q])
		if err != nil {
			return err
		}
		to := begun.Load()
		for i := from; i <= to; i++ {
			if fits(want[i][q]) {
				return nil
			}
		}
		return fmt.Errorf("%s: no moment from step %d to step %d has this answer to question %d", how.name, from, to, q)
	}
	checked, over := make(chan error), make(chan struct{})
	var wg sync.WaitGroup
	for r := range 4 {
		wg.Go(func() {
			for n := r; ; n++ {
				select {
				case checked <- check(n):
				case <-over:
					return
				}
			}
		})
	}
	for _, step := range steps {
		begun.Add(1)
		step(x)
		done.Add(1)
		for range 40 { // the next step falls into the middle of what the others ask
			if err := <-checked; err != nil {
				t.Error(err)
			}
		}
	}
	close(over)
	wg.Wait()
	if diff := cmp.Diff(want[len(steps)][0], ask(x, questions[0])); diff != "" {
		t.Errorf("at the end (-fresh +changed):\n%s", diff)
	}
}

// readings are the ways to read an index. Each asks, and returns whether what it
// got is part of the answers of a moment.
var readings = []struct {
	name string
	read func(x *matching.Index, q question) (func(of answers) bool, error)
}{
	{"Match", func(x *matching.Index, q question) (func(answers) bool, error) {
		m := x.Match(q.profile, q.company)
		return func(of answers) bool { return cmp.Equal(m, of.Match) }, nil
	}},
	{"MatchWith", func(x *matching.Index, q question) (func(answers) bool, error) {
		m, kept := x.MatchWith(q.profile, q.company)
		return func(of answers) bool { return cmp.Equal(m, of.Again) && cmp.Equal(kept, of.Kept) }, nil
	}},
	{"Likeliest", func(x *matching.Index, q question) (func(answers) bool, error) {
		all := x.Likeliest(q.profile, q.company)
		return func(of answers) bool { return cmp.Equal(all, of.Likeliest) }, nil
	}},
	{"Candidates", func(x *matching.Index, q question) (func(answers) bool, error) {
		all, capped := x.Candidates(q.profile, q.company)
		return func(of answers) bool { return cmp.Equal(all, of.Candidates) && capped == of.Capped }, nil
	}},
	{"Get", func(x *matching.Index, _ question) (func(answers) bool, error) {
		a, ok := x.Get("A1")
		return func(of answers) bool {
			want, there := of.Accounts["A1"]
			return ok == there && cmp.Equal(a, want)
		}, nil
	}},
	{"Len", func(x *matching.Index, _ question) (func(answers) bool, error) {
		n := x.Len()
		return func(of answers) bool { return n == of.Len }, nil
	}},
	{"Save", func(x *matching.Index, q question) (func(answers) bool, error) {
		var b bytes.Buffer
		if err := x.Save(&b); err != nil {
			return nil, err
		}
		y, err := open(b.Bytes(), nil)
		if err != nil {
			return nil, err
		}
		all := ask(y, q)
		return func(of answers) bool { return cmp.Equal(all, of) }, nil
	}},
}
