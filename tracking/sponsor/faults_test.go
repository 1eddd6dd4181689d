package sponsor_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking/sponsor"
)

// errStore is a store in trouble.
var errStore = errors.New("store: disk full")

// faulty fails one call of a store: before it does anything, or with the answer lost
// after it has done everything.
type faulty struct {
	sponsor.Store
	calls, fail int
	lost        bool
}

// call counts a call and tells whether it fails before or after its work.
func (f *faulty) call() (before, after error) {
	f.calls++
	switch {
	case f.calls != f.fail:
		return nil, nil
	case f.lost:
		return nil, errStore
	}
	return errStore, nil
}

// through makes one call through the fault.
func through[T any](f *faulty, do func() (T, error)) (T, error) {
	var none T
	before, after := f.call()
	if before != nil {
		return none, before
	}
	out, err := do()
	if after != nil {
		return none, after
	}
	return out, err
}

func (f *faulty) Save(ctx context.Context, saves []sponsor.Saving) ([]error, error) {
	return through(f, func() ([]error, error) { return f.Store.Save(ctx, saves) })
}

func (f *faulty) Load(ctx context.Context, ids []string) (map[string]sponsor.Sponsor, error) {
	return through(f, func() (map[string]sponsor.Sponsor, error) { return f.Store.Load(ctx, ids) })
}

func (f *faulty) Known(ctx context.Context, keys []string) ([]sponsor.Sponsor, error) {
	return through(f, func() ([]sponsor.Sponsor, error) { return f.Store.Known(ctx, keys) })
}

func (f *faulty) Due(ctx context.Context, o sponsor.DueOrder) ([]sponsor.Sponsor, error) {
	return through(f, func() ([]sponsor.Sponsor, error) { return f.Store.Due(ctx, o) })
}

func (f *faulty) Owed(ctx context.Context, now time.Time, n int, lease time.Duration) ([]sponsor.Effect, error) {
	return through(f, func() ([]sponsor.Effect, error) { return f.Store.Owed(ctx, now, n, lease) })
}

func (f *faulty) Settle(ctx context.Context, ss []sponsor.Settlement) error {
	_, err := through(f, func() (any, error) { return nil, f.Store.Settle(ctx, ss) })
	return err
}

func (f *faulty) Erase(ctx context.Context, ids []string) error {
	_, err := through(f, func() (any, error) { return nil, f.Store.Erase(ctx, ids) })
	return err
}

func (f *faulty) List(ctx context.Context, filter sponsor.Filter) iter.Seq2[sponsor.Sponsor, error] {
	if before, after := f.call(); before != nil || after != nil {
		return func(yield func(sponsor.Sponsor, error) bool) { yield(sponsor.Sponsor{}, errStore) }
	}
	return f.Store.List(ctx, filter)
}

// life plays a whole life with one fault in the store. Whoever gets the store's error
// does the same again; a lease that was lost runs out first. It gives what is left.
func life(t *testing.T, fail int, lost bool) (left string, calls int) {
	s := newStage(t, func(r *sponsor.Rules) { oneTask(r); r.Notify = true })
	store := &faulty{Store: s.store, fail: fail, lost: lost}
	s.desk = must(sponsor.NewDesk(rulesOf(oneTask), sponsor.Deps{Store: store, Provider: s.provider, Sender: s.sender},
		&sponsor.Options{Now: func() time.Time { return s.now }, Lease: time.Minute}))
	s.provider.find("ann", profile("ann"))
	do := func(what string, act func() error) {
		err := act()
		if errors.Is(err, errStore) {
			s.now = s.now.Add(2 * time.Minute)
			err = act()
		}
		// The second attempt may find that the first one went through.
		if err != nil && !errors.Is(err, sponsor.ErrRefused) {
			t.Fatalf("fault %d (lost %v): %s: %v", fail, lost, what, err)
		}
	}
	ctx, id := t.Context(), ""
	work := func() error { _, err := s.desk.Work(ctx); return err }
	do("enrol", func() error {
		got, err := s.desk.Enrol(ctx, sponsor.Enrolment{Person: person("ann"), Location: "Berlin", Entities: []sponsor.Entity{account("acme", "anna")}})
		if err == nil {
			id = got.ID
		}
		return err
	})
	do("start", func() error { _, err := s.desk.StartAll(ctx, []string{id}, "anna"); return err })
	do("search", work)
	do("track", func() error { _, err := s.desk.TrackAll(ctx, []sponsor.Choice{{Sponsor: id}}, "anna"); return err })
	do("settle", work)
	s.provider.answer("ann", changed("ann", "CRO", "Globex", ""))
	s.now = s.now.Add(week)
	do("refresh", work)
	do("accept", func() error { _, err := s.desk.AcceptAll(ctx, sponsor.Filter{}, "anna"); return err })
	do("send", func() error { _, err := s.desk.Send(ctx); return err })
	sent := map[string]bool{}
	for _, f := range s.sender.got {
		sent[string(f.Key)] = true
	}
	got := s.load(id)
	s.sound(id)
	left = fmt.Sprintln(got.Status, got.Person.Title, got.Person.Company.Name, got.Open(), len(got.Updates), len(s.effects(id)), len(sent), s.history(sponsor.HistoryFilter{Sponsor: id}))
	do("erase", func() error { _, err := s.desk.Erase(ctx, person("ann")); return err })
	counts := must(s.store.Count(ctx, sponsor.Filter{}))
	return left + fmt.Sprint(counts.Sponsors), store.calls
}

