package sponsor_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// sound fails when something about a sponsor cannot be.
func (s *stage) sound(id string) {
	s.Helper()
	for _, say := range unsound(s, id) {
		s.Error(say)
	}
}

// unsound lists what cannot be: statuses that no arrow of the hand-written table
// joins, more than one open proposal of an attribute, suggestions without a match,
// an effect of an update that does not exist, a value that changes in storage.
func unsound(s *stage, id string) []string {
	got := s.load(id)
	var out []string
	say := func(wrong bool, format string, args ...any) {
		if wrong {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	status := "untracked"
	for e, err := range s.store.History(s.Context(), sponsor.HistoryFilter{Sponsor: id, Entity: got.Entities[0].EntityRef}) {
		say(err != nil, "history: %v", err)
		if e.Act != sponsor.ActStatus {
			continue
		}
		say(e.Old != status, "from %s, but it was %s", e.Old, status)
		say(!joined(sponsor.Status(e.Old), sponsor.Status(e.New)), "no arrow leads from %s to %s", e.Old, e.New)
		status = e.New
	}
	say(status != string(got.Status), "the history ends with %s, the status is %s", status, got.Status)
	say(len(got.Candidates) > 0 != (got.Status == sponsor.MatchFound), "%d suggestions while %s", len(got.Candidates), got.Status)
	following := got.Status == sponsor.Tracked || got.Status == sponsor.TrackingInProgress || got.Status == sponsor.Disabled
	say(got.Chosen != "" != following, "chosen %q while %s", got.Chosen, got.Status)
	working := got.Status == sponsor.Pending || got.Status == sponsor.InProgress || got.Status == sponsor.TrackingInProgress || got.Status == sponsor.Tracked
	say(got.Due.IsZero() == working, "due %s while %s", got.Due, got.Status)
	open := map[sponsor.Attribute]int{}
	known := map[string]bool{}
	for _, u := range got.Updates {
		say(known[u.ID], "two updates %s", u.ID)
		known[u.ID] = true
		for _, c := range u.Changes {
			if u.State == sponsor.UpdateOpen && !c.Overtaken {
				open[c.Attribute]++
			}
			say(c.Old == c.New, "%s: a change from %q to the same", u.ID, c.Old)
		}
	}
	for a, n := range open {
		say(n > 1, "%d open proposals of %s", n, a)
	}
	tasks := map[string]int{}
	effects, err := s.store.Effects(s.Context(), id)
	say(err != nil, "effects: %v", err)
	for _, f := range effects {
		say(!known[f.Update], "effect %s of an unknown update %q", f.Key, f.Update)
		say(len(f.Key) > 64, "key %s is too long", f.Key)
		if f.Task != nil {
			tasks[f.Update+" "+f.Task.Entity.ID]++
		}
	}
	for what, n := range tasks {
		say(n > 1, "%d tasks for %s", n, what)
	}
	return append(out, unlike(got)...)
}

// joined tells whether any event leads from one status to the other.
func joined(from, to sponsor.Status) bool {
	for _, next := range arrows[from] {
		if next == to {
			return true
		}
	}
	return false
}

// unlike says how a sponsor changes on its way through JSON, in which stores may
// keep it.
func unlike(want sponsor.Sponsor) []string {
	text, err := json.Marshal(want)
	if err != nil {
		return []string{err.Error()}
	}
	var got sponsor.Sponsor
	if err := json.Unmarshal(text, &got); err != nil {
		return []string{err.Error()}
	}
	again, err := json.Marshal(got)
	if err != nil || string(again) != string(text) || !reflect.DeepEqual(got.Keys(), want.Keys()) {
		return []string{"JSON changes a sponsor: " + string(text)}
	}
	return nil
}

// everyone are the people of the property.
var everyone = []string{"ann", "ben", "cal"}

// anyAnswer is what a provider may say.
func anyAnswer(t *rapid.T, name string) sponsor.Refreshed {
	if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
		return sponsor.Refreshed{Err: rapid.SampledFrom([]error{sponsor.ErrGone, sponsor.ErrGone, sponsor.ErrLimited, sponsor.ErrBroken}).Draw(t, "error")}
	}
	return changed(name,
		rapid.SampledFrom([]string{"", "CRO", "C.R.O.", "CEO"}).Draw(t, "title"),
		rapid.SampledFrom([]string{"", "Globex", "Globex Corp", "Initech"}).Draw(t, "company"),
		rapid.SampledFrom([]string{"", "Hamburg", "hamburg"}).Draw(t, "place"))
}

// often are the acts as often as they shall come: looks at profiles, and verdicts on
// what they bring, more often than the rest.
var often = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 7, 7, 8, 10, 11, 11, 11, 11, 11, 11, 4, 0}

