package sponsortest

import (
	"errors"

	"github.com/onward-crm/onward/tracking/sponsor"
)

var saving = []scenario{
	{"a sponsor reads back whole, one version on", saveWhole},
	{"every version is saved over once", saveVersions},
	{"a new sponsor does not take the place of another", saveNew},
	{"what is gone is not saved again", saveGone},
	{"an identifier is one sponsor's", saveTaken},
	{"an identifier that was given up is free", saveFreed},
	{"what namesakes share is free", saveNamesakes},
	{"items of one call have fates of their own", savePositional},
	{"one sponsor twice in a call is saved once", saveTwice},
	{"what was refused leaves no history and no effects", saveAtomic},
	{"values that are changed afterwards do not change what is stored", saveAlias},
	{"a context that has ended changes nothing", saveEnded},
}

func saveWhole(s *stage) {
	want := whole()
	s.save(first(want))
	want.Version = 1
	s.same("loaded", s.load("whole"), want)
	listed := 0
	for got, err := range s.store.List(s.Context(), sponsor.Filter{}) {
		s.ok(err)
		s.same("listed", got, want)
		listed++
	}
	s.same("listed", listed, 1)
	known, err := s.store.Known(s.Context(), []string{"crm:003xx000004TmiQAAS"})
	s.ok(err)
	s.same("known", known, []sponsor.Sponsor{want})
}

func saveVersions(s *stage) {
	s.save(first(one("a")))
	read := s.load("a")
	read.Location = "Bonn"
	s.save(first(read))
	s.same("second version", []any{s.load("a").Version, s.load("a").Location}, []any{2, "Bonn"})
	read.Location = "Köln"
	if err := s.try(first(read))[0]; !errors.Is(err, sponsor.ErrStale) {
		s.Errorf("saved over a version that was not read: %v", err)
	}
	s.same("what is stored", s.load("a").Location, "Bonn")
	future := s.load("a")
	future.Version++
	if err := s.try(first(future))[0]; !errors.Is(err, sponsor.ErrStale) {
		s.Errorf("saved over a version that is not there yet: %v", err)
	}
}

func saveNew(s *stage) {
	s.save(first(one("a")))
	if err := s.try(first(one("a")))[0]; !errors.Is(err, sponsor.ErrStale) {
		s.Errorf("a second new one: %v", err)
	}
	s.same("version", s.load("a").Version, 1)
}

func saveGone(s *stage) {
	s.save(first(one("a")))
	read := s.load("a")
	s.ok(s.store.Erase(s.Context(), []string{"a"}))
	if err := s.try(first(read))[0]; !errors.Is(err, sponsor.ErrUnknown) {
		s.Errorf("saved after it was erased: %v", err)
	}
	s.same("list", s.list(sponsor.Filter{}), []string{})
}

func saveTaken(s *stage) {
	s.save(first(one("a")))
	other := one("b")
	other.Person.Emails = append(other.Person.Emails, "A+x@acme.com")
	err := s.try(first(other))[0]
	var e *sponsor.Error
	if !errors.Is(err, sponsor.ErrTaken) || !errors.As(err, &e) || e.Sponsor != "a" {
		s.Errorf("the same address: %v, want ErrTaken by a", err)
	}
	s.save(first(one("b")))
	later := s.load("b")
	later.Person.Emails = append(later.Person.Emails, "a@acme.com")
	if err := s.try(first(later))[0]; !errors.Is(err, sponsor.ErrTaken) {
		s.Errorf("taken by a later version: %v", err)
	}
	s.same("version", s.load("b").Version, 1)
	// What is only suggested, or was passed over, is nobody's identity.
	later = s.load("b")
	later.Passed = []string{"mail:a@acme.com"}
	later.Candidates = []sponsor.Profile{{Person: one("a").Person}}
	s.save(first(later))
	s.same("known", s.known("mail:a@acme.com"), []string{"a", "b"})
}