func rulesOf(change func(*sponsor.Rules)) sponsor.Rules {
	r := sponsor.DefaultRules()
	change(&r)
	return r
}

func TestAnySingleFaultOfTheStoreIsSurvived(t *testing.T) {
	want, calls := life(t, 0, false)
	if calls < 20 {
		t.Fatalf("only %d calls", calls)
	}
	for _, lost := range []bool{false, true} {
		for fail := 1; fail <= calls; fail++ {
			if got, _ := life(t, fail, lost); got != want {
				t.Errorf("fault %d (lost %v):\n got %s\nwant %s", fail, lost, got, want)
			}
		}
	}
	t.Logf("%d calls, each failed in two ways; left: %s", calls, want)
}

func TestManyAtOnceAreDoneInBatches(t *testing.T) {
	s := newStage(t, nil)
	s.desk = must(sponsor.NewDesk(sponsor.DefaultRules(), sponsor.Deps{Store: s.store, Provider: s.provider, Sender: s.sender, Records: s.records},
		&sponsor.Options{Now: func() time.Time { return s.now }, Batch: 2}))
	var ids []string
	for i := range 5 {
		name := fmt.Sprint("p", i)
		ids = append(ids, s.enrol(name))
		s.provider.find(name, profile(name))
		s.provider.answer(name, changed(name, "CRO", "", ""))
	}
	bulk := must(s.desk.StartAll(t.Context(), ids, "anna"))
	s.same("started", bulk, sponsor.Bulk{Done: ids})
	s.same("found", s.work(), sponsor.WorkReport{Queued: 5, Searched: 5, Found: 5})
	var choices []sponsor.Choice
	for _, id := range ids {
		choices = append(choices, sponsor.Choice{Sponsor: id})
	}
	s.same("chosen", must(s.desk.TrackAll(t.Context(), choices, "anna")), sponsor.Bulk{Done: ids})
	s.same("settled", s.work(), sponsor.WorkReport{Settled: 5})
	s.same("refreshed", s.later(week), sponsor.WorkReport{Refreshed: 5, Updates: 5})
	s.same("records read for the news, a batch at a time", s.records.calls, 3)
	got := must(s.desk.AcceptAll(t.Context(), sponsor.Filter{}, "anna"))
	s.same("accepted", len(got.Accepted), 5)
	s.same("open", must(s.store.Count(t.Context(), sponsor.Filter{})).Open, 0)
}

func TestAnAnswerOfAnotherLengthIsNoAnswer(t *testing.T) {
	s := newStage(t, oneTask)
	id := s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", changed("ann", "CRO", "", ""))
	short := must(sponsor.NewDesk(rulesOf(oneTask), sponsor.Deps{Store: s.store, Provider: forgetful{s.provider}, Sender: forgetful{}, Records: forgetful{}},
		&sponsor.Options{Now: func() time.Time { return s.now }}))
	s.now = s.now.Add(week)
	s.same("refresh", must(short.Work(t.Context())), sponsor.WorkReport{Failed: 1})
	s.same("an hour later", s.later(time.Hour), sponsor.WorkReport{Refreshed: 1, Updates: 1})
	if _, err := short.Send(t.Context()); !errors.Is(err, sponsor.ErrBroken) {
		t.Errorf("send: %v", err)
	}
	if _, _, err := short.Accept(t.Context(), sponsor.Verdict{Sponsor: id, Update: "u1"}); !errors.Is(err, sponsor.ErrBroken) {
		t.Errorf("accept: %v", err)
	}
	s.same("still open", s.load(id).Open(), 1)
}
