package sponsor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking/sponsor"
)

func TestSP13Breaches(t *testing.T) {
	now := monday.Add(30 * 24 * time.Hour)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	rows := []struct {
		name string
		s    sponsor.Sponsor
		want string
		over time.Duration
	}{
		{"pending for 73 h", sponsor.Sponsor{Status: sponsor.Pending, Since: ago(73 * time.Hour)}, "pending_to_match", time.Hour},
		{"pending for 72 h", sponsor.Sponsor{Status: sponsor.Pending, Since: ago(72 * time.Hour)}, "", 0},
		{"in progress for 26 min", sponsor.Sponsor{Status: sponsor.InProgress, Since: ago(26 * time.Minute)}, "in_progress_to_pending", time.Minute},
		{"in progress for 25 min", sponsor.Sponsor{Status: sponsor.InProgress, Since: ago(25 * time.Minute)}, "", 0},
		{"tracking in progress for 16 min", sponsor.Sponsor{Status: sponsor.TrackingInProgress, Last: sponsor.EventTrackBulk, Since: ago(16 * time.Minute)}, "bulk_tracking", time.Minute},
		{"tracking in progress for 15 min", sponsor.Sponsor{Status: sponsor.TrackingInProgress, Last: sponsor.EventTrackBulk, Since: ago(15 * time.Minute)}, "", 0},
		{"track all 11 min ago", sponsor.Sponsor{Status: sponsor.TrackingInProgress, Last: sponsor.EventTrackAll, Since: ago(11 * time.Minute)}, "track_all", time.Minute},
		{"track all 10 min ago", sponsor.Sponsor{Status: sponsor.TrackingInProgress, Last: sponsor.EventTrackAll, Since: ago(10 * time.Minute)}, "", 0},
		{"last refresh 8 days ago", sponsor.Sponsor{Status: sponsor.Tracked, Since: ago(20 * 24 * time.Hour), RefreshedAt: ago(8 * 24 * time.Hour)}, "changes_of_tracked", 24 * time.Hour},
		{"last refresh 7 days ago", sponsor.Sponsor{Status: sponsor.Tracked, Since: ago(20 * 24 * time.Hour), RefreshedAt: ago(7 * 24 * time.Hour)}, "", 0},
		{"never refreshed since 8 days", sponsor.Sponsor{Status: sponsor.Tracked, Since: ago(8 * 24 * time.Hour)}, "changes_of_tracked", 24 * time.Hour},
		{"match found for a year", sponsor.Sponsor{Status: sponsor.MatchFound, Since: ago(365 * 24 * time.Hour)}, "", 0},
		{"disabled, refreshed long ago", sponsor.Sponsor{Status: sponsor.Disabled, RefreshedAt: ago(900 * time.Hour)}, "", 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := sponsor.Overdue(row.s, sponsor.DefaultClocks(), now)
			if row.want == "" {
				if len(got) > 0 {
					t.Errorf("breaches: %+v", got)
				}
				return
			}
			if len(got) != 1 || got[0].Clock.Name != row.want || got[0].Over != row.over {
				t.Errorf("breaches: %+v, want %s by %s", got, row.want, row.over)
			}
		})
	}
}

func TestSP13TheDeskListsFourBreaches(t *testing.T) {
	s := newStage(t, nil)
	start := s.now
	s.now = start.Add(-8 * 24 * time.Hour)
	tracked := s.bring("ann", sponsor.Tracked)
	s.now = start.Add(-73 * time.Hour)
	pending := s.bring("ben", sponsor.Pending)
	s.now = start.Add(-26 * time.Minute)
	progress := s.bring("cal", sponsor.InProgress)
	found := s.bring("dan", sponsor.MatchFound)
	s.now = start.Add(-16 * time.Minute)
	_, err := s.desk.TrackBulk(t.Context(), []sponsor.Choice{{Sponsor: found}}, "anna")
	s.ok(err)
	s.now = start
	got, err := s.desk.Breaches(t.Context())
	s.ok(err)
	var lines []string
	for _, b := range got {
		lines = append(lines, fmt.Sprintf("%s %s after %s, %s late", b.Sponsor, b.Clock.Name, b.Clock.Limit, b.Over))
	}
	first, second := progress, found
	firstRule, secondRule := "in_progress_to_pending after 25m0s", "bulk_tracking after 15m0s"
	if second < first {
		first, second, firstRule, secondRule = second, first, secondRule, firstRule
	}
	s.same("breaches", lines, []string{
		tracked + " changes_of_tracked after 168h0m0s, 24h0m0s late",
		pending + " pending_to_match after 72h0m0s, 1h0m0s late",
		first + " " + firstRule + ", 1m0s late",
		second + " " + secondRule + ", 1m0s late",
	})
	s.work()
	got, err = s.desk.Breaches(t.Context())
	s.ok(err)
	s.same("after a pass", got, []sponsor.Breach{})
}

