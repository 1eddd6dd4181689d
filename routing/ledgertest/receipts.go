package ledgertest

import (
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

var receipts = []scenario{
	{"P2 receipts are kept for whoever claims next", receiptsKept},
	{"a repeated write replaces its receipt, but not the state before it", receiptsReplaced},
	{"a write that was refused first keeps the state before the one that worked", receiptsRefusedFirst},
	{"RT07 the record of an identity is known to all its aliases", receiptsLanded},
	{"RT06 a refused write lands nowhere", receiptsRefused},
	{"a receipt of another key lands nowhere", receiptsOther},
	{"an alias that comes later knows the record as well", receiptsLaterAlias},
}

func receiptsKept(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.calm(s.decide(decision(c.Fence))[0])
	one, two := receipt("w1", "C1", "old", "new"), receipt("w2", "C2", "", "Boss")
	s.calm(s.write(c.Fence, one))
	s.calm(s.write(c.Fence, two))
	want := []routing.Receipt{one, two}
	s.same("record", s.record("a").Receipts, want)
	s.same("claim", s.take(at(5), "a").Receipts, want)
}

func receiptsReplaced(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.calm(s.decide(decision(c.Fence))[0])
	s.calm(s.write(c.Fence, receipt("w1", "C1", "old", "new"), receipt("w2", "C2", "x", "y")))
	s.calm(s.write(c.Fence, receipt("w1", "C1", "new", "newer")))
	s.same("record", s.record("a").Receipts, []routing.Receipt{receipt("w1", "C1", "old", "newer"), receipt("w2", "C2", "x", "y")})
}

func receiptsRefusedFirst(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.calm(s.decide(decision(c.Fence))[0])
	s.calm(s.write(c.Fence, refusal("w1")))
	s.calm(s.write(c.Fence, receipt("w1", "C1", "old", "new")))
	s.same("record", s.record("a").Receipts, []routing.Receipt{receipt("w1", "C1", "old", "new")})
}

func receiptsLanded(s *stage) {
	c := createsBeta(s)
	s.same("before", landed(s, "domain"), "")
	s.calm(s.write(c.Fence, receipt("account-beta", "001B", "", "")))
	s.same("domain", landed(s, "domain"), "001B")
	s.same("name", landed(s, "name"), "001B")
}

func receiptsRefused(s *stage) {
	c := createsBeta(s)
	blocked := refusal("account-beta")
	blocked.ID = "001X" // the account that the rule found
	s.calm(s.write(c.Fence, blocked))
	s.same("landed", landed(s, "domain"), "")
}

func receiptsOther(s *stage) {
	c := createsBeta(s)
	s.calm(s.write(c.Fence, receipt("contact-1", "003C", "", "")))
	s.same("landed", landed(s, "domain"), "")
}

func receiptsLaterAlias(s *stage) {
	c := createsBeta(s)
	s.calm(s.write(c.Fence, receipt("account-beta", "001B", "", "")))
	s.accept(report("b"))
	s.calm(s.decide(claims(decision(s.take(at(1), "b").Fence), "linkedin", "", "account-beta"))[0])
	s.same("landed", landed(s, "linkedin"), "001B")
}

// createsBeta decides that an account is to be created, known by two aliases.
func createsBeta(s *stage) routing.Claim {
	s.Helper()
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.calm(s.decide(claims(claims(decision(c.Fence), "domain", "", "account-beta"), "name", "", "account-beta"))[0])
	return c
}

func landed(s *stage, alias routing.Alias) string {
	s.Helper()
	return s.lookup(routing.Question{Aliases: []routing.Alias{alias}}).Known[alias].Landed
}

// refusal is the receipt of a write that a duplicate rule blocked.
func refusal(key crm.Key) routing.Receipt {
	return routing.Receipt{
		Key: key, Verb: crm.VerbCreate, Object: crm.ObjectAccount,
		Error: "DUPLICATES_DETECTED", Class: "duplicate", Rule: "Standard rule", Matches: []string{"001X"}, At: at(2),
	}
}
