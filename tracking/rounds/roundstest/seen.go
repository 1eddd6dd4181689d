package roundstest

import (
	"fmt"
	"strings"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking/rounds"
)

var seen = []scenario{
	{"nobody was seen", func(s *stage) {
		s.same("nobody", s.seenOf([]string{"mail:ann@acme.com"}, nil), []rounds.Seen{{}, {}})
		s.same("none asked", s.seenOf(), []rounds.Seen(nil))
	}},
	{"everything is kept", func(s *stage) {
		ann := rounds.Seen{
			Keys: []string{"crm:003A", "mail:ann@acme.com", "at:ann acme"}, AskedAt: at(1), SeenAt: at(0), Moved: true,
			Company: matching.Company{Name: "Beta", Domain: "beta.io", Country: "DE"}, Title: "VP", Told: []string{"left"}, Tries: 2,
		}
		s.see(ann)
		s.same("by each handle, positionally", s.seenOf([]string{"mail:ann@acme.com"}, []string{"crm:003B"}, []string{"in:x", "crm:003A"}),
			[]rounds.Seen{ann, {}, ann})
		s.same("not by the name that others share", s.seenOf([]string{"at:ann acme"}), []rounds.Seen{{}})
	}},
	{"the name is enough for whom nothing else is known", func(s *stage) {
		s.see(rounds.Seen{Keys: []string{"at:ann acme"}, AskedAt: at(1)})
		s.same("asked at", s.seenOf([]string{"at:ann acme"})[0].AskedAt, at(1))
		s.same("somebody of that name with an address", s.seenOf([]string{"mail:ann@acme.com", "at:ann acme"})[0].AskedAt.IsZero(), true)
	}},
	{"a later look takes the place of an earlier one", func(s *stage) {
		s.see(rounds.Seen{Keys: []string{"mail:ann@acme.com"}, AskedAt: at(1), Title: "VP", Moved: true})
		s.see(rounds.Seen{Keys: []string{"mail:ann@acme.com"}, AskedAt: at(2)})
		s.same("the later", s.seenOf([]string{"mail:ann@acme.com"}), []rounds.Seen{{Keys: []string{"mail:ann@acme.com"}, AskedAt: at(2)}})
	}},
	{"two who prove to be one", func(s *stage) {
		s.see(rounds.Seen{Keys: []string{"mail:ann@acme.com"}, AskedAt: at(2)}, rounds.Seen{Keys: []string{"in:ann"}, AskedAt: at(1)})
		both := []string{"in:ann", "mail:ann@acme.com"}
		s.same("before, the one asked last", s.seenOf(both)[0].AskedAt, at(2))
		s.see(rounds.Seen{Keys: both, AskedAt: at(3)})
		s.same("after, by either", s.seenOf(both[:1], both[1:]), []rounds.Seen{{Keys: both, AskedAt: at(3)}, {Keys: both, AskedAt: at(3)}})
	}},
	{"twice in one call, the last stands", func(s *stage) {
		s.see(rounds.Seen{Keys: []string{"in:ann"}, AskedAt: at(1)}, rounds.Seen{Keys: []string{"in:ann", "in:anna"}, AskedAt: at(2)})
		s.same("asked at", s.seenOf([]string{"in:ann"})[0].AskedAt, at(2))
	}},
	{"many at once, with keys of any content", func(s *stage) {
		var all []rounds.Seen
		var keys [][]string
		for i := range 500 {
			k := []string{fmt.Sprintf("in:p%d", i), fmt.Sprintf("mail:p%d@acme.com", i), "crm:it's ? \\ \" " + strings.Repeat("ü", i)}
			keys = append(keys, k[:1])
			all = append(all, rounds.Seen{Keys: k, AskedAt: at(i)})
		}
		s.see(all...)
		s.see(all...)
		got := s.seenOf(keys...)
		for i := range got {
			if !got[i].AskedAt.Equal(at(i)) {
				s.Fatalf("person %d: %v", i, got[i].AskedAt)
			}
		}
	}},
}
