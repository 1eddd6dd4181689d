package sponsor_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

func TestSP01StartOne(t *testing.T) {
	rows := []struct {
		name  string
		found []sponsor.Profile
		err   error
		want  sponsor.Status
	}{
		{"nobody known yet: pending", nil, nil, sponsor.Pending},
		{"one candidate: match found at once", []sponsor.Profile{profile("ann")}, nil, sponsor.MatchFound},
		{"two candidates: match found at once", []sponsor.Profile{profile("ann"), profile("anne")}, nil, sponsor.MatchFound},
		{"the provider is limited: pending", nil, sponsor.ErrLimited, sponsor.Pending},
		{"the provider is broken: pending", nil, errors.New("connection reset"), sponsor.Pending},
		{"a profile without any identifier cannot be followed", []sponsor.Profile{{Location: "Berlin"}}, nil, sponsor.Pending},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := newStage(t, nil)
			id := s.enrol("ann")
			s.status(id, sponsor.Untracked)
			s.provider.find("ann", row.found...)
			s.provider.findErr = row.err
			got, err := s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id, By: "anna"})
			s.ok(err)
			s.same("status", got.Status, row.want)
			s.same("stored", s.load(id), got)
			if want := len(row.found); row.want == sponsor.MatchFound && len(got.Candidates) != want {
				t.Errorf("%d candidates, want %d", len(got.Candidates), want)
			}
		})
	}
}

func TestSearchGoesOnUntilItsTimeIsOver(t *testing.T) {
	s := newStage(t, nil)
	id := s.enrol("ann")
	_, err := s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id})
	s.ok(err)
	s.same("before the next search is due", s.later(12*time.Hour-time.Second), sponsor.WorkReport{})
	s.same("second search", s.later(time.Second), sponsor.WorkReport{Searched: 1})
	s.status(id, sponsor.Pending)
	s.provider.findErr = sponsor.ErrBroken
	s.same("failed search", s.later(12*time.Hour), sponsor.WorkReport{Searched: 1, Failed: 1})
	s.provider.findErr = nil
	s.same("an hour later", s.later(time.Hour), sponsor.WorkReport{Searched: 1})
	s.same("48 hours after the start", s.later(23*time.Hour), sponsor.WorkReport{Searched: 1, NoneFound: 1})
	s.status(id, sponsor.NoMatchFound)
	s.same("nothing is due any more", s.later(week), sponsor.WorkReport{})
}

func TestSP02BulkStart(t *testing.T) {
	s := newStage(t, nil)
	none := s.bring("eve", sponsor.NoMatchFound)
	ids := []string{
		s.bring("ann", sponsor.Untracked), s.bring("ben", sponsor.Tracked), s.bring("cal", sponsor.Pending),
		s.bring("dan", sponsor.MatchFound), none, s.bring("fay", sponsor.InProgress),
	}
	got, err := s.desk.StartAll(t.Context(), ids, "anna")
	s.ok(err)
	s.same("bulk", got, sponsor.Bulk{
		Done: []string{ids[0]},
		Skipped: []sponsor.Skip{
			{Sponsor: ids[1], Status: sponsor.Tracked, Reason: sponsor.SkipTracked},
			{Sponsor: ids[2], Status: sponsor.Pending, Reason: sponsor.SkipPending},
			{Sponsor: ids[3], Status: sponsor.MatchFound, Reason: sponsor.SkipMatchFound},
			{Sponsor: ids[4], Status: sponsor.NoMatchFound, Reason: sponsor.SkipNoMatchFound},
			{Sponsor: ids[5], Status: sponsor.InProgress, Reason: sponsor.SkipInProgress},
		},
	})
	s.status(ids[0], sponsor.InProgress)
	for i, want := range []sponsor.Status{sponsor.Tracked, sponsor.Pending, sponsor.MatchFound, sponsor.NoMatchFound, sponsor.InProgress} {
		s.status(ids[i+1], want)
	}
}

func TestBulkStartLeavesOutEveryOther(t *testing.T) {
	s := newStage(t, nil)
	disabled := s.bring("ben", sponsor.Disabled)
	chosen := s.bring("ann", sponsor.TrackingInProgress)
	free := s.enrol("cal")
	got, err := s.desk.StartAll(t.Context(), []string{chosen, disabled, "s-nobody", free, free}, "anna")
	s.ok(err)
	s.same("bulk", got, sponsor.Bulk{
		Done: []string{free},
		Skipped: []sponsor.Skip{
			{Sponsor: chosen, Status: sponsor.TrackingInProgress, Reason: sponsor.SkipTrackingInProgress},
			{Sponsor: disabled, Status: sponsor.Disabled, Reason: sponsor.SkipDisabled},
			{Sponsor: "s-nobody", Reason: sponsor.SkipUnknown},
			{Sponsor: free, Status: sponsor.InProgress, Reason: sponsor.SkipInProgress},
		},
	})
}

