package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// largeSample is how many queries tell the quality of a matcher that is too
	// slow for all of them.
	largeSample = 2000
	// warmUp is how many look-ups go before the timed ones.
	warmUp = 20
	// fewest is how many queries a quality needs to be worth telling.
	fewest = 500
)

// bench holds what all rows share.
type bench struct {
	options
	labels map[string]label
	sample []query // in the order of shuffled
}

// row is a line of the table: one matcher on one list.
type row struct {
	name     string
	accounts int
	err      error
	build    time.Duration
	bytes    float64 // an account
	timed    int
	rate     float64 // look-ups a second
	p50, p99 time.Duration
	quality  quality
	// labels and found are those of the queries that the quality is of.
	labels map[string]label
	found  map[string]prediction
}

// wanted tells whether a matcher is to be measured.
func (b bench) wanted(c competitor) bool {
	name := strings.ToLower(c.make().Name())
	return len(b.only) == 0 || slices.ContainsFunc(b.only, func(s string) bool { return strings.Contains(name, strings.ToLower(s)) })
}

// row measures one matcher. On a list of real accounts all queries tell its
// quality, on a made one those of the timed look-ups.
func (b bench) row(c competitor, accounts []account, whole bool) row {
	m := c.make()
	r := row{name: m.Name(), accounts: len(accounts)}
	fmt.Fprintf(b.log, "%s: building %d accounts\n", r.name, len(accounts))
	if x, ok := m.(closer); ok {
		defer x.Close()
	}
	r.build, r.bytes = built(m, accounts)
	if r.err = failure(m); r.err != nil {
		return r
	}
	fmt.Fprintf(b.log, "%s: timing look-ups\n", r.name)
	asked := b.sample
	took, found := b.time(m)
	r.summarise(took)
	switch each := total(took) / time.Duration(max(len(took), 1)); {
	case !whole || len(took) == len(asked):
		asked = asked[:len(took)]
	case each*time.Duration(len(asked))/time.Duration(runtime.GOMAXPROCS(0)) > b.limit:
		asked = asked[:min(max(largeSample, len(took)), len(asked))]
		fallthrough
	default:
		fmt.Fprintf(b.log, "%s: asking %d queries\n", r.name, len(asked))
		ask(m, asked, found)
	}
	r.labels, r.found = b.labelled(asked), found
	r.quality = score(r.labels, found)
	r.err = failure(m)
	return r
}

// built builds the index and weighs it: the heap before and after, each time after
// a collection. The text of the accounts counts if the index keeps it.
func built(m matcher, accounts []account) (took time.Duration, bytes float64) {
	before := heap()
	own := detached(accounts)
	begun := time.Now()
	m.Build(own)
	took = time.Since(begun)
	own = nil
	weight := float64(heap()) - float64(before)
	if x, ok := m.(sized); ok {
		weight = float64(x.Bytes())
	}
	runtime.KeepAlive(m)
	return took, weight / float64(max(len(accounts), 1))
}

// heap is the bytes in use after a collection; the second takes what the first
// only moved out of pools.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// failure is what a matcher lacks.
func failure(m matcher) error {
	if x, ok := m.(fallible); ok {
		return x.Err()
	}
	return nil
}

// time asks one query after the other on one core, collections included, until all
// are asked or the budget is used up. A server has cores of its own.
func (b bench) time(m matcher) (took []time.Duration, found map[string]prediction) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, q := range b.sample[:min(warmUp, len(b.sample))] {
		m.Match(q)
	}
	found = map[string]prediction{}
	begun := time.Now()
	for _, q := range b.sample {
		if time.Since(begun) > b.budget && len(took) > 0 {
			break
		}
		at := time.Now()
		id, score := m.Match(q)
		took = append(took, time.Since(at))
		found[q.id] = prediction{id, score}
	}
	return took, found
}

// summarise puts the speed into the row.
func (r *row) summarise(took []time.Duration) {
	sum := total(took)
	slices.Sort(took)
	r.timed = len(took)
	if sum > 0 {
		r.rate = float64(len(took)) / sum.Seconds()
	}
	r.p50, r.p99 = quantile(took, 0.5), quantile(took, 0.99)
}

func total(took []time.Duration) time.Duration {
	var sum time.Duration
	for _, t := range took {
		sum += t
	}
	return sum
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// ask asks what was not asked yet, on all cores: the quality does not depend on it.
func ask(m matcher, queries []query, found map[string]prediction) {
	answers := make([]prediction, len(queries))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(queries); i = int(next.Add(1)) - 1 {
				if _, ok := found[queries[i].id]; !ok {
					answers[i].account, answers[i].score = m.Match(queries[i])
				}
			}
		})
	}
	wg.Wait()
	for i, q := range queries {
		if _, ok := found[q.id]; !ok {
			found[q.id] = answers[i]
		}
	}
}

// labelled gives the labels of some queries.
func (b bench) labelled(queries []query) map[string]label {
	out := map[string]label{}
	for _, q := range queries {
		if l, ok := b.labels[q.id]; ok {
			out[q.id] = l
		}
	}
	return out
}
