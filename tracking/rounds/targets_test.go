package rounds_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/target"
)

// night is the time between two runs.
const night = 24 * time.Hour

// run is one night: a search and a choice.
func (w *world) run() (rounds.Searched, rounds.Chosen) {
	w.Helper()
	r := w.loaded()
	s, err := r.Search(w.Context())
	w.ok(err)
	c, err := r.Choose(w.Context())
	w.ok(err)
	w.later(night)
	return s, c
}

func marketing() []tracking.Persona {
	return []tracking.Persona{
		{Name: "Marketing", Include: []tracking.Phrase{{Text: "Marketing"}}, Exclude: []tracking.Phrase{{Text: "Assistant"}}},
		{Name: "Sales", Include: []tracking.Phrase{{Text: "Sales"}}},
	}
}

// Five are found at one account, three of them are told in the first run and two in the
// second; what was found does not have to be found again.
func TestAT07CapsCarryOver(t *testing.T) {
	feed := &provider{name: "feed", staff: map[string][]tracking.Profile{acme: {
		staff(acme, "One", "Director of Marketing"), staff(acme, "Two", "VP Marketing"), staff(acme, "Three", "Director of Sales"),
		staff(acme, "Four", "SVP Marketing"), staff(acme, "Five", "VP Sales"), staff(acme, "Six", "Assistant to the VP of Marketing"),
	}}}
	w := newWorld(t, feed)
	w.plan.Personas, w.plan.PerAccount = marketing(), 3
	w.watch(acme)
	for i, want := range []struct {
		hired   []string
		carried int
		found   int
	}{{[]string{"Four", "One", "Two"}, 2, 5}, {[]string{"Five", "Three"}, 0, 0}, {nil, 0, 0}} {
		w.router.hires = nil
		s, c := w.run()
		if !slices.Equal(w.router.hired(), want.hired) || c.Carried != want.carried || s.Found != want.found || len(c.Told) != len(want.hired) {
			t.Errorf("run %d: %v, %d carried, found %d; want %+v", i+1, w.router.hired(), c.Carried, s.Found, want)
		}
	}
	w.router.hires = nil
	feed.staff[acme] = []tracking.Profile{staff(acme, "Seven", "Director of Marketing"), staff(acme, "Eight", "CMO, Marketing"), staff(acme, "Nine", "VP Marketing")}
	_, c := w.run()
	if got := fmt.Sprint(c.Told[0].Person.LastName, c.Told[1].Person.LastName, c.Told[2].Person.LastName); got != "EightNineSeven" {
		t.Errorf("told in the order %s, want the best first", got)
	}
	for _, h := range w.router.hires {
		if h.Persona == "" || h.AccountID != acme || h.Source != "feed" {
			t.Errorf("%+v", h)
		}
	}
}

// A cap of the whole run spares the rest for the next one, across accounts.
func TestTotalCapCarriesOver(t *testing.T) {
	feed := &provider{name: "feed", staff: map[string][]tracking.Profile{acme: {staff(acme, "One", "VP Sales")}, beta: {staff(beta, "Two", "VP Sales"), staff(beta, "Three", "CMO")}}}
	w := newWorld(t, feed)
	w.plan.Total = 2
	w.watch(acme, beta)
	var told []int
	for range 3 {
		_, c := w.run()
		told = append(told, len(c.Told))
	}
	if !slices.Equal(told, []int{2, 1, 0}) {
		t.Errorf("%v", told)
	}
}