func TestBulkStartBecomesPendingThenFound(t *testing.T) {
	s := newStage(t, nil)
	found, none := s.bring("ann", sponsor.InProgress), s.bring("ben", sponsor.InProgress)
	s.provider.find("ann", profile("ann"))
	s.same("work", s.work(), sponsor.WorkReport{Queued: 2, Searched: 2, Found: 1})
	s.status(found, sponsor.MatchFound)
	s.status(none, sponsor.Pending)
}

func TestSP03InProgressCannotBeStopped(t *testing.T) {
	s := newStage(t, nil)
	id, shown := s.bring("ann", sponsor.InProgress), s.bring("ben", sponsor.Pending)
	before := s.load(id)
	_, err := s.desk.Stop(t.Context(), id, "anna")
	if !errors.Is(err, sponsor.ErrRefused) || err.Error() != "sponsor: stop "+id+": not possible: the status is in-progress" {
		t.Errorf("stop: %v", err)
	}
	s.same("sponsor", s.load(id), before)
	var listed []string
	for one, err := range s.desk.List(t.Context(), sponsor.Filter{}) {
		s.ok(err)
		listed = append(listed, one.ID)
	}
	s.same("list", listed, []string{shown})
	totals, err := s.desk.Totals(t.Context())
	s.ok(err)
	s.same("people", totals.People, map[sponsor.Status]int{sponsor.Pending: 1})
}

func TestStopFromEveryOtherStatus(t *testing.T) {
	for _, from := range sponsor.Statuses() {
		if from == sponsor.InProgress {
			continue
		}
		t.Run(string(from), func(t *testing.T) {
			s := newStage(t, nil)
			id := s.bring("ann", from)
			for range 2 { // the second stop changes nothing
				got, err := s.desk.Stop(t.Context(), id, "anna")
				s.ok(err)
				s.same("status", got.Status, sponsor.Untracked)
			}
			got := s.load(id)
			if len(got.Candidates) > 0 || got.Chosen != "" || !got.Due.IsZero() {
				t.Errorf("left over: %+v", got)
			}
		})
	}
}

func TestSP04FindNewMatch(t *testing.T) {
	s := newStage(t, nil)
	id := s.enrol("ann")
	old := profile("ann-the-other")
	old.Person.FirstName = "ann"
	old.Person.Emails = []string{"ann@elsewhere.example"}
	s.provider.find("ann", old)
	_, err := s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id})
	s.ok(err)
	s.status(id, sponsor.MatchFound)

	got, err := s.desk.FindNewMatch(t.Context(), id, "anna")
	s.ok(err)
	s.same("status", got.Status, sponsor.Pending)
	s.same("remembered", got.Passed, []string{"in:/in/ann-the-other", "mail:ann@elsewhere.example"})

	s.same("the same one again is nobody", s.work(), sponsor.WorkReport{Searched: 1})
	s.status(id, sponsor.Pending)

	byMail := sponsor.Profile{Person: tracking.Person{FirstName: "ann", Emails: []string{"Ann+x@elsewhere.example"}}}
	right := profile("ann")
	s.provider.find("ann", byMail, old, right)
	s.same("another one is", s.later(12*time.Hour), sponsor.WorkReport{Searched: 1, Found: 1})
	var keys []string
	for _, c := range s.load(id).Candidates {
		keys = append(keys, c.Key())
	}
	s.same("suggested", keys, []string{"in:/in/ann"})

	// Not even after the following was stopped and begun again.
	_, err = s.desk.Stop(t.Context(), id, "anna")
	s.ok(err)
	s.provider.find("ann", old)
	again, err := s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id})
	s.ok(err)
	s.same("after a stop", again.Status, sponsor.Pending)
}

func TestAWrongProfileDoesNotTakeThePersonsOwnAddressAway(t *testing.T) {
	s := newStage(t, nil)
	id := s.enrol("ann")
	wrong, right := profile("ann-2"), profile("ann")
	for _, p := range []*sponsor.Profile{&wrong, &right} {
		p.Person.FirstName, p.Person.Emails = "ann", []string{"ann@acme.com"}
	}
	s.provider.find("ann", wrong)
	must(s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id}))
	must(s.desk.FindNewMatch(t.Context(), id, "anna"))
	s.provider.find("ann", wrong, right)
	s.same("work", s.work(), sponsor.WorkReport{Searched: 1, Found: 1})
	s.same("suggested", []any{len(s.load(id).Candidates), s.load(id).Candidates[0].Key()}, []any{1, "in:/in/ann"})
}