func TestSP16Gaps(t *testing.T) {
	s := newStage(t, nil)
	var keys []sponsor.KeyAccount
	for i := range 10 {
		keys = append(keys, sponsor.KeyAccount{ID: fmt.Sprint("key", i), Name: fmt.Sprint("Key ", i), OwnerID: fmt.Sprint("owner", i%3)})
	}
	none := s.bring("none", sponsor.NoMatchFound, account("key8", ""))
	disabled := s.bring("gone", sponsor.Disabled, account("key2", ""))
	s.bring("alsogone", sponsor.Disabled, account("key9", "")) // beside somebody who is pending
	for i, name := range []string{"ann", "ben", "cal"} {
		s.bring(name, sponsor.Tracked, account(fmt.Sprint("key", []int{1, 3, 5}[i]), ""))
	}
	// A pending one beside a tracked one is no gap.
	s.bring("dan", sponsor.Tracked, account("key7", ""), relationship("r1", ""))
	s.bring("eve", sponsor.Pending, account("key7", ""))
	pending := s.bring("fay", sponsor.Pending, account("key4", ""))
	other := s.bring("gil", sponsor.MatchFound, account("key9", ""))
	s.bring("hal", sponsor.InProgress, account("key6", "")) // is not shown
	s.bring("ida", sponsor.Tracked, account("no key account", ""))

	got, err := s.desk.Gaps(t.Context(), keys)
	s.ok(err)
	want := []sponsor.Gap{
		{Account: keys[0], Reason: sponsor.GapNone},
		{Account: keys[2], Reason: sponsor.GapDisabled, Sponsors: []string{disabled}},
		{Account: keys[4], Reason: sponsor.GapPending, Sponsors: []string{pending}},
		{Account: keys[6], Reason: sponsor.GapNone},
		{Account: keys[8], Reason: sponsor.GapNoMatch, Sponsors: []string{none}},
		{Account: keys[9], Reason: sponsor.GapPending},
	}
	if len(got) != 6 {
		t.Fatalf("%d gaps, want 6: %+v", len(got), got)
	}
	both := got[5].Sponsors
	got[5].Sponsors = nil
	s.same("gaps", got, want)
	if len(both) != 2 || both[0] != other && both[1] != other {
		t.Errorf("sponsors of the last: %v", both)
	}
	s.same("who is to close it", []string{got[0].Account.OwnerID, got[3].Account.OwnerID}, []string{"owner0", "owner0"})
}

func TestReportsCountNobodyWhoIsInProgress(t *testing.T) {
	s := &stage{T: t}
	hidden := sponsor.Sponsor{ID: "s1", Status: sponsor.InProgress, Entities: []sponsor.Entity{account("acme", "anna")}}
	s.same("gaps", sponsor.Gaps([]sponsor.KeyAccount{{ID: "acme"}}, []sponsor.Sponsor{hidden}), []sponsor.Gap{{Account: sponsor.KeyAccount{ID: "acme"}, Reason: sponsor.GapNone}})
	tally := sponsor.NewTally(monday)
	tally.Add(hidden)
	s.same("totals", tally.Totals(), sponsor.Totals{People: map[sponsor.Status]int{}})
}

func TestGapsKnowAnAccountByBothFormsOfItsID(t *testing.T) {
	s := newStage(t, nil)
	s.bring("ann", sponsor.Tracked, account("001xx000003DGb2", "anna"))
	got, err := s.desk.Gaps(t.Context(), []sponsor.KeyAccount{{ID: "001xx000003DGb2AAG"}, {ID: "001xx000003DGb3"}})
	s.ok(err)
	s.same("gaps", got, []sponsor.Gap{{Account: sponsor.KeyAccount{ID: "001xx000003DGb3"}, Reason: sponsor.GapNone}})
}

func TestSP17Totals(t *testing.T) {
	s := newStage(t, nil)
	blocker := account("acme", "anna")
	blocker.Role = "Blocker"
	s.bring("ann", sponsor.Tracked, account("acme", "anna"), relationship("nps-9", "ben"))
	s.bring("ben", sponsor.Tracked, account("acme", "anna"))
	s.provider.answer("ann", changed("ann", "CRO", "", ""))
	s.provider.answer("ben", changed("ben", "", "Globex", ""))
	s.later(week) // two updates, of the 30th of November
	s.provider.answer("ann", changed("ann", "CEO", "", ""))
	s.later(3 * week) // one of the 21st of December; it overtakes the first
	s.now = s.now.Add(3 * 24 * time.Hour)
	s.bring("cal", sponsor.Pending, blocker)
	s.bring("dan", sponsor.InProgress, blocker)

	got, err := s.desk.Totals(t.Context())
	s.ok(err)
	acme, nps := account("acme", "").EntityRef, relationship("nps-9", "").EntityRef
	s.same("totals", got, sponsor.Totals{
		Rows: []sponsor.TotalRow{
			{Entity: acme, Role: "Blocker", Status: sponsor.Pending, Sponsors: 1},
			{Entity: acme, Role: "Champion", Status: sponsor.Tracked, Sponsors: 2, Open: 2, Last7: 1, Last30: 3},
			{Entity: nps, Role: "Executive", Status: sponsor.Tracked, Sponsors: 1, Open: 1, Last7: 1, Last30: 2},
		},
		People: map[sponsor.Status]int{sponsor.Tracked: 2, sponsor.Pending: 1},
		Open:   2, Last7: 1, Last30: 3,
	})
	s.now = s.now.Add(7 * 24 * time.Hour)
	got, err = s.desk.Totals(t.Context())
	s.ok(err)
	s.same("a week later", []int{got.Open, got.Last7, got.Last30}, []int{2, 0, 1})
}
