package ledgertest

import (
	"fmt"
	"slices"

	"github.com/onward-crm/onward/routing"
)

var filtering = []scenario{
	{"by sender, exactly", filterSource},
	{"by any of some persons", filterPersons},
	{"by time of receipt, the end excluded", filterTimes},
	{"youngest first", filterNewest},
	{"page by page, both ways", filterPages},
	{"page by page with a choice", filterChosenPages},
	{"a list goes on where it was, whatever came and went", filterMeanwhile},
}

func filterSource(s *stage) {
	for i, source := range []string{"hubspot", "hubspot2", "Hubspot", "flow", "hubspot"} {
		d := report(fmt.Sprint(i))
		d.Event.Source = source
		s.accept(d)
	}
	s.same("one sender", s.records(routing.Filter{Source: "hubspot"}), []string{"0", "4"})
	s.same("nobody", s.records(routing.Filter{Source: "hub"}), []string{})
}

func filterPersons(s *stage) {
	s.accept(report("a", "p", "q"), report("b", "q"), report("c", "r"), report("d"))
	s.same("one", s.records(routing.Filter{Persons: []string{"q"}}), []string{"a", "b"})
	s.same("any of two", s.records(routing.Filter{Persons: []string{"r", "p"}}), []string{"a", "c"})
	s.same("each once", s.records(routing.Filter{Persons: []string{"q", "p"}}), []string{"a", "b"})
	s.same("nobody", s.records(routing.Filter{Persons: []string{"x"}}), []string{})
}

func filterTimes(s *stage) {
	s.accept(dated("late", 0, 9), dated("early", 8, 1), dated("middle", 0, 5))
	for _, c := range []struct {
		from, until int
		want        []string
	}{{5, 9, []string{"middle"}}, {1, 10, []string{"late", "early", "middle"}}, {6, 9, []string{}}} {
		s.same(fmt.Sprint(c.from, c.until), s.records(routing.Filter{From: at(c.from), Until: at(c.until)}), c.want)
	}
	s.same("from on", s.records(routing.Filter{From: at(5)}), []string{"late", "middle"})
	s.same("until", s.records(routing.Filter{Until: at(5)}), []string{"early"})
}

func filterNewest(s *stage) {
	s.accept(dated("b", 9, 9), report("a"), report("c"))
	s.same("all", s.records(routing.Filter{Newest: true}), []string{"c", "a", "b"})
	s.same("the youngest two", s.records(routing.Filter{Newest: true, Limit: 2}), []string{"c", "a"})
	many := make([]routing.Delivery, 700)
	for i := range many {
		many[i] = report(fmt.Sprintf("%03d", i))
	}
	s.accept(many...)
	got := s.records(routing.Filter{Newest: true})
	slices.Reverse(got)
	s.same("many", got, s.records(routing.Filter{}))
}

// pages reads a list in pages of two.
func (s *stage) pages(f routing.Filter) []string {
	s.Helper()
	f.Limit = 2
	all := []string{}
	for range 100 {
		keys := s.records(f)
		all = append(all, keys...)
		if len(keys) < 2 {
			return all
		}
		f.After = s.record(keys[1]).Seq
	}
	s.Fatal("the list does not end")
	return nil
}

func filterPages(s *stage) {
	s.accept(report("a"), report("b"), report("c"), report("d"))
	s.same("forwards", s.pages(routing.Filter{}), []string{"a", "b", "c", "d"})
	s.same("backwards", s.pages(routing.Filter{Newest: true}), []string{"d", "c", "b", "a"})
}

func filterChosenPages(s *stage) {
	for i := range 9 {
		key := fmt.Sprint(i)
		s.accept(dated(key, i, i, "p"+fmt.Sprint(i%2)))
		status := routing.StatusDone
		if i%3 == 0 {
			status = routing.StatusParked
		}
		s.done(at(10), key, status)
	}
	f := routing.Filter{Statuses: []routing.Status{routing.StatusDone}, Persons: []string{"p0"}, From: at(2), Until: at(9), Source: "test"}
	s.same("forwards", s.pages(f), []string{"2", "4", "8"})
	f.Newest = true
	s.same("backwards", s.pages(f), []string{"8", "4", "2"})
}

func filterMeanwhile(s *stage) {
	s.accept(report("a"), report("b"), report("c"))
	after := s.record("b").Seq
	s.calm(s.withdraw("b")[0])
	s.accept(report("d"))
	s.same("forwards", s.records(routing.Filter{After: after}), []string{"c", "d"})
	s.same("backwards", s.records(routing.Filter{After: after, Newest: true}), []string{"a"})
}
