package sponsor_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

const workers = 16

// together runs work in all workers and waits for them.
func together(work func(worker int)) {
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() { work(i) })
	}
	wg.Wait()
}

func TestTwoPeopleOnOneSuggestion(t *testing.T) {
	for round := range 50 {
		s := newStage(t, nil)
		id := s.bring("ann", sponsor.MatchFound)
		choice := sponsor.Choice{Sponsor: id, Profile: "in:/in/ann"}
		var bulk sponsor.Bulk
		var bulkErr, removeErr error
		var wg sync.WaitGroup
		wg.Go(func() { bulk, bulkErr = s.desk.TrackAll(t.Context(), []sponsor.Choice{choice}, "anna") })
		wg.Go(func() { _, removeErr = s.desk.Remove(t.Context(), choice, "ben") })
		wg.Wait()
		s.ok(bulkErr)
		got := s.load(id)
		switch {
		case len(bulk.Done) == 1:
			s.same(fmt.Sprint("anna was first ", round), []any{got.Status, errors.Is(removeErr, sponsor.ErrRefused)}, []any{sponsor.TrackingInProgress, true})
		default:
			s.ok(removeErr)
			s.same(fmt.Sprint("ben was first ", round), []any{got.Status, bulk.Skipped[0].Reason}, []any{sponsor.Untracked, sponsor.SkipUntracked})
		}
	}
}

func TestSixteenAcceptOneUpdate(t *testing.T) {
	s := newStage(t, nil)
	who := person("ann")
	who.RecordID = recordA
	id := must(s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: who, Location: "Berlin", Entities: []sponsor.Entity{account("acme", "anna")}})).ID
	s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", changed("ann", "CRO", "", ""))
	s.later(week)
	together(func(i int) {
		if _, _, err := s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: id, Update: "u1", By: fmt.Sprint("user", i)}); err != nil {
			t.Error(err)
		}
	})
	got := s.load(id)
	s.same("record", []any{got.Person.Title, got.Open()}, []any{"CRO", 0})
	s.same("history", s.history(sponsor.HistoryFilter{Sponsor: id}), []string{
		`acme observed title: VP Sales → CRO by ""`,
		fmt.Sprintf(`acme accepted title: VP Sales → CRO by %q`, got.Updates[0].By),
	})
	s.same("one write", len(s.effects(id)), 1)
}

func TestSeveralProcessesWorkOnOneStore(t *testing.T) {
	s := newStage(t, oneTask)
	const n = 100
	for i := range n {
		name := fmt.Sprintf("p%02d", i)
		s.bring(name, sponsor.Tracked)
		s.provider.answer(name, changed(name, "CRO", "", ""))
	}
	for i := range n {
		s.bring(fmt.Sprintf("q%02d", i), sponsor.InProgress)
	}
	s.provider.asked = nil
	s.now = s.now.Add(week)
	desks := make([]*sponsor.Desk, workers)
	for i := range desks {
		desks[i] = must(sponsor.NewDesk(sponsor.DefaultRules(), sponsor.Deps{Store: s.store, Provider: s.provider, Sender: s.sender}, &sponsor.Options{Now: s.clock(), Batch: 7}))
	}
	reports := make([]sponsor.WorkReport, workers)
	together(func(i int) {
		var err error
		if reports[i], err = desks[i].Work(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := desks[i].Send(t.Context()); err != nil {
			t.Error(err)
		}
	})
	var sum sponsor.WorkReport
	for _, r := range reports {
		sum.Queued += r.Queued
		sum.Searched += r.Searched
		sum.Refreshed += r.Refreshed
		sum.Updates += r.Updates
		sum.Failed += r.Failed
	}
	s.same("all of them, once", sum, sponsor.WorkReport{Queued: n, Searched: n, Refreshed: n, Updates: n})
	s.same("the provider was asked once for each", []int{s.provider.refreshes, len(s.provider.asked)}, []int{n, n})
}

// clock gives the stage's time, as it is now, to others.
func (s *stage) clock() func() time.Time { now := s.now; return func() time.Time { return now } }

func TestSixteenEnrolOnePerson(t *testing.T) {
	s := newStage(t, nil)
	ids := make([]string, workers)
	together(func(i int) {
		// Each knows the person by the address, and half of them by something more.
		p := tracking.Person{Emails: []string{"ann@acme.com"}}
		if i%2 == 0 {
			p.LinkedIn = "https://www.linkedin.com/in/ann"
		}
		if i%4 == 0 {
			p.RecordID = recordA
		}
		got, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: p, Entities: []sponsor.Entity{account(fmt.Sprint("account", i), "")}})
		if err != nil {
			t.Error(err)
		}
		ids[i] = got.ID
	})
	for _, id := range ids {
		s.same("id", id, ids[0])
	}
	s.same("of all accounts", len(s.load(ids[0]).Entities), workers)
	s.same("known by", s.load(ids[0]).Identity(), []string{"crm:" + recordA, "in:/in/ann", "mail:ann@acme.com"})
}

func TestEverybodyAtOnce(t *testing.T) {
	s := newStage(t, oneTask)
	id := s.enrol("ann")
	s.provider.find("ann", profile("ann"))
	s.provider.answer("ann", changed("ann", "CRO", "Globex", ""))
	together(func(i int) {
		for j := range 20 {
			ctx, by := t.Context(), fmt.Sprint("user", i)
			var err error
			switch (i + j) % 8 {
			case 0:
				_, err = s.desk.Start(ctx, sponsor.StartOrder{Sponsor: id, By: by, LinkedIn: "linkedin.com/in/ann"})
			case 1:
				_, err = s.desk.Track(ctx, sponsor.Choice{Sponsor: id}, by)
			case 2:
				_, err = s.desk.Stop(ctx, id, by)
			case 3:
				_, err = s.desk.StartAll(ctx, []string{id}, by)
			case 4:
				_, err = s.desk.Observe(ctx, changed("ann", fmt.Sprint("Title ", j), "", "").Profile)
			case 5:
				_, err = s.desk.AcceptAll(ctx, sponsor.Filter{}, by)
			case 6:
				_, err = s.desk.Remove(ctx, sponsor.Choice{Sponsor: id}, by)
			default:
				_, err = s.desk.Work(ctx)
			}
			if err != nil && !errors.Is(err, sponsor.ErrRefused) {
				t.Error(err)
			}
		}
	})
	s.sound(id)
}