func saveFreed(s *stage) {
	s.save(first(one("a")))
	read := s.load("a")
	read.Person.Emails = []string{"new@acme.com"}
	s.save(first(read))
	s.same("known by the old address", s.known("mail:a@acme.com"), []string{})
	other := one("b")
	other.Person.Emails = []string{"a@acme.com"}
	s.save(first(other))
	s.same("known by the old address now", s.known("mail:a@acme.com"), []string{"b"})
}

func saveNamesakes(s *stage) {
	for _, id := range []string{"a", "b"} {
		x := one(id)
		x.Person.FirstName, x.Person.LastName, x.Person.Company.Name = "Ann", "Lee", "Acme"
		s.save(first(x))
	}
	s.same("known by name", s.known("at:ann lee@acme"), []string{"a", "b"})
}

func savePositional(s *stage) {
	s.save(first(one("a")))
	taken := one("c")
	taken.Person.Emails = []string{"b@acme.com"}
	missing := one("d")
	missing.Version = 3
	errs := s.try(first(one("a")), first(one("b")), first(taken), first(missing), first(one("e")))
	for i, want := range []error{sponsor.ErrStale, nil, sponsor.ErrTaken, sponsor.ErrUnknown, nil} {
		if !errors.Is(errs[i], want) {
			s.Errorf("item %d: %v, want %v", i, errs[i], want)
		}
	}
	s.same("stored", s.list(sponsor.Filter{}), []string{"a", "b", "e"})
	s.same("an empty call", len(s.try()), 0)
}

func saveTwice(s *stage) {
	s.save(first(one("a")))
	read := s.load("a")
	errs := s.try(first(read), first(read))
	if errs[0] != nil || !errors.Is(errs[1], sponsor.ErrStale) {
		s.Errorf("twice in one call: %v", errs)
	}
	s.same("version", s.load("a").Version, 2)
}

func saveAtomic(s *stage) {
	s.save(first(one("a")))
	again := sponsor.Saving{Sponsor: one("a"), Log: []sponsor.Entry{line("a", "acme", 1, "no")}, Effects: []sponsor.Effect{owing("a", "k1", 0)}}
	if err := s.try(again)[0]; !errors.Is(err, sponsor.ErrStale) {
		s.Errorf("saved: %v", err)
	}
	s.same("history", s.lines(sponsor.HistoryFilter{}), []string{})
	s.same("owed", s.owed(at(9), 9), []string{})
}

func saveAlias(s *stage) {
	x := whole()
	effect := owing("whole", "k1", 0)
	s.save(sponsor.Saving{Sponsor: x, Effects: []sponsor.Effect{effect}})
	x.Entities[0].Role, x.Updates[0].Changes[0].New, x.Candidates[0].Social["twitter"], x.Person.Emails[0] = "x", "x", "x", "x"
	effect.Notice.Keys[0] = "x"
	read := s.load("whole")
	read.Entities[1].Role, read.Updates[1].Changes[0].New, read.Seen.Social["twitter"], read.Rejected[0].Value = "x", "x", "x", "x"
	want := whole()
	want.Version = 1
	s.same("stored", s.load("whole"), want)
	s.same("effect", s.effect("whole", "k1").Notice.Keys, []string{"k1"})
}

func saveEnded(s *stage) {
	ctx := cancelled(s)
	if _, err := s.store.Save(ctx, []sponsor.Saving{first(one("a"))}); err == nil {
		s.Error("saved in a context that has ended")
	}
	if _, err := s.store.Load(ctx, []string{"a"}); err == nil {
		s.Error("loaded in a context that has ended")
	}
	for _, err := range s.store.List(ctx, sponsor.Filter{}) {
		if err == nil {
			s.Error("listed in a context that has ended")
		}
	}
	for _, err := range s.store.History(ctx, sponsor.HistoryFilter{}) {
		if err == nil {
			s.Error("history in a context that has ended")
		}
	}
	s.same("list", s.list(sponsor.Filter{}), []string{})
}
