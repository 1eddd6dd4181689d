package roundstest

import (
	"fmt"

	"github.com/onward-crm/onward/tracking/rounds"
)

var prospects = []scenario{
	{"everything is kept", func(s *stage) {
		k := rounds.KeptOf(hire(acme, "lee"), rounds.StageCarried, at(1))
		was := hire(acme, "lee")
		was.Person.Title = "Director of Sales"
		k.Was = &was
		s.keep(k)
		got, err := s.store.Prospects(s.Context(), rounds.StageCarried, "", 10)
		s.ok(err)
		s.same("kept", got, []rounds.Kept{k})
	}},
	{"stages follow each other", func(s *stage) {
		lee, kim := hire(acme, "lee"), hire(acme, "kim")
		s.keep(rounds.KeptOf(lee, rounds.StageFound, at(1)), rounds.KeptOf(kim, rounds.StageFound, at(1)))
		s.keep(rounds.KeptOf(lee, rounds.StageChosen, at(2)), rounds.KeptOf(kim, rounds.StageDropped, at(2)))
		for stage, want := range map[rounds.Stage][]string{rounds.StageFound: nil, rounds.StageChosen: {"lee"}, rounds.StageTold: nil} {
			s.same(string(stage), s.names(stage), want)
		}
	}},
	{"found again is one", func(s *stage) {
		s.keep(rounds.KeptOf(hire(acme, "lee"), rounds.StageFound, at(1)))
		s.keep(rounds.KeptOf(hire(acme, "lee"), rounds.StageFound, at(2)), rounds.KeptOf(hire(beta, "lee"), rounds.StageFound, at(2)))
		s.same("one for each account", s.names(rounds.StageFound), []string{"lee", "lee"})
	}},
	{"page by page", func(s *stage) {
		for i := range 25 {
			s.keep(rounds.KeptOf(hire(acme, fmt.Sprintf("p%d", i)), rounds.StageFound, at(0)))
		}
		met, after := 0, ""
		for {
			page, err := s.store.Prospects(s.Context(), rounds.StageFound, after, 10)
			s.ok(err)
			if len(page) == 0 {
				break
			}
			if page[0].ID <= after || len(page) > 10 {
				s.Fatalf("page after %s begins with %s and has %d", after, page[0].ID, len(page))
			}
			met, after = met+len(page), page[len(page)-1].ID
		}
		s.same("met", met, 25)
	}},
	{"whoever is kept is known, at any stage", func(s *stage) {
		s.keep(rounds.KeptOf(hire(acme, "lee"), rounds.StageTold, at(1)), rounds.KeptOf(hire(beta, "lee"), rounds.StageCarried, at(1)),
			rounds.KeptOf(hire(acme, "kim"), rounds.StageFound, at(1)), rounds.KeptOf(hire(acme, "max"), rounds.StageFound, at(1)))
		s.same("by page", s.knownAs("in:/in/lee", "in:/in/kim"), []string{"kim", "lee", "lee"})
		s.same("by address", s.knownAs("mail:lee@acme.com"), []string{"lee", "lee"})
		s.same("by nothing", s.knownAs(), []string(nil))
	}},
	{"new keys are reached, old ones no more", func(s *stage) {
		k := rounds.KeptOf(hire(acme, "lee"), rounds.StageTold, at(1))
		s.keep(k)
		k.Keys = []string{"in:/in/lee", "mail:lee@beta.io"}
		s.keep(k)
		s.same("new", s.knownAs("mail:lee@beta.io"), []string{"lee"})
		s.same("old", s.knownAs("mail:lee@acme.com"), []string(nil))
	}},
}
