package rounds_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
)

// week is the time between two passes.
const week = 7 * 24 * time.Hour

// A change is handed on once; afterwards the person is known where they are.
func TestRefreshHandsOnEachChangeOnce(t *testing.T) {
	feed := &provider{name: "feed", knows: map[string]tracking.Profile{
		"Ann": profileOf(at("Ann", "Beta")), "Bob": profileOf(at("Bob", "Acme")), "Cid": {Person: tracking.Person{FirstName: "Cid"}, SeenAt: start},
	}}
	w := newWorld(t, feed)
	w.people = []tracking.Person{at("Ann", "Acme"), at("Bob", "Acme"), at("Cid", "Acme"), at("Dee", "Acme"), {FirstName: "Nobody"}}
	for i, want := range []string{"4 asked, 3 known, map[left:1 moved:1]", "4 asked, 3 known, map[]", "4 asked, 3 known, map[moved:1]"} {
		if i == 2 {
			feed.knows["Ann"] = profileOf(at("Ann", "Gamma"))
		}
		got, err := w.refresh()
		w.ok(err)
		if text := fmt.Sprintf("%d asked, %d known, %v", got.Asked, got.Known, got.Kinds); text != want {
			t.Errorf("pass %d: %s, want %s", i+1, text, want)
		}
		w.later(week)
	}
	last := w.router.looks[len(w.router.looks)-3]
	if last.Person.FirstName != "Ann" || last.Person.Company.Name != "Beta" || last.Relationship != "User" || last.Provider != "feed" || !last.SeenAt.Equal(start) {
		t.Errorf("the last look at Ann goes out from %+v", last)
	}
}

// Who was erased is not asked for, whatever list still names them.
func TestRefreshAsksForNobodyErased(t *testing.T) {
	feed := &provider{name: "feed", knows: map[string]tracking.Profile{"Ann": profileOf(at("Ann", "Beta")), "Bob": profileOf(at("Bob", "Beta"))}}
	w := newWorld(t, feed)
	w.people = []tracking.Person{at("Ann", "Acme"), at("Bob", "Acme")}
	w.erased = func(_ context.Context, people []tracking.Person) ([]bool, error) {
		out := make([]bool, len(people))
		for i, p := range people {
			out[i] = p.FirstName == "Ann"
		}
		return out, nil
	}
	got, err := w.refresh()
	w.ok(err)
	if got.Asked != 1 || len(w.router.looks) != 1 || w.router.looks[0].Person.FirstName != "Bob" {
		t.Errorf("%+v, %+v", got, w.router.looks)
	}
}

// A provider that limits the rate loses nobody: who was asked for is not asked for
// again, whoever goes on.
func TestRefreshGoesOnAfterALimit(t *testing.T) {
	feed := &provider{name: "feed", knows: map[string]tracking.Profile{}}
	w := newWorld(t, feed)
	for i := range 7 {
		name := fmt.Sprintf("P%d", i)
		w.people = append(w.people, at(name, "Acme"))
		feed.knows[name] = profileOf(at(name, "Beta"))
	}
	allowed := 3
	feed.fail = func(tracking.Person) error {
		if allowed--; allowed < 0 {
			return &tracking.ProviderError{Provider: "feed", Op: "refresh", Class: tracking.ErrLimited, Code: "429", RetryAfter: time.Hour}
		}
		return nil
	}
	got, err := w.refresh()
	if !errors.Is(err, tracking.ErrLimited) || got.Asked != 3 || got.Waiting != 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	allowed = 100
	if got, err := w.refresh(); !errors.Is(err, tracking.ErrLimited) || got.Asked != 0 || got.Waiting != 4 || len(feed.asked) != 3 {
		t.Errorf("while it is to be left alone: %+v, %v, asked %v", got, err, feed.asked)
	}
	w.later(time.Hour)
	if got, err := w.refresh(); err != nil || got.Asked != 4 || got.Changed != 4 {
		t.Errorf("an hour later: %+v, %v", got, err)
	}
	for name, n := range feed.asked {
		if n != 1 {
			t.Errorf("%s was asked for %d times", name, n)
		}
	}
	if len(w.router.looks) != 7 {
		t.Errorf("%d looks", len(w.router.looks))
	}
	w.later(week)
	if got, err := w.refresh(); err != nil || got.Asked != 7 || got.Changed != 0 {
		t.Errorf("the next pass: %+v, %v", got, err)
	}
}