func TestSP05StartWithAPage(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.NoMatchFound)
	if _, err := s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id}); !errors.Is(err, sponsor.ErrRefused) {
		t.Errorf("start before the stop: %v", err)
	}
	_, err := s.desk.Stop(t.Context(), id, "anna")
	s.ok(err)
	right, namesake := profile("jürgen-müller"), profile("juergen-mueller-2")
	s.provider.find("ann", namesake, right)
	got, err := s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id, LinkedIn: "https://de.linkedin.com/in/j%C3%BCrgen-m%C3%BCller/"})
	s.ok(err)
	s.same("page", got.Person.LinkedIn, "https://www.linkedin.com/in/jürgen-müller")
	s.same("asked for", s.provider.asked[len(s.provider.asked)-1].LinkedIn, "https://www.linkedin.com/in/jürgen-müller")
	s.same("status", got.Status, sponsor.MatchFound)
	s.same("suggested", len(got.Candidates), 1)
	s.same("the one at the page", got.Candidates[0].Key(), "in:/in/jürgen-müller")
}

func TestStartRefusesWhatIsNoPage(t *testing.T) {
	for _, page := range []string{"https://example.com/in/ann", "linkedin.com/company/acme", "https://www.linkedin.com/sales/lead/ACwAAA", "ann"} {
		s := newStage(t, nil)
		id := s.enrol("ann")
		_, err := s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id, LinkedIn: page})
		want := "sponsor: start " + id + ": linkedin: invalid: not the public page of a person, such as https://www.linkedin.com/in/name"
		if !errors.Is(err, sponsor.ErrInvalid) || err.Error() != want {
			t.Errorf("%s: %v", page, err)
		}
		s.status(id, sponsor.Untracked)
	}
}

func TestAPageThatWasPassedCanBeAskedFor(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.MatchFound)
	_, err := s.desk.Remove(t.Context(), sponsor.Choice{Sponsor: id}, "anna")
	s.ok(err)
	got, err := s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id, LinkedIn: "linkedin.com/in/ann"})
	s.ok(err)
	s.same("status", got.Status, sponsor.MatchFound)
	// Whoever asked for it looks again and says no: then it is wrong for good.
	got, err = s.desk.FindNewMatch(t.Context(), id, "anna")
	s.ok(err)
	s.same("page", got.Person.LinkedIn, "")
	s.same("work", s.work(), sponsor.WorkReport{Searched: 1})
}

func TestSP06TrackAll(t *testing.T) {
	s := newStage(t, nil)
	var ids []string
	var choices []sponsor.Choice
	for _, name := range []string{"ann", "ben", "cal"} {
		id := s.bring(name, sponsor.MatchFound)
		ids = append(ids, id)
		choices = append(choices, sponsor.Choice{Sponsor: id, Profile: "in:/in/" + name})
	}
	var seen []string
	for one, err := range s.desk.Suggested(t.Context(), sponsor.Filter{}) {
		s.ok(err)
		seen = append(seen, one.ID)
	}
	s.same("suggested", len(seen), 3)

	// While somebody looks at the three, somebody else removes the second.
	_, err := s.desk.Remove(t.Context(), choices[1], "ben")
	s.ok(err)
	got, err := s.desk.TrackAll(t.Context(), choices, "anna")
	s.ok(err)
	s.same("bulk", got, sponsor.Bulk{
		Done:    []string{ids[0], ids[2]},
		Skipped: []sponsor.Skip{{Sponsor: ids[1], Status: sponsor.Untracked, Reason: sponsor.SkipUntracked}},
	})
	for i, want := range []sponsor.Status{sponsor.TrackingInProgress, sponsor.Untracked, sponsor.TrackingInProgress} {
		s.status(ids[i], want)
	}
	again, err := s.desk.TrackAll(t.Context(), choices, "anna")
	s.ok(err)
	s.same("again", again, sponsor.Bulk{Already: []string{ids[0], ids[2]}, Skipped: got.Skipped})

	s.same("work", s.work(), sponsor.WorkReport{Settled: 2})
	for i, want := range []sponsor.Status{sponsor.Tracked, sponsor.Untracked, sponsor.Tracked} {
		s.status(ids[i], want)
	}
	versions := []int{s.load(ids[0]).Version, s.load(ids[2]).Version}
	last, err := s.desk.TrackAll(t.Context(), choices, "anna")
	s.ok(err)
	s.same("when all is done", last, sponsor.Bulk{Already: []string{ids[0], ids[2]}, Skipped: got.Skipped})
	s.same("nothing was saved", []int{s.load(ids[0]).Version, s.load(ids[2]).Version}, versions)
	s.same("work", s.work(), sponsor.WorkReport{})
}

