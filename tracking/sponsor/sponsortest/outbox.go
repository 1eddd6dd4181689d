package sponsortest

import (
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

var history = []scenario{
	{"lines read back whole", historyWhole},
	{"time goes before the order of saving", historyOrder},
	{"lines are found by sponsor, entity and time", historyFilters},
}

func historyWhole(s *stage) {
	want := sponsor.Entry{
		Sponsor: "a", Entity: sponsor.EntityRef{Kind: sponsor.KindProject, ID: "p1"}, At: at(1).Add(7 * time.Microsecond), By: "anna",
		Act: sponsor.ActAccepted, Update: "u1", Attribute: sponsor.Title, Old: "VP", New: "Größe → 大",
	}
	s.save(sponsor.Saving{Sponsor: one("a"), Log: []sponsor.Entry{want}})
	for got, err := range s.store.History(s.Context(), sponsor.HistoryFilter{}) {
		s.ok(err)
		s.same("line", got, want)
	}
	s.same("lines", len(s.lines(sponsor.HistoryFilter{})), 1)
}

func historyOrder(s *stage) {
	s.save(sponsor.Saving{Sponsor: one("a"), Log: []sponsor.Entry{line("a", "acme", 2, "3"), line("a", "acme", 2, "4"), line("a", "acme", 1, "1")}})
	s.save(sponsor.Saving{Sponsor: one("b"), Log: []sponsor.Entry{line("b", "acme", 1, "2"), line("b", "acme", 2, "5")}})
	s.same("lines", s.lines(sponsor.HistoryFilter{}), []string{"1", "2", "3", "4", "5"})
	for e, err := range s.store.History(s.Context(), sponsor.HistoryFilter{}) {
		s.ok(err)
		s.same("first", e.New, "1")
		break
	}
	s.save(first(one("c"))) // the one that was left early holds nothing up
}

func historyFilters(s *stage) {
	other := line("a", "acme", 4, "4")
	other.Entity.Kind = sponsor.KindProject
	s.save(sponsor.Saving{Sponsor: one("a"), Log: []sponsor.Entry{line("a", "acme", 1, "1"), line("a", "globex", 2, "2"), other}})
	s.save(sponsor.Saving{Sponsor: one("b"), Log: []sponsor.Entry{line("b", "acme", 3, "3")}})
	acme := sponsor.EntityRef{Kind: sponsor.KindAccount, ID: "acme"}
	s.same("of a", s.lines(sponsor.HistoryFilter{Sponsor: "a"}), []string{"1", "2", "4"})
	s.same("at acme", s.lines(sponsor.HistoryFilter{Entity: acme}), []string{"1", "3"})
	s.same("of a at acme", s.lines(sponsor.HistoryFilter{Sponsor: "a", Entity: acme}), []string{"1"})
	s.same("since", s.lines(sponsor.HistoryFilter{Since: at(3)}), []string{"3", "4"})
	s.same("of nobody", s.lines(sponsor.HistoryFilter{Sponsor: "c"}), []string{})
}

var effects = []scenario{
	{"SP08 effects read back whole", effectWhole},
	{"SP08 an effect is stored once for its key", effectOnce},
	{"who has been due for longest is owed first, at most so many", effectOrder},
	{"a lease holds, and ends", effectLease},
	{"a failed attempt is counted and tried again", effectRetry},
	{"what was sent or given up is owed no more", effectEnded},
	{"what is told of a stranger is passed over", effectStranger},
}

func effectWhole(s *stage) {
	who := tracking.Person{Emails: []string{"ann@acme.com"}, Title: "VP"}
	changes := []sponsor.Change{{Attribute: sponsor.Title, Old: "VP", New: "CRO"}}
	position := tracking.Position{Company: matching.Company{Name: "Globex", Since: at(-9)}, Title: "CRO", Kind: tracking.Employee, Current: true, StartedOn: at(-9)}
	want := []sponsor.Effect{
		{Key: "k1", Task: &sponsor.Task{
			Rule: "r", Entity: one("a").Entities[0], OwnerID: "anna", Type: "Call", Priority: "High", Reason: "why", Playbook: "how",
			DueOn: at(9), Person: who, Changes: changes, Set: crm.Fields{"X__c": "1"},
		}},
		{Key: "k2", Move: &sponsor.Move{ID: "m1", Person: who, Kind: tracking.Moved, From: position, To: position, At: at(1), Uncertain: true, Tell: []string{"anna"}}},
		{Key: "k3", Notice: &sponsor.Notice{Keys: []string{"x", "y"}, UserID: "anna", Person: who, Changes: changes, Move: "m1"}},
		{Key: "k4", Write: &crm.Write{Key: "k4", Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: "003", Set: crm.Fields{"Title": "CRO"}}},
	}
	for i := range want {
		want[i].Sponsor, want[i].Update, want[i].At, want[i].Due = "a", "u1", at(1).Add(time.Microsecond), at(2)
	}
	s.save(sponsor.Saving{Sponsor: one("a"), Effects: want})
	got, err := s.store.Effects(s.Context(), "a")
	s.ok(err)
	s.same("effects", got, want)
	owed, err := s.store.Owed(s.Context(), at(2), 9, lease)
	s.ok(err)
	s.same("owed", owed, want)
}

func effectOnce(s *stage) {
	s.save(sponsor.Saving{Sponsor: one("a"), Effects: []sponsor.Effect{owing("a", "k1", 0), owing("a", "k1", 5)}})
	s.settle(sponsor.Settlement{Key: "k1", Sent: true, At: at(1)})
	read := s.load("a")
	s.save(sponsor.Saving{Sponsor: read, Effects: []sponsor.Effect{owing("a", "k1", 0), owing("a", "k2", 0)}})
	s.same("owed", s.owed(at(9), 9), []string{"k2"})
	got, err := s.store.Effects(s.Context(), "a")
	s.ok(err)
	s.same("effects", keysOf(got), []string{"k1", "k2"})
}

func effectOrder(s *stage) {
	s.save(sponsor.Saving{Sponsor: one("a"), Effects: []sponsor.Effect{owing("a", "k4", 3), owing("a", "k3", 2), owing("a", "k2", 2), owing("a", "k1", 9)}})
	s.same("first two", s.owed(at(5), 2), []string{"k2", "k3"})
	s.same("the rest that is due", s.owed(at(5), 9), []string{"k4"})
	s.same("none asked for", s.owed(at(50), 0), []string{})
}

func effectLease(s *stage) {
	s.save(sponsor.Saving{Sponsor: one("a"), Effects: []sponsor.Effect{owing("a", "k1", 0)}})
	s.same("first", s.owed(at(1), 9), []string{"k1"})
	s.same("while held", s.owed(at(2).Add(-time.Second), 9), []string{})
	s.same("when the lease has ended", s.owed(at(2), 9), []string{"k1"})
	s.settle(sponsor.Settlement{Key: "k1", Due: at(2), Error: "locked", At: at(2)})
	s.same("given back before the lease ends", s.owed(at(2), 9), []string{"k1"})
}

func effectRetry(s *stage) {
	s.save(sponsor.Saving{Sponsor: one("a"), Effects: []sponsor.Effect{owing("a", "k1", 0)}})
	for i := range 3 {
		s.same("owed", s.owed(at(10*i), 9), []string{"k1"})
		s.settle(sponsor.Settlement{Key: "k1", Due: at(10*i + 10), Error: []string{"one", "two", "three"}[i], At: at(10 * i)})
		s.same("owed at once", s.owed(at(10*i+9), 9), []string{})
	}
	want := owing("a", "k1", 30)
	want.Attempts, want.Error = 3, "three"
	s.same("effect", s.effect("a", "k1"), want)
	s.settle(sponsor.Settlement{Key: "k1", Waited: true, Due: at(40), Error: "away", At: at(30)})
	want.Due, want.Error = at(40), "away"
	s.same("an outage is no attempt", s.effect("a", "k1"), want)
}

func effectEnded(s *stage) {
	s.save(sponsor.Saving{Sponsor: one("a"), Effects: []sponsor.Effect{owing("a", "k1", 0), owing("a", "k2", 0)}})
	s.settle(sponsor.Settlement{Key: "k1", Sent: true, At: at(1)}, sponsor.Settlement{Key: "k2", GivenUp: true, Error: "invalid", At: at(2)})
	s.same("owed", s.owed(at(500), 9), []string{})
	sent, given := owing("a", "k1", 0), owing("a", "k2", 0)
	sent.Ended = at(1)
	given.Ended, given.GivenUp, given.Attempts, given.Error = at(2), true, 1, "invalid"
	s.same("sent", s.effect("a", "k1"), sent)
	s.same("given up", s.effect("a", "k2"), given)
	s.settle(sponsor.Settlement{Key: "k1", Due: at(3), Error: "late", At: at(3)}, sponsor.Settlement{Key: "k2", Sent: true, At: at(3)})
	s.same("what comes late changes nothing", []sponsor.Effect{s.effect("a", "k1"), s.effect("a", "k2")}, []sponsor.Effect{sent, given})
}

func effectStranger(s *stage) {
	s.save(sponsor.Saving{Sponsor: one("a"), Effects: []sponsor.Effect{owing("a", "k1", 0)}})
	s.settle(sponsor.Settlement{Key: "none", Sent: true, At: at(1)}, sponsor.Settlement{Key: "k1", Sent: true, At: at(1)})
	s.settle()
	s.same("owed", s.owed(at(9), 9), []string{})
	got, err := s.store.Effects(s.Context(), "b")
	s.ok(err)
	s.same("effects of nobody", len(got), 0)
}

var erasing = []scenario{
	{"nothing of a sponsor is left, and the others keep all", eraseAll},
	{"what was erased may come again as somebody new", eraseAgain},
}

func eraseAll(s *stage) {
	all := func(x sponsor.Sponsor) sponsor.Saving {
		return sponsor.Saving{Sponsor: x, Log: []sponsor.Entry{line(x.ID, "acme", 1, x.ID)}, Effects: []sponsor.Effect{owing(x.ID, "k-"+x.ID, 0)}}
	}
	s.save(all(whole()), all(one("b")), all(one("c")))
	keys := whole().Keys()
	s.ok(s.store.Erase(s.Context(), []string{"whole", "unknown", "c"}))
	s.ok(s.store.Erase(s.Context(), nil))
	s.same("list", s.list(sponsor.Filter{}), []string{"b"})
	s.same("known", s.known(keys...), []string{})
	s.same("history", s.lines(sponsor.HistoryFilter{}), []string{"b"})
	s.same("at the entity", s.lines(sponsor.HistoryFilter{Entity: sponsor.EntityRef{Kind: sponsor.KindAccount, ID: "acme"}}), []string{"b"})
	s.same("owed", s.owed(at(9), 9), []string{"k-b"})
	left, err := s.store.Effects(s.Context(), "whole")
	s.ok(err)
	s.same("effects", len(left), 0)
}

func eraseAgain(s *stage) {
	before := one("a")
	before.Status, before.Due = sponsor.Pending, at(1)
	s.save(sponsor.Saving{Sponsor: before, Effects: []sponsor.Effect{owing("a", "k1", 0)}})
	s.ok(s.store.Erase(s.Context(), []string{"a"}))
	s.same("due", s.due(at(9), 9, sponsor.Pending), []string{})
	s.save(sponsor.Saving{Sponsor: one("a"), Effects: []sponsor.Effect{owing("a", "k1", 0)}})
	s.same("due as it was before", s.due(at(9), 9, sponsor.Pending, sponsor.Untracked), []string{})
	s.same("version", s.load("a").Version, 1)
	s.same("owed", s.owed(at(9), 9), []string{"k1"})
}
