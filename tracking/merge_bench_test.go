package tracking_test

import (
	"fmt"
	"iter"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// crowd gives the rows of one relationship out of eight, which together have five
// rows for each two people. A person has an address, a name and a company, every third
// a profile; every seventh row lacks the record.
func crowd(rows, relationship int) iter.Seq[tracking.Person] {
	people := rows * 2 / 5
	return func(yield func(tracking.Person) bool) {
		for i := relationship; i < rows; i += 8 {
			n := i % people
			p := tracking.Person{
				FirstName: "Ann" + letters(n%700), LastName: "Lee" + letters(n),
				Emails:  []string{fmt.Sprintf("ann.lee%d@company%d.com", n, n/40)},
				Company: matching.Company{Name: "Company " + letters(n/40) + " Inc."},
			}
			if i%7 != 0 {
				p.RecordID = fmt.Sprintf("003%012dAAA", n)
			}
			if n%3 == 0 {
				p.LinkedIn = fmt.Sprintf("https://www.linkedin.com/in/ann-lee-%d", n)
			}
			if !yield(p) {
				return
			}
		}
	}
}

// letters spells a number, since names with digits are no names.
func letters(n int) string {
	var b strings.Builder
	for ; n > 0; n /= 26 {
		b.WriteByte(byte('a' + n%26))
	}
	return b.String()
}

// ranked8 is the default ranking and two relationships more.
func ranked8() []tracking.Relationship {
	return append(tracking.DefaultRelationships(), tracking.Relationship{ID: "nps", Name: "NPS"}, tracking.Relationship{ID: "event", Name: "Event"})
}

// heap is the number of bytes of the process's heap, garbage included.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// mergeCrowd merges rows and measures the largest heap on the way, and what stays of
// it in the roster; both beyond what was there before.
func mergeCrowd(tb testing.TB, rows int) (r *tracking.Roster, peak, stays uint64) {
	tb.Helper()
	runtime.GC()
	before := heap()
	var lists []tracking.List
	for i, relationship := range ranked8() {
		people := crowd(rows, i)
		lists = append(lists, tracking.List{Relationship: relationship.ID, People: func(yield func(tracking.Person) bool) {
			n := 0
			for p := range people {
				if n++; n%1000 == 0 {
					peak = max(peak, heap())
				}
				if !yield(p) {
					return
				}
			}
		}})
	}
	r, err := tracking.Merge(ranked8(), lists)
	if err != nil {
		tb.Fatal(err)
	}
	peak = max(peak, heap()) - before
	runtime.GC()
	stays = heap() - before
	return r, peak, stays
}

func BenchmarkMerge(b *testing.B) {
	for _, rows := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			var peak, stays uint64
			people := 0
			for b.Loop() {
				r, p, s := mergeCrowd(b, rows)
				peak, stays, people = max(peak, p), s, r.Credits()
				runtime.KeepAlive(r)
			}
			b.ReportMetric(float64(people), "people")
			b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
			b.ReportMetric(float64(stays)/float64(people), "B/person")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
		})
	}
}

// TestMergeMemoryGrowsWithPeople holds the shape that the benchmark measures: ten
// times the rows take ten times the memory, give or take the steps of hash tables.
func TestMergeMemoryGrowsWithPeople(t *testing.T) {
	perPerson := func(rows int) float64 {
		r, _, stays := mergeCrowd(t, rows)
		if want := rows * 2 / 5; r.Credits() != want {
			t.Fatalf("%d rows: %d people, want %d", rows, r.Credits(), want)
		}
		return float64(stays) / float64(r.Credits())
	}
	few, many := perPerson(2_500), perPerson(25_000)
	t.Logf("%.0f bytes a person of 1,000, %.0f of 10,000", few, many)
	if many > 2*few || many > 600 {
		t.Errorf("%.0f bytes a person of 1,000, %.0f of 10,000, want less than twice as much and at most 600", few, many)
	}
}