func TestTrackBulkNamesWhatItCannotChoose(t *testing.T) {
	s := newStage(t, nil)
	two := s.enrol("ann")
	s.provider.find("ann", profile("ann"), profile("anne"))
	_, err := s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: two})
	s.ok(err)
	one := s.bring("ben", sponsor.MatchFound)
	got, err := s.desk.TrackBulk(t.Context(), []sponsor.Choice{{Sponsor: two}, {Sponsor: one, Profile: "in:/in/nobody"}, {Sponsor: "s-nobody"}}, "anna")
	s.ok(err)
	s.same("bulk", got, sponsor.Bulk{Skipped: []sponsor.Skip{
		{Sponsor: two, Status: sponsor.MatchFound, Reason: sponsor.SkipSeveral},
		{Sponsor: one, Status: sponsor.MatchFound, Reason: sponsor.SkipNotSuggested},
		{Sponsor: "s-nobody", Reason: sponsor.SkipUnknown},
	}})
	got, err = s.desk.TrackBulk(t.Context(), []sponsor.Choice{{Sponsor: two, Profile: "in:/in/anne"}, {Sponsor: one}}, "anna")
	s.ok(err)
	s.same("bulk", got, sponsor.Bulk{Done: []string{two, one}})
	s.same("chosen", s.load(two).Chosen, "in:/in/anne")
}

func TestOneProfileIsNotTwoSponsors(t *testing.T) {
	s := newStage(t, nil)
	first := s.bring("ann", sponsor.Tracked)
	second := s.enrol("anne")
	s.provider.find("anne", profile("ann"))
	_, err := s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: second})
	s.ok(err)
	_, err = s.desk.Track(t.Context(), sponsor.Choice{Sponsor: second}, "anna")
	var e *sponsor.Error
	if !errors.Is(err, sponsor.ErrTaken) || !errors.As(err, &e) || e.Sponsor != first {
		t.Errorf("track: %v, want ErrTaken by %s", err, first)
	}
	s.status(second, sponsor.MatchFound)
	bulk, err := s.desk.TrackAll(t.Context(), []sponsor.Choice{{Sponsor: second}}, "anna")
	s.ok(err)
	s.same("bulk", bulk.Skipped, []sponsor.Skip{{Sponsor: second, Status: sponsor.MatchFound, Reason: sponsor.SkipTaken}})
}

func TestRemoveOneOfTwo(t *testing.T) {
	s := newStage(t, nil)
	id := s.enrol("ann")
	s.provider.find("ann", profile("ann"), profile("anne"))
	_, err := s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id})
	s.ok(err)
	steps := []struct {
		profile string
		want    sponsor.Status
		left    int
	}{
		{"in:/in/ann", sponsor.MatchFound, 1},
		{"in:/in/ann", sponsor.MatchFound, 1}, // again: nothing
		{"in:/in/anne", sponsor.Untracked, 0},
		{"in:/in/anne", sponsor.Untracked, 0},
		{"", sponsor.Untracked, 0},
	}
	for i, step := range steps {
		got, err := s.desk.Remove(t.Context(), sponsor.Choice{Sponsor: id, Profile: step.profile}, "anna")
		s.ok(err)
		s.same(fmt.Sprint("step ", i), []any{got.Status, len(got.Candidates)}, []any{step.want, step.left})
	}
	if _, err := s.desk.Remove(t.Context(), sponsor.Choice{Sponsor: id, Profile: "in:/in/nobody"}, "anna"); !errors.Is(err, sponsor.ErrRefused) {
		t.Errorf("what was never suggested: %v", err)
	}
}

func TestLimitedProviderIsLeftAlone(t *testing.T) {
	s := newStage(t, nil)
	for i := range 25 {
		s.bring(fmt.Sprintf("p%02d", i), sponsor.InProgress)
	}
	s.provider.findErr = fmt.Errorf("vendor: %w", sponsor.ErrLimited)
	got := s.work()
	s.same("work", got, sponsor.WorkReport{Queued: 25, Searched: 1, Failed: 1, Limited: true})
	s.provider.findErr = nil
	got = s.work()
	s.same("the rest goes on", got, sponsor.WorkReport{Searched: 15})
	s.same("who was held comes after an hour", s.later(time.Hour), sponsor.WorkReport{Searched: 10})
}
