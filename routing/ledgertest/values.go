package ledgertest

import (
	"slices"

	"github.com/onward-crm/onward/routing"
)

// Events, plans, facts and field maps are immutable by agreement. What the
// scenarios below change is everything else.
var values = []scenario{
	{"what was passed in may be changed afterwards", valuesIn},
	{"what was returned may be changed", valuesOut},
}

func valuesIn(s *stage) {
	ds := []routing.Delivery{report("a")}
	s.accept(ds...)
	ds[0] = routing.Delivery{Key: "changed"}

	c := s.take(at(1), "a")
	decisions := []routing.Decision{decision(c.Fence)}
	s.calm(s.decide(decisions...)[0])
	decisions[0].Plan.What, decisions[0].Facts.Capped = "changed", true

	ws := []routing.Receipt{receipt("w1", "C1", "old", "new")}
	s.calm(s.write(c.Fence, ws...))
	ws[0].ID = "changed"

	f := ended(c.Fence, routing.StatusDone)
	f.Notices = []routing.Notice{notice("n", "a", 1)}
	s.calm(s.finish(f))
	f.Notices[0].UserID = "changed"

	rec := s.record("a")
	s.same("delivery", rec.Delivery, report("a"))
	s.same("plan", rec.Plan, decision(c.Fence).Plan)
	s.same("facts", rec.Facts, decision(c.Fence).Facts)
	s.same("receipts", rec.Receipts, []routing.Receipt{receipt("w1", "C1", "old", "new")})
	s.same("notices", s.unsent(1), []routing.Notice{notice("n", "a", 1)})
}

func valuesOut(s *stage) {
	parked(s, "a")
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, KeepPlan: true, Act: pick(5)})[0])
	c := s.take(at(5), "a")
	f := ended(c.Fence, routing.StatusDone)
	f.Notices = []routing.Notice{notice("n", "a", 1)}
	want := s.text(s.record("a"))

	scribble(&c.Delivery, c.Plan, c.Facts, c.Receipts)
	c.Acts[0].By = "changed"
	for _, rec := range []routing.Record{s.record("a"), s.accept(report("a"))[0].Record, listed(s, "a")} {
		rec.Status = "changed"
		scribble(&rec.Delivery, rec.Plan, rec.Facts, rec.Receipts)
		rec.Acts[0].By = "changed"
		_ = append(rec.Acts, routing.Act{By: "changed"})
		if got := s.text(s.record("a")); got != want {
			s.Fatalf("the ledger's record changed:\n%s\nwas\n%s", got, want)
		}
	}

	s.calm(s.finish(f))
	s.unsent(1)[0].UserID = "changed"
	s.same("notices", s.unsent(1), f.Notices)
	s.lookup(routing.Question{Pools: []string{"pool"}}).Rota["pool"] = 7
	wantRota(s, "pool", 0)
}

func scribble(d *routing.Delivery, p *routing.Plan, f *routing.Facts, rs []routing.Receipt) {
	d.Key, p.What, f.Capped, rs[0].ID = "changed", "changed", true, "changed"
	_ = append(slices.Clip(rs), routing.Receipt{Key: "changed"})
}

// listed is the record as Records returns it.
func listed(s *stage, key string) routing.Record {
	s.Helper()
	for r, err := range s.ledger.Records(s.Context(), routing.Filter{}) {
		s.calm(err)
		if r.Key == key {
			return r
		}
	}
	s.Fatalf("%s is not listed", key)
	return routing.Record{}
}