// anyAct does one thing that people, the clock or a provider may do.
func anyAct(t *rapid.T, s *stage, ids []string) error {
	ctx := s.Context()
	i := rapid.IntRange(0, len(ids)-1).Draw(t, "who")
	id, name := ids[i], everyone[i]
	update := fmt.Sprint("u", rapid.IntRange(1, 4).Draw(t, "update"))
	key := rapid.SampledFrom([]string{"", "in:/in/" + name, "in:/in/other-" + name}).Draw(t, "profile")
	var err error
	switch rapid.SampledFrom(often).Draw(t, "act") {
	case 0:
		_, err = s.desk.Start(ctx, sponsor.StartOrder{Sponsor: id, LinkedIn: rapid.SampledFrom([]string{"", "linkedin.com/in/" + name}).Draw(t, "page")})
	case 1:
		_, err = s.desk.StartAll(ctx, ids, "anna")
	case 2:
		_, err = s.desk.Stop(ctx, id, "anna")
	case 3:
		_, err = s.desk.FindNewMatch(ctx, id, "anna")
	case 4:
		_, err = s.desk.Track(ctx, sponsor.Choice{Sponsor: id, Profile: key}, "anna")
	case 5:
		_, err = s.desk.TrackAll(ctx, []sponsor.Choice{{Sponsor: ids[0]}, {Sponsor: id, Profile: key}}, "anna")
	case 6:
		_, err = s.desk.Remove(ctx, sponsor.Choice{Sponsor: id, Profile: key}, "anna")
	case 7:
		_, _, err = s.desk.Accept(ctx, sponsor.Verdict{Sponsor: id, Update: update, By: "anna", Overwrite: rapid.Bool().Draw(t, "overwrite")})
	case 8:
		_, err = s.desk.Reject(ctx, sponsor.Verdict{Sponsor: id, Update: update, By: "anna"})
	case 9:
		_, err = s.desk.AcceptAll(ctx, sponsor.Filter{}, "anna")
	case 10:
		_, err = s.desk.Observe(ctx, changed(name, "CTO", "", "").Profile)
	case 11:
		s.provider.answer(name, anyAnswer(t, name))
		s.now = s.now.Add(week)
		_, err = s.desk.Work(ctx)
	case 12:
		other := profile("other-" + name)
		s.provider.find(name, [][]sponsor.Profile{nil, {profile(name)}, {other}, {other, profile(name)}}[rapid.IntRange(0, 3).Draw(t, "found")]...)
	case 13:
		s.records.held = map[string]sponsor.Record{name: {Title: rapid.SampledFrom([]string{"VP Sales", "CRO", "Typist"}).Draw(t, "held"), Company: "Acme"}}
	default:
		s.now = s.now.Add(time.Duration(rapid.IntRange(0, 10*24).Draw(t, "hours")) * time.Hour)
		_, err = s.desk.Work(ctx)
	}
	if errors.Is(err, sponsor.ErrRefused) || errors.Is(err, sponsor.ErrUnknown) {
		return nil
	}
	return err
}

func TestWhateverHappensTheTableHoldsAndTheCountsAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newStage(t, func(r *sponsor.Rules) {
			oneTask(r)
			r.Notify = true
			r.Profile = matching.Balanced()
		})
		var ids []string
		for _, name := range everyone {
			s.provider.find(name, profile(name))
			id := s.enrol(name, account("acme", "anna"), relationship("r", "ben"))
			if rapid.IntRange(0, 2).Draw(rt, "tracked") > 0 {
				must(s.desk.Start(s.Context(), sponsor.StartOrder{Sponsor: id}))
				must(s.desk.Track(s.Context(), sponsor.Choice{Sponsor: id}, "anna"))
			}
			ids = append(ids, id)
		}
		for range rapid.IntRange(1, 60).Draw(rt, "acts") {
			if err := anyAct(rt, s, ids); err != nil {
				rt.Fatal(err)
			}
			for _, id := range ids {
				for _, say := range unsound(s, id) {
					rt.Fatal(say)
				}
			}
			if say := miscounted(s, ids); say != "" {
				rt.Fatal(say)
			}
		}
	})
}

// miscounted compares the counts of store and reports with a recount from the
// history: who is in which status, and how many updates are open.
func miscounted(s *stage, ids []string) string {
	want := sponsor.Counts{Sponsors: map[sponsor.Status]int{}}
	shown := map[sponsor.Status]int{}
	for _, id := range ids {
		status, open := replay(s, id)
		want.Sponsors[status]++
		want.Open += open
		if status != sponsor.InProgress {
			shown[status]++
		}
		if got := s.load(id).Open(); got != open {
			return fmt.Sprintf("badge %d, the history leaves %d open", got, open)
		}
	}
	counts, err := s.store.Count(s.Context(), sponsor.Filter{})
	if err != nil || !reflect.DeepEqual(counts, want) {
		return fmt.Sprintf("counts %+v, %v, want %+v", counts, err, want)
	}
	totals, err := s.desk.Totals(s.Context())
	if err != nil || !reflect.DeepEqual(totals.People, shown) {
		return fmt.Sprintf("totals %+v, %v, want %+v", totals.People, err, shown)
	}
	return ""
}

// replay reads status and number of open updates from the history alone.
func replay(s *stage, id string) (sponsor.Status, int) {
	status := sponsor.Untracked
	open := map[string]int{}
	for e := range s.store.History(s.Context(), sponsor.HistoryFilter{Sponsor: id, Entity: sponsor.EntityRef{Kind: sponsor.KindAccount, ID: "acme"}}) {
		switch e.Act {
		case sponsor.ActStatus:
			status = sponsor.Status(e.New)
		case sponsor.ActObserved:
			open[e.Update]++
		case sponsor.ActAccepted, sponsor.ActRejected, sponsor.ActOvertaken:
			if open[e.Update]--; open[e.Update] == 0 {
				delete(open, e.Update)
			}
		}
	}
	return status, len(open)
}