// A search that is cut short goes on at the account where it was.
func TestSearchGoesOnAfterALimit(t *testing.T) {
	feed := &provider{name: "paid", credits: 1, staff: map[string][]tracking.Profile{
		acme: {staff(acme, "One", "VP Sales")}, beta: {staff(beta, "Two", "VP Sales")}, gama: {staff(gama, "Three", "VP Sales")},
	}}
	feed.deny = func(account string) error {
		if account == beta {
			return &tracking.ProviderError{Provider: "paid", Op: "find", Class: tracking.ErrLimited, RetryAfter: time.Hour}
		}
		return nil
	}
	w := newWorld(t, feed)
	w.plan.Every = map[string]time.Duration{"paid": 30 * night}
	w.watch(acme, beta, gama)
	s, err := w.loaded().Search(t.Context())
	if !errors.Is(err, tracking.ErrLimited) || !errors.Is(err, rounds.ErrCut) || s.Accounts != 1 || s.Found != 1 || s.Credits != 1 || s.Waiting["paid"] == "" {
		t.Fatalf("%+v, %v", s, err)
	}
	if s, err := w.loaded().Search(t.Context()); !errors.Is(err, tracking.ErrLimited) || s.Accounts != 0 {
		t.Errorf("before an hour is over: %+v, %v", s, err)
	}
	w.later(time.Hour)
	feed.deny = nil
	if s, err := w.loaded().Continue(t.Context()); err != nil || s.Accounts != 2 || s.Found != 2 {
		t.Errorf("afterwards: %+v, %v", s, err)
	}
	if s, err := w.loaded().Continue(t.Context()); err != nil || s.Accounts != 0 {
		t.Errorf("when there is nothing to go on with: %+v, %v", s, err)
	}
	if !maps.Equal(feed.searched, map[string]int{acme: 1, beta: 1, gama: 1}) {
		t.Errorf("searched %v", feed.searched)
	}
	w.later(29 * night)
	if s, err := w.loaded().Search(t.Context()); err != nil || s.Accounts != 0 {
		t.Errorf("before its time: %+v, %v", s, err)
	}
	w.later(night)
	if s, err := w.loaded().Search(t.Context()); err != nil || s.Accounts != 3 || s.Found != 0 || s.Again != 3 {
		t.Errorf("a month later: %+v, %v", s, err)
	}
}

// Personas that were searched at an account are not paid for again after a limit.
func TestSearchGoesOnAtThePersona(t *testing.T) {
	feed := &provider{name: "paid", credits: 1, staff: map[string][]tracking.Profile{acme: {staff(acme, "One", "VP Marketing"), staff(acme, "Two", "VP Sales")}}}
	w := newWorld(t, feed)
	w.plan.Personas = marketing()
	w.watch(acme, beta)
	asked := 0
	feed.deny = func(string) error {
		if asked++; asked == 2 {
			return feed.failure(tracking.ErrBudget)
		}
		return nil
	}
	if s, err := w.loaded().Search(t.Context()); !errors.Is(err, tracking.ErrBudget) || s.Found != 1 || s.Accounts != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	if s, err := w.loaded().Search(t.Context()); err != nil || s.Found != 1 || s.Accounts != 2 {
		t.Errorf("%+v, %v", s, err)
	}
	if !maps.Equal(feed.searched, map[string]int{acme: 2, beta: 2}) {
		t.Errorf("two personas at two accounts took %v searches", feed.searched)
	}
}

