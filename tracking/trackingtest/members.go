package trackingtest

import (
	"errors"
	"fmt"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

var members = []scenario{
	{"what is staged is not seen before it is committed", stagedUnseen},
	{"a member reads back whole", memberWhole},
	{"rows of one member come together, and members of two relationships do not", rowsTogether},
	{"TR11 who is no longer there has left, and stays known", sweepLeaves},
	{"a file only adds", noSweepAdds},
	{"imports do not touch one another", importsApart},
	{"reading again brings new words and keeps who joined when", readAgain},
	{"a later run takes over, and the earlier one is refused", laterRun},
	{"a run ends once", endsOnce},
	{"what was discarded is gone", discarded},
	{"members are reached by the keys that are theirs alone", reachedByHandles},
	{"an import of thousands, asked for by thousands of keys", thousands},
}

func stagedUnseen(s *stage) {
	run := s.begin("crm")
	s.ok(s.store.Stage(s.Context(), run, []tracking.Member{member("user", "lee")}))
	s.same("members before", s.all(), []string{})
	s.same("of the keys before", s.of("mail:lee@acme.com"), []string{})
	done, err := s.store.Commit(s.Context(), run, at(1), true)
	s.ok(err)
	s.same("committed", done, tracking.Synced{Joined: 1})
	s.same("members", s.all(), []string{"crm user lee x1 1"})
}

func memberWhole(s *stage) {
	m, problem := tracking.NewMember("crm", tracking.Row{Relationship: "closed_won", Person: tracking.Person{
		RecordID: "003000000000001AAA", HubSpotID: "62515-501", LinkedIn: "https://www.linkedin.com/in/josé-núñez", Emails: []string{"jose@acme.com", "j@example.org"},
		FirstName: "José", LastName: "Núñez", Title: "VP, \"Sales\"", AccountID: "001000000000001AAA",
		Company: matching.Company{Name: "株式会社アクメ", Domain: "acme.com", Country: "JP"},
	}})
	s.same("identified", problem == nil, true)
	s.read("crm", at(1), true, m)
	m.Joined = at(1)
	for got, err := range s.store.Members(s.Context()) {
		s.ok(err)
		s.same("member", got, m)
	}
	of, err := s.store.MembersOf(s.Context(), []string{"in:/in/josé-núñez"})
	s.ok(err)
	s.same("member of the key", of, []tracking.Member{m})
}

func rowsTogether(s *stage) {
	run := s.begin("crm")
	again := member("user", "lee")
	again.Person.Emails = append(again.Person.Emails, "ann@example.org")
	again.Keys = again.Person.Keys()
	s.ok(s.store.Stage(s.Context(), run, []tracking.Member{member("user", "lee"), member("customer", "lee"), member("user", "lee")}))
	s.ok(s.store.Stage(s.Context(), run, []tracking.Member{again}))
	done, err := s.store.Commit(s.Context(), run, at(1), true)
	s.ok(err)
	s.same("committed", done, tracking.Synced{Joined: 2})
	s.same("members", s.all(), []string{"crm customer lee x1 1", "crm user lee x3 1"})
	s.same("by the address of the last row", s.of("mail:ann@example.org"), []string{"crm user lee x3 1"})
}

func sweepLeaves(s *stage) {
	s.read("crm", at(1), true, member("user", "lee"), member("user", "kim"), member("user", "fox"))
	s.same("read again", s.read("crm", at(2), true, member("user", "lee")), tracking.Synced{Stayed: 1, Left: 2})
	s.same("members", s.all(), []string{"crm user fox x1 1-2", "crm user kim x1 1-2", "crm user lee x1 1"})
	s.same("and again", s.read("crm", at(3), true, member("user", "lee"), member("user", "kim")), tracking.Synced{Stayed: 1, Returned: 1})
	s.same("members then", s.all(), []string{"crm user fox x1 1-2", "crm user kim x1 1", "crm user lee x1 1"})
}

func noSweepAdds(s *stage) {
	s.read("file", at(1), false, member("user", "lee"), member("user", "kim"))
	s.same("second file", s.read("file", at(2), false, member("user", "kim"), member("user", "fox")), tracking.Synced{Stayed: 1, Joined: 1})
	s.same("members", s.all(), []string{"file user fox x1 2", "file user kim x1 1", "file user lee x1 1"})
}

func importsApart(s *stage) {
	one, two := s.begin("one"), s.begin("two")
	s.ok(s.store.Stage(s.Context(), two, []tracking.Member{member("user", "kim")}))
	s.ok(s.store.Stage(s.Context(), one, []tracking.Member{member("user", "lee"), member("user", "kim")}))
	for i, run := range []string{two, one} {
		_, err := s.store.Commit(s.Context(), run, at(i+1), true)
		s.ok(err)
	}
	s.read("one", at(3), true)
	s.same("members", s.all(), []string{"one user kim x1 2-3", "one user lee x1 2-3", "two user kim x1 1"})
}

func readAgain(s *stage) {
	s.read("crm", at(1), true, member("user", "lee"), member("user", "lee"))
	m := member("user", "lee")
	m.Person.Title = "CTO"
	s.same("read again", s.read("crm", at(2), true, m), tracking.Synced{Stayed: 1})
	of, err := s.store.MembersOf(s.Context(), []string{"mail:lee@acme.com"})
	s.ok(err)
	m.Import, m.Joined = "crm", at(1)
	s.same("member", of, []tracking.Member{m})
}

func laterRun(s *stage) {
	first := s.begin("crm")
	s.ok(s.store.Stage(s.Context(), first, []tracking.Member{member("user", "old")}))
	second := s.begin("crm")
	s.refused("stage of the first", s.store.Stage(s.Context(), first, []tracking.Member{member("user", "late")}))
	s.ok(s.store.Stage(s.Context(), second, []tracking.Member{member("user", "new")}))
	_, err := s.store.Commit(s.Context(), first, at(1), true)
	s.refused("commit of the first", err)
	s.ok(s.store.Discard(s.Context(), first))
	_, err = s.store.Commit(s.Context(), second, at(2), true)
	s.ok(err)
	s.same("members", s.all(), []string{"crm user new x1 2"})
}

func (s *stage) refused(what string, err error) {
	s.Helper()
	if !errors.Is(err, contacts.ErrSuperseded) {
		s.Errorf("%s: %v, want ErrSuperseded", what, err)
	}
}

func endsOnce(s *stage) {
	run := s.begin("crm")
	_, err := s.store.Commit(s.Context(), run, at(1), true)
	s.ok(err)
	_, err = s.store.Commit(s.Context(), run, at(2), true)
	s.refused("commit again", err)
	s.refused("stage afterwards", s.store.Stage(s.Context(), run, []tracking.Member{member("user", "lee")}))
	s.refused("stage of nothing that began", s.store.Stage(s.Context(), "none", nil))
	s.same("members", s.all(), []string{})
}

func discarded(s *stage) {
	s.read("crm", at(1), true, member("user", "lee"))
	run := s.begin("crm")
	s.ok(s.store.Stage(s.Context(), run, []tracking.Member{member("user", "kim")}))
	s.ok(s.store.Discard(s.Context(), run))
	s.ok(s.store.Discard(s.Context(), run))
	s.ok(s.store.Discard(s.Context(), "none"))
	_, err := s.store.Commit(s.Context(), run, at(2), true)
	s.refused("commit afterwards", err)
	s.same("members", s.all(), []string{"crm user lee x1 1"})
	s.same("read again", s.read("crm", at(3), true, member("user", "fox")), tracking.Synced{Joined: 1, Left: 1})
}

func reachedByHandles(s *stage) {
	lee := member("user", "lee")
	bare := lee
	bare.Keys = lee.Keys[1:] // the name and company alone
	bare.Key = bare.Keys[0]
	s.read("one", at(1), true, lee)
	s.read("two", at(2), true, bare)
	s.same("by address", s.of("mail:lee@acme.com"), []string{"one user lee x1 1"})
	s.same("by name", s.of(bare.Key), []string{"two user lee x1 2"})
	s.same("by both", s.of("mail:none@acme.com", bare.Key, "mail:lee@acme.com"), []string{"one user lee x1 1", "two user lee x1 2"})
	s.same("by nothing", s.of(), []string{})
	s.same("by what nobody has", s.of("mail:none@acme.com"), []string{})
}

func thousands(s *stage) {
	const n = 2500
	run := s.begin("crm")
	var keys []string
	var ms []tracking.Member
	for i := range n {
		m := member("user", fmt.Sprintf("p%d", i))
		keys = append(keys, m.Key)
		if ms = append(ms, m); len(ms) == 500 {
			s.ok(s.store.Stage(s.Context(), run, ms))
			ms = nil
		}
	}
	done, err := s.store.Commit(s.Context(), run, at(1), true)
	s.ok(err)
	s.same("committed", done, tracking.Synced{Joined: n})
	s.same("by all keys", len(s.of(keys...)), n)
	seen := 0
	for _, err := range s.store.Members(s.Context()) {
		s.ok(err)
		if seen++; seen == 10 {
			break
		}
	}
	s.same("left", s.read("crm", at(2), true), tracking.Synced{Left: n})
	gone, err := s.store.Erase(s.Context(), keys)
	s.ok(err)
	s.same("erased", gone, n)
}
