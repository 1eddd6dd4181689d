package sponsor_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// TestRT35ForgetGoesByKeys: the erasure of a person elsewhere asks what else they are
// known by, and forgets them by all of it.
func TestRT35ForgetGoesByKeys(t *testing.T) {
	s := newStage(t, nil)
	ann := person("ann")
	ann.Emails = append(ann.Emails, "ann@home.example")
	enrolled, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: ann, Entities: []sponsor.Entity{account("acme", "")}})
	s.ok(err)
	asked := []string{"mail:ann@home.example", "in:/in/nobody"}
	known, err := s.desk.KnownAs(t.Context(), asked)
	s.ok(err)
	for _, key := range append(ann.Keys(), "in:/in/nobody") {
		if !slices.Contains(known, key) {
			t.Errorf("not known as %s: %v", key, known)
		}
	}
	s.same("asked", asked, []string{"mail:ann@home.example", "in:/in/nobody"})
	for range 2 {
		s.ok(s.desk.Forget(t.Context(), known))
	}
	s.same("gone", len(must(s.store.Load(t.Context(), []string{enrolled.ID}))), 0)
	known, err = s.desk.KnownAs(t.Context(), asked)
	s.ok(err)
	s.same("known then", known, asked)
	s.ok(s.desk.Forget(t.Context(), nil))
}

// TestRT35ANameOfTwoPeopleForgetsNobody: by the name alone neither is erased, with more
// than the name the one who is meant.
func TestRT35ANameOfTwoPeopleForgetsNobody(t *testing.T) {
	s := newStage(t, nil)
	for _, record := range []string{recordA, recordB} {
		_, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: namesake(record), Entities: []sponsor.Entity{account("acme", "")}})
		s.ok(err)
	}
	name := namesake("").Keys()
	if _, err := s.desk.KnownAs(t.Context(), name); !errors.Is(err, tracking.ErrNamesakes) {
		t.Errorf("known as: %v", err)
	}
	if err := s.desk.Forget(t.Context(), name); !errors.Is(err, tracking.ErrNamesakes) {
		t.Errorf("forget: %v", err)
	}
	third := namesake("")
	third.Emails = []string{"ann.lee@acme.com"} // in the name alone she is one of them
	known, err := s.desk.KnownAs(t.Context(), third.Keys())
	s.ok(err)
	s.same("a third of the name leads to nobody", known, third.Keys())
	s.ok(s.desk.Forget(t.Context(), third.Keys()))
	s.ok(s.desk.Forget(t.Context(), namesake(recordA).Keys()))
	s.ok(s.desk.Forget(t.Context(), third.Keys()))
	counts, err := s.store.Count(t.Context(), sponsor.Filter{})
	s.ok(err)
	s.same("left", counts.Sponsors[sponsor.Untracked], 1)
	wide, err := crm.WidenID(recordB)
	s.ok(err)
	s.same("it is the other one", len(must(s.store.Known(t.Context(), []string{"crm:" + wide}))), 1)
}