// A time-out in the middle keeps what was answered before it.
func TestRefreshGoesOnAfterATimeOut(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	feed := &provider{name: "feed", knows: map[string]tracking.Profile{"Ann": profileOf(at("Ann", "Beta")), "Bob": profileOf(at("Bob", "Beta"))}}
	feed.fail = func(p tracking.Person) error {
		if p.FirstName == "Bob" && ctx.Err() == nil {
			cancel()
		}
		if ctx.Err() != nil && p.FirstName == "Bob" && len(feed.asked) == 1 {
			return &tracking.ProviderError{Provider: "feed", Op: "refresh", Class: tracking.ErrBroken, Err: ctx.Err()}
		}
		return nil
	}
	w := newWorld(t, answering{feed})
	w.people = []tracking.Person{at("Ann", "Acme"), at("Bob", "Acme")}
	got, err := w.rounds().Refresh(ctx, users, nil)
	if err == nil || got.Asked != 1 || got.Waiting != 1 || len(w.router.looks) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	feed.fail = nil
	if got, err := w.refresh(); err != nil || got.Asked != 1 || feed.asked["Ann"] != 1 || feed.asked["Bob"] != 1 || len(w.router.looks) != 2 {
		t.Errorf("%+v, %v, asked %v", got, err, feed.asked)
	}
}

// answering gives its answers although the context has ended meanwhile.
type answering struct{ *provider }

func (a answering) Refresh(_ context.Context, people []tracking.Person) (tracking.Refreshed, error) {
	return a.provider.Refresh(context.Background(), people)
}

