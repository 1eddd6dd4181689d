package ledgertest

import "github.com/onward-crm/onward/routing"

var notices = []scenario{
	{"oldest first, at most as many as asked for", noticesOrder},
	{"until they are sent", noticesSent},
	{"a sent notice is not stored again", noticesOnce},
}

// notifies finishes a delivery with notices.
func notifies(s *stage, key string, ns ...routing.Notice) {
	s.Helper()
	s.accept(report(key))
	f := ended(s.take(at(1), key).Fence, routing.StatusDone)
	f.Notices = ns
	s.calm(s.finish(f))
}

func noticesOrder(s *stage) {
	two, one, three, tie := notice("2", "a", 2), notice("1", "a", 1), notice("3", "b", 3), notice("2 too", "b", 2)
	notifies(s, "a", two, one)
	notifies(s, "b", three, tie)
	s.same("all", s.unsent(9), []routing.Notice{one, two, tie, three})
	s.same("two", s.unsent(2), []routing.Notice{one, two})
	s.same("none", len(s.unsent(0)), 0)
}

func noticesSent(s *stage) {
	one, two := notice("1", "a", 1), notice("2", "a", 2)
	notifies(s, "a", one, two)
	s.same("unsent", len(s.unsent(9)), 2)
	s.same("asking is not sending", len(s.unsent(9)), 2)
	s.calm(s.ledger.Sent(s.Context(), []string{"1", "unknown"}))
	s.same("left", s.unsent(9), []routing.Notice{two})
	s.calm(s.ledger.Sent(s.Context(), []string{"1", "2"}))
	s.same("none left", len(s.unsent(9)), 0)
}

func noticesOnce(s *stage) {
	notifies(s, "a", notice("1", "a", 1))
	s.calm(s.ledger.Sent(s.Context(), []string{"1"}))
	notifies(s, "b", notice("1", "a", 1))
	s.same("notices", len(s.unsent(9)), 0)
}
