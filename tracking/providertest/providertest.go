// Package providertest is the definition of a [tracking.Provider]: a provider is what
// passes Run.
package providertest

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// Harness is a provider that knows one person, and what it knows.
type Harness struct {
	Provider tracking.Provider
	// Known is the person whom it knows, as a roster names them: with at least one key
	// that names nobody else. Now is where they are, Title as what.
	Known tracking.Person
	Now   matching.Company
	Title string
	// Persona holds for the title; Other is one that does not.
	Persona, Other tracking.Persona
	// Stranger is somebody whom it does not know, Elsewhere a company where it knows
	// nobody.
	Stranger  tracking.Person
	Elsewhere matching.Company
}

// Run checks a provider. open is asked for a fresh one each time.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	for _, check := range []struct {
		name string
		run  func(t *testing.T, h Harness)
	}{
		{"name", name}, {"answers are positional", positional}, {"nobody asked for", nobody}, {"too little is known", tooLittle},
		{"find", find}, {"find nobody", findNobody}, {"ended context", ended}, {"side by side", sideBySide},
	} {
		t.Run(check.name, func(t *testing.T) { check.run(t, open(t)) })
	}
}

var nameForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

func name(t *testing.T, h Harness) {
	if n := h.Provider.Name(); !nameForm.MatchString(n) {
		t.Errorf("name %q; want lower-case letters, digits and dashes, at most 40", n)
	}
}

// classes are those of a failure.
var classes = []error{tracking.ErrGone, tracking.ErrLimited, tracking.ErrBudget, tracking.ErrDenied, tracking.ErrUnknown, tracking.ErrBroken}

// classed checks that a failure says what it must, and nothing of the people.
func (h Harness) classed(t *testing.T, err error, want ...error) {
	t.Helper()
	e, ok := errors.AsType[*tracking.ProviderError](err)
	if !ok || e.Provider != h.Provider.Name() || !slices.Contains(classes, e.Class) {
		t.Errorf("error %v is no ProviderError of this provider with a class", err)
		return
	}
	if !slices.Contains(want, e.Class) {
		t.Errorf("class of %v; want one of %v", err, want)
	}
	text := strings.ToLower(err.Error())
	for _, p := range []tracking.Person{h.Known, h.Stranger} {
		for _, secret := range append([]string{p.FirstName, p.LastName}, p.Emails...) {
			if secret != "" && strings.Contains(text, strings.ToLower(secret)) {
				t.Errorf("error %q tells who was asked for", text)
			}
		}
	}
}

// isKnown checks that a profile is that of the known person.
func (h Harness) isKnown(t *testing.T, p tracking.Profile) {
	t.Helper()
	main := p.Main()
	if main == nil {
		t.Fatalf("profile %+v has no position", p)
	}
	if same, _ := matching.SameCompany(main.Company, h.Now); same != matching.SamenessSame {
		t.Errorf("position at %+v, want %+v", main.Company, h.Now)
	}
	if tracking.NormalizeTitle(main.Title) != tracking.NormalizeTitle(h.Title) {
		t.Errorf("title %q, want %q", main.Title, h.Title)
	}
	known := h.Known.Keys()
	if !slices.ContainsFunc(p.Person.Keys(), func(k string) bool { return slices.Contains(known, k) }) {
		t.Errorf("person %+v shares no key with the one asked for", p.Person)
	}
}

func positional(t *testing.T, h Harness) {
	people := []tracking.Person{h.Stranger, h.Known, h.Stranger, h.Known}
	got, err := h.Provider.Refresh(t.Context(), people)
	if err != nil || len(got.Answers) != len(people) || got.Credits < 0 {
		t.Fatalf("%d answers for %d people, %d credits, %v", len(got.Answers), len(people), got.Credits, err)
	}
	for i, a := range got.Answers {
		if i%2 == 0 {
			h.classed(t, a.Err, tracking.ErrGone, tracking.ErrUnknown)
		} else if a.Err != nil {
			t.Errorf("answer %d: %v", i, a.Err)
		} else {
			h.isKnown(t, a.Profile)
		}
	}
}

func nobody(t *testing.T, h Harness) {
	if got, err := h.Provider.Refresh(t.Context(), nil); err != nil || len(got.Answers) != 0 || got.Credits != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func tooLittle(t *testing.T, h Harness) {
	got, err := h.Provider.Refresh(t.Context(), []tracking.Person{{}, {FirstName: "Jane"}})
	if err != nil || len(got.Answers) != 2 || got.Credits != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, a := range got.Answers {
		h.classed(t, a.Err, tracking.ErrUnknown, tracking.ErrGone)
	}
}

func find(t *testing.T, h Harness) {
	got, err := h.Provider.Find(t.Context(), h.Now, h.Persona, 10)
	if err != nil || len(got.Profiles) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	h.isKnown(t, got.Profiles[0])
}

func findNobody(t *testing.T, h Harness) {
	for what, ask := range map[string]func() (tracking.Found, error){
		"another persona": func() (tracking.Found, error) { return h.Provider.Find(t.Context(), h.Now, h.Other, 10) },
		"another company": func() (tracking.Found, error) { return h.Provider.Find(t.Context(), h.Elsewhere, h.Persona, 10) },
		"limit 0":         func() (tracking.Found, error) { return h.Provider.Find(t.Context(), h.Now, h.Persona, 0) },
	} {
		if got, err := ask(); err != nil || len(got.Profiles) != 0 {
			t.Errorf("%s: %d found, %v", what, len(got.Profiles), err)
		}
	}
}

func ended(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := h.Provider.Refresh(ctx, []tracking.Person{h.Known, h.Known})
	if err == nil && len(got.Answers) != 2 {
		t.Fatalf("%d answers", len(got.Answers))
	}
	for _, a := range got.Answers {
		if !errors.Is(a.Err, context.Canceled) {
			t.Errorf("answer after the end: %v", a.Err)
		}
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := h.Provider.Find(ctx, h.Now, h.Persona, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("find after the end: %v", err)
	}
}

func sideBySide(t *testing.T, h Harness) {
	var under sync.WaitGroup
	for range 8 {
		under.Go(func() {
			if got, err := h.Provider.Refresh(t.Context(), []tracking.Person{h.Known}); err != nil || got.Answers[0].Err != nil {
				t.Errorf("%v, %v", got.Answers, err)
			}
			if got, err := h.Provider.Find(t.Context(), h.Now, h.Persona, 5); err != nil || len(got.Profiles) != 1 {
				t.Errorf("%d found, %v", len(got.Profiles), err)
			}
		})
	}
	under.Wait()
}