// Who cannot be handed on is asked for again, and nothing is forgotten.
func TestRefreshKeepsNothingWhileNobodyTakes(t *testing.T) {
	feed := &provider{name: "feed", knows: map[string]tracking.Profile{"Ann": profileOf(at("Ann", "Beta"))}}
	w := newWorld(t, feed)
	w.people = []tracking.Person{at("Ann", "Acme")}
	w.router.down = errors.New("the ledger is away")
	if _, err := w.refresh(); !errors.Is(err, w.router.down) {
		t.Fatal(err)
	}
	w.router.down = nil
	if got, err := w.refresh(); err != nil || got.Changed != 1 || len(w.router.looks) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// The first provider that knows somebody counts; one without credits holds up nobody
// whom another one knows.
func TestRefreshAsksOneProviderAfterTheOther(t *testing.T) {
	first := &provider{name: "file", knows: map[string]tracking.Profile{"Ann": profileOf(at("Ann", "Beta")), "Eve": profileOf(at("Eve", "Beta"))}}
	second := &provider{name: "paid", knows: map[string]tracking.Profile{"Ann": profileOf(at("Ann", "Gamma")), "Bob": profileOf(at("Bob", "Gamma"))}}
	second.fail = func(tracking.Person) error { return second.failure(tracking.ErrBudget) }
	w := newWorld(t, first, second)
	for _, name := range []string{"Ann", "Bob", "Cid", "Dee", "Eve"} {
		w.people = append(w.people, at(name, "Acme"))
	}
	got, err := w.refresh()
	if !errors.Is(err, tracking.ErrBudget) || got.Asked != 2 || got.Changed != 2 || got.Waiting != 3 {
		t.Fatalf("without credits: %+v, %v", got, err)
	}
	second.fail = nil
	if got, err := w.refresh(); err != nil || got.Asked != 3 || got.Changed != 1 || second.asked["Ann"]+second.asked["Eve"] != 0 {
		t.Errorf("with credits: %+v, %v, asked %v", got, err, second.asked)
	}
}

// Somebody about whom a provider always fails does not hold up the pass for ever.
func TestRefreshGivesUpAfterThreeFailures(t *testing.T) {
	feed := &provider{name: "feed", knows: map[string]tracking.Profile{"Ann": profileOf(at("Ann", "Beta")), "Bob": profileOf(at("Bob", "Beta"))}}
	feed.fail = func(p tracking.Person) error {
		if p.FirstName == "Ann" {
			return feed.failure(tracking.ErrBroken)
		}
		return nil
	}
	w := newWorld(t, feed)
	w.people = []tracking.Person{at("Ann", "Acme"), at("Bob", "Acme"), at("Cid", "Acme")}
	var fates []bool
	for range 3 {
		_, err := w.refresh()
		fates = append(fates, err == nil)
	}
	if !slices.Equal(fates, []bool{false, false, true}) || feed.asked["Bob"] != 1 || feed.asked["Cid"] != 1 {
		t.Errorf("%v, asked %v", fates, feed.asked)
	}
}

// A provider in trouble is nobody's failure.
func TestRefreshWaitsForAProviderInTrouble(t *testing.T) {
	feed := &provider{name: "feed", down: &tracking.ProviderError{Provider: "feed", Op: "refresh", Class: tracking.ErrBroken}}
	w := newWorld(t, feed)
	for i := range 5 {
		w.people = append(w.people, at(fmt.Sprintf("P%d", i), "Acme"))
	}
	for range 4 {
		if got, err := w.refresh(); !errors.Is(err, tracking.ErrBroken) || got.Asked != 0 || got.Waiting != 5 {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	feed.down = nil
	if got, err := w.refresh(); err != nil || got.Asked != 5 {
		t.Errorf("%+v, %v", got, err)
	}
}

// The claim of a scan that is lost ends the work.
func TestRefreshEndsWithItsClaim(t *testing.T) {
	w := newWorld(t, &provider{name: "feed"})
	w.people = []tracking.Person{at("Ann", "Acme"), at("Bob", "Acme"), at("Cid", "Acme")}
	lost := errors.New("lost")
	renewals := 0
	got, err := w.rounds().Refresh(t.Context(), users, func() error {
		if renewals++; renewals > 1 {
			return lost
		}
		return nil
	})
	if !errors.Is(err, lost) || got.Asked != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// A pass that a provider cut short is no error for whoever reads the lists, and is gone on
// with by itself; who is done is not asked for again.
func TestScanLeavesTheRestToContinueRefresh(t *testing.T) {
	feed := &provider{name: "feed", knows: map[string]tracking.Profile{"Ann": profileOf(at("Ann", "Beta")), "Bob": profileOf(at("Bob", "Beta"))}}
	w := newWorld(t, feed)
	w.people = []tracking.Person{at("Ann", "Acme"), at("Bob", "Acme")}
	w.batch = 1
	feed.fail = func(p tracking.Person) error {
		if p.FirstName == "Bob" {
			return &tracking.ProviderError{Provider: "feed", Class: tracking.ErrLimited, RetryAfter: time.Hour}
		}
		return nil
	}
	rels := []tracking.Relationship{{ID: "closed_won"}, users}
	w.ok(w.rounds().ContinueRefresh(t.Context(), rels))
	if len(feed.asked) != 0 {
		t.Errorf("nothing was begun, and %v were asked for", feed.asked)
	}
	w.ok(w.rounds().Scan(t.Context(), users, nil))
	feed.fail = nil
	for range 2 {
		w.later(time.Hour)
		w.ok(w.rounds().ContinueRefresh(t.Context(), rels))
	}
	if feed.asked["Ann"] != 1 || feed.asked["Bob"] != 1 || len(w.router.looks) != 2 {
		t.Errorf("asked %v, %d looks", feed.asked, len(w.router.looks))
	}
	w.router.down = errors.New("the ledger is away")
	if err := w.rounds().Scan(t.Context(), users, nil); !errors.Is(err, w.router.down) {
		t.Errorf("another failure: %v", err)
	}
}

// Two processes do not ask for the same people: the one that comes second leaves them.
func TestOneProcessLooksAfterARelationship(t *testing.T) {
	feed := &provider{name: "feed", knows: map[string]tracking.Profile{}}
	w := newWorld(t, feed)
	w.people = []tracking.Person{at("Ann", "Acme")}
	feed.fail = func(tracking.Person) error {
		feed.fail = nil
		if _, err := w.refresh(); !errors.Is(err, rounds.ErrHeld) {
			t.Errorf("a second process: %v", err)
		}
		w.ok(w.rounds().Scan(t.Context(), users, nil))
		return nil
	}
	if got, err := w.refresh(); err != nil || got.Asked != 1 || feed.asked["Ann"] != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}