// A run that ended between choosing and handing on hands on whom it chose, and no more.
func TestChooseEndsWhatWasBegun(t *testing.T) {
	feed := &provider{name: "feed", staff: map[string][]tracking.Profile{acme: {staff(acme, "One", "SVP Sales"), staff(acme, "Two", "VP Sales"), staff(acme, "Three", "Director of Sales")}}}
	w := newWorld(t, feed)
	w.plan.PerAccount = 1
	w.watch(acme)
	r := w.loaded()
	if _, err := r.Search(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.router.down = errors.New("the ledger is away")
	if _, err := r.Choose(t.Context()); !errors.Is(err, w.router.down) {
		t.Fatal(err)
	}
	w.router.down = nil
	for _, want := range []string{"[One]", "[One Two]", "[One Three Two]", "[One Three Two]"} {
		if _, err := r.Choose(t.Context()); err != nil || fmt.Sprint(w.router.hired()) != want {
			t.Errorf("%v, %v; want %s", w.router.hired(), err, want)
		}
	}
}

// Who was told before is news once the title has risen, and then tells where they were.
func TestPromotionAtAWatchedAccount(t *testing.T) {
	feed := &provider{name: "feed", staff: map[string][]tracking.Profile{acme: {staff(acme, "One", "Director of Sales")}}}
	w := newWorld(t, feed)
	w.watch(acme)
	for i, step := range []struct{ title, told string }{
		{"Director of Sales", "Director of Sales"}, {"Director, Sales", ""}, {"VP Sales", "VP Sales"}, {"VP of Sales", ""}, {"Manager Sales", ""}, {"SVP Sales", "SVP Sales"},
	} {
		feed.staff[acme] = []tracking.Profile{staff(acme, "One", step.title)}
		w.router.hires = nil
		w.run()
		got := ""
		if len(w.router.hires) > 0 {
			got = w.router.hires[0].Person.Title
			if was := w.router.hires[0].Was; (was == nil) != (i == 0) || was != nil && was.Person.Title == got {
				t.Errorf("%s: was %+v", step.title, was)
			}
		}
		if got != step.told {
			t.Errorf("%s: told %q, want %q", step.title, got, step.told)
		}
	}
}

// A promotion out of what is wanted leaves the person known as they were told.
func TestRefusedPromotionForgetsNothing(t *testing.T) {
	feed := &provider{name: "feed", staff: map[string][]tracking.Profile{acme: {staff(acme, "One", "Director of Sales")}}}
	w := newWorld(t, feed)
	w.watch(acme)
	w.run()
	feed.staff[acme] = []tracking.Profile{staff(acme, "One", "CEO")}
	w.plan.Personas = []tracking.Persona{{Name: "Sales", Include: []tracking.Phrase{{Text: "Sales"}}}}
	r := w.loaded()
	w.plan.Personas = nil
	if _, err := w.loaded().Search(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := r.Choose(t.Context())
	if err != nil || len(c.Told) != 0 || c.Refused[tracking.ReasonNotIncluded] != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	feed.staff[acme] = []tracking.Profile{staff(acme, "One", "Director of Sales")}
	if s, c := w.run(); s.Found != 0 || len(c.Told) != 0 {
		t.Errorf("%+v, %+v", s, c)
	}
}

// Who was erased is not kept; a hire that makes no event does not come back every night.
func TestErasedAndUnusableAreNotKept(t *testing.T) {
	feed := &provider{name: "feed", staff: map[string][]tracking.Profile{acme: {staff(acme, "One", "CEO"), staff(acme, "Two", "CFO"), staff(acme, "Three", "COO"), {Person: tracking.Person{Title: "VP"}}}}}
	w := newWorld(t, feed)
	w.erased = func(_ context.Context, people []tracking.Person) ([]bool, error) {
		out := make([]bool, len(people))
		for i, p := range people {
			out[i] = p.LastName == "One"
		}
		return out, nil
	}
	w.router.bad = "Two"
	w.watch(acme)
	s, c := w.run()
	if s.Found != 2 || !slices.Equal(w.router.hired(), []string{"Three"}) || c.Bad != 1 {
		t.Errorf("%+v, %+v, %v", s, c, w.router.hired())
	}
}

// A provider that does not search is not asked, from the beginning.
func TestSearchOfProvidersThatDoNot(t *testing.T) {
	feed := &provider{name: "feed", staff: map[string][]tracking.Profile{acme: {staff(acme, "One", "CEO")}}}
	w := newWorld(t, feed)
	w.plan.Every = map[string]time.Duration{"feed": -1}
	w.watch(acme)
	if s, _ := w.run(); s.Accounts != 0 || feed.searched != nil {
		t.Errorf("%+v, %v", s, feed.searched)
	}
}

// Only accounts where people are looked for are asked about (AT03).
func TestSearchKeepsToTheReports(t *testing.T) {
	feed := &provider{name: "feed", staff: map[string][]tracking.Profile{acme: {staff(acme, "One", "CEO")}}}
	w := newWorld(t, feed)
	w.watch(acme)
	w.plan.Reports[0].SearchProspects = target.No
	if s, c := w.run(); s.Accounts != 0 || len(c.Told) != 0 {
		t.Errorf("%+v, %+v", s, c)
	}
}

// One at a time searches or chooses, also in several processes.
func TestOneAtATime(t *testing.T) {
	feed := &provider{name: "feed", staff: map[string][]tracking.Profile{acme: {staff(acme, "One", "CEO")}}}
	w := newWorld(t, feed)
	w.watch(acme)
	r := w.loaded()
	feed.deny = func(string) error {
		if _, err := w.loaded().Choose(t.Context()); !errors.Is(err, rounds.ErrHeld) {
			t.Errorf("%v", err)
		}
		return nil
	}
	if _, err := r.Search(t.Context()); err != nil {
		t.Fatal(err)
	}
	// One that died is taken over when its lease ends, and its own work is refused then.
	feed.deny = func(string) error {
		feed.deny = nil
		w.later(rounds.DefaultLease)
		if _, err := w.loaded().Search(t.Context()); err != nil {
			t.Error(err)
		}
		return nil
	}
	if _, err := r.Search(t.Context()); !errors.Is(err, rounds.ErrLost) {
		t.Errorf("the one that was taken over: %v", err)
	}
}

// A report that cannot be read stays as it was, with its trouble; the others are read.
func TestRereadKeepsWhatItHad(t *testing.T) {
	w := newWorld(t)
	w.plan.Reports = []target.Report{{ID: "key", File: "key.csv", Category: target.CategoryTarget}, {ID: "customers", File: "c.csv", Category: target.CategoryCustomer}}
	tables := map[string]string{"key": "Account ID\n" + acme + "\nnonsense\n" + beta, "customers": "Account ID\n" + acme}
	w.open = func(_ context.Context, r target.Report) (rounds.Sheet, error) {
		lines := strings.Split(tables[r.ID], "\n")
		if lines[0] == "gone" {
			return rounds.Sheet{}, errors.New("there is no such file")
		}
		return rounds.Sheet{Header: strings.Split(lines[0], ","), Rows: func(yield func([]string, error) bool) {
			for _, line := range lines[1:] {
				if !yield(strings.Split(line, ","), nil) {
					return
				}
			}
		}}, nil
	}
	read := func() []rounds.Reading {
		t.Helper()
		out, err := w.rounds().Reread(t.Context())
		w.ok(err)
		w.later(night)
		return out
	}
	first := read()
	if l := first[0].Listing; len(l.Accounts) != 2 || len(l.Problems) != 1 || first[0].Trouble != "" {
		t.Fatalf("%+v", first)
	}
	if both, ok := w.loaded().Watched(acme); !ok || len(both.Memberships) != 2 {
		t.Errorf("%+v", both)
	}
	for text, says := range map[string]string{"gone": "no such file", "Firm\nAcme": `no column "Account ID"`, "Account ID\nx\ny": "none of 2 rows"} {
		tables["key"] = text
		again := read()
		if !strings.Contains(again[0].Trouble, says) || len(again[0].Listing.Accounts) != 2 || !again[0].ReadAt.Equal(start) || again[1].Trouble != "" {
			t.Errorf("%q: %+v", text, again[0])
		}
	}
	// What a report means is as it is configured now, and one that is gone is forgotten.
	w.plan.Reports = w.plan.Reports[:1]
	w.plan.Reports[0].Category = target.CategoryOther
	read()
	if a, _ := w.loaded().Watched(acme); len(a.Memberships) != 1 || a.Memberships[0].Category != target.CategoryOther {
		t.Errorf("%+v", a)
	}
}

// Rows without an id are compared with the accounts of the CRM, in one question.
func TestRereadFindsAccountsOfRows(t *testing.T) {
	w := newWorld(t)
	w.plan.Reports = []target.Report{{ID: "key", File: "key.csv", Category: target.CategoryTarget}}
	w.open = func(context.Context, target.Report) (rounds.Sheet, error) {
		return rounds.Sheet{Header: []string{"Account ID", "Account Name"}, Rows: func(yield func([]string, error) bool) {
			_ = yield([]string{"", "Acme"}, nil) && yield([]string{beta, "Beta"}, nil) && yield([]string{"", "Nobody knows"}, nil)
		}, Problems: []target.Problem{{Row: 4, Message: "half a row"}}}, nil
	}
	questions := 0
	w.match = func(_ context.Context, cs []matching.Company) ([]matching.AccountMatch, error) {
		questions++
		out := make([]matching.AccountMatch, len(cs))
		for i, c := range cs {
			out[i].Verdict = matching.VerdictNone
			if c.Name == "Acme" {
				out[i] = matching.AccountMatch{Verdict: matching.VerdictAuto, ID: acme}
			}
		}
		return out, nil
	}
	got, err := w.rounds().Reread(t.Context())
	w.ok(err)
	if l := got[0].Listing; len(l.Accounts) != 2 || l.Accounts[0].ID != acme || len(l.Problems) != 2 || l.Problems[0].Row != 4 || l.Problems[1].Row != 3 || questions != 1 {
		t.Errorf("%+v, %d questions", l, questions)
	}
	w.match = nil
	if again, err := w.rounds().Reread(t.Context()); err != nil || again[0].Trouble == "" || len(again[0].Listing.Accounts) != 2 {
		t.Errorf("without accounts: %+v, %v", again, err)
	}
}
