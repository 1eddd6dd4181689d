package ledgertest

import (
	"fmt"

	"github.com/onward-crm/onward/routing"
)

var records = []scenario{
	{"in order of acceptance", recordsOrder},
	{"by status, outcome and reason, and all of them together", recordsFilter},
	{"at most the limit", recordsLimit},
	{"breaking out frees the ledger", recordsBreak},
	{"the ledger may be used while they are read", recordsMeanwhile},
	{"the error comes once, last", recordsError},
	{"fetching leaves out what does not exist", recordsFetch},
}

func (s *stage) records(f routing.Filter) []string {
	s.Helper()
	keys := []string{}
	for r, err := range s.ledger.Records(s.Context(), f) {
		s.calm(err)
		keys = append(keys, r.Key)
	}
	return keys
}

func recordsOrder(s *stage) {
	s.accept(dated("z", 9, 9), dated("a", 5, 5))
	s.accept(dated("m", 1, 1))
	s.same("records", s.records(routing.Filter{}), []string{"z", "a", "m"})
}

func recordsFilter(s *stage) {
	outcomes := []routing.Outcome{
		{Status: routing.StatusDone, What: routing.WhatLead, Reason: routing.ReasonNoAccount},
		{Status: routing.StatusDone, What: routing.WhatContact, Reason: routing.ReasonAccountMatched},
		{Status: routing.StatusReview, What: routing.WhatHeld, Reason: routing.ReasonAccountReview},
		{Status: routing.StatusDone, What: routing.WhatLead, Reason: routing.ReasonAlwaysLead},
	}
	for i, o := range outcomes {
		key := fmt.Sprint(i)
		s.accept(report(key))
		s.calm(s.finish(routing.Finish{Fence: s.take(at(1), key).Fence, Result: o, At: at(2)}))
	}
	s.accept(report("new"))
	for _, c := range []struct {
		filter routing.Filter
		want   []string
	}{
		{routing.Filter{Statuses: []routing.Status{routing.StatusReview}}, []string{"2"}},
		{routing.Filter{Statuses: []routing.Status{routing.StatusReview, routing.StatusAccepted}}, []string{"2", "new"}},
		{routing.Filter{Outcome: routing.WhatLead}, []string{"0", "3"}},
		{routing.Filter{Reason: routing.ReasonAccountMatched}, []string{"1"}},
		{routing.Filter{Statuses: []routing.Status{routing.StatusDone}, Outcome: routing.WhatLead, Reason: routing.ReasonAlwaysLead}, []string{"3"}},
		{routing.Filter{Statuses: []routing.Status{routing.StatusParked}}, []string{}},
		{routing.Filter{Statuses: []routing.Status{routing.StatusDone}, Limit: 2}, []string{"0", "1"}},
	} {
		s.same(fmt.Sprintf("%+v", c.filter), s.records(c.filter), c.want)
	}
}

func recordsLimit(s *stage) {
	s.accept(report("a"), report("b"), report("c"))
	s.same("two", s.records(routing.Filter{Limit: 2}), []string{"a", "b"})
	s.same("three", s.records(routing.Filter{Limit: 3}), []string{"a", "b", "c"})
	s.same("nine", s.records(routing.Filter{Limit: 9}), []string{"a", "b", "c"})
}

func recordsBreak(s *stage) {
	s.accept(report("a"), report("b"))
	for r, err := range s.ledger.Records(s.Context(), routing.Filter{}) {
		s.calm(err)
		s.same("first", r.Key, "a")
		break
	}
	s.done(at(1), "a", routing.StatusDone)
}

func recordsMeanwhile(s *stage) {
	const n = 700
	for i := range n {
		s.accept(report(fmt.Sprint(i)))
	}
	seen := 0
	for r, err := range s.ledger.Records(s.Context(), routing.Filter{}) {
		s.calm(err)
		s.same("seen inside", s.record(r.Key).Seq, r.Seq)
		seen++
	}
	s.same("seen", seen, n)
}

func recordsError(s *stage) {
	s.accept(report("a"))
	var errs int
	for _, err := range s.ledger.Records(cancelled(s), routing.Filter{}) {
		if err != nil {
			errs++
		}
	}
	s.same("errors", errs, 1)
}

func recordsFetch(s *stage) {
	s.accept(report("a"), report("b"))
	rs, err := s.ledger.Fetch(s.Context(), []string{"b", "nobody", "b"})
	s.calm(err)
	s.same("fetched", rs, map[string]routing.Record{"b": s.record("b")})
}
