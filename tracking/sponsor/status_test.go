package sponsor_test

import (
	"errors"
	"testing"

	"github.com/onward-crm/onward/tracking/sponsor"
)

// arrows is the specification, written by hand: from every status, each event that
// is allowed, and where it leads. Every other pair is refused.
var arrows = map[sponsor.Status]map[sponsor.Event]sponsor.Status{
	sponsor.Untracked:  {sponsor.EventStart: sponsor.Pending, sponsor.EventStartBulk: sponsor.InProgress, sponsor.EventStop: sponsor.Untracked},
	sponsor.InProgress: {sponsor.EventQueued: sponsor.Pending},
	sponsor.Pending:    {sponsor.EventFound: sponsor.MatchFound, sponsor.EventNoneFound: sponsor.NoMatchFound, sponsor.EventStop: sponsor.Untracked},
	sponsor.MatchFound: {
		sponsor.EventFindNewMatch: sponsor.Pending, sponsor.EventTrack: sponsor.Tracked,
		sponsor.EventTrackBulk: sponsor.TrackingInProgress, sponsor.EventTrackAll: sponsor.TrackingInProgress,
		sponsor.EventRemove: sponsor.Untracked, sponsor.EventStop: sponsor.Untracked,
	},
	sponsor.NoMatchFound:       {sponsor.EventStop: sponsor.Untracked},
	sponsor.TrackingInProgress: {sponsor.EventSettled: sponsor.Tracked, sponsor.EventStop: sponsor.Untracked},
	sponsor.Tracked:            {sponsor.EventGone: sponsor.Disabled, sponsor.EventStop: sponsor.Untracked},
	sponsor.Disabled:           {sponsor.EventStop: sponsor.Untracked},
}

// events are all there are.
var events = []sponsor.Event{
	sponsor.EventStart, sponsor.EventStartBulk, sponsor.EventQueued, sponsor.EventFound, sponsor.EventNoneFound,
	sponsor.EventFindNewMatch, sponsor.EventTrack, sponsor.EventTrackBulk, sponsor.EventTrackAll, sponsor.EventSettled,
	sponsor.EventRemove, sponsor.EventGone, sponsor.EventStop,
}

func TestEveryPairOfStatusAndEvent(t *testing.T) {
	for _, from := range append(sponsor.Statuses(), "") {
		for _, on := range append(events, "") {
			got, err := from.Next(on)
			want, allowed := arrows[from][on]
			if allowed && (err != nil || got != want) {
				t.Errorf("%s on %s: %s, %v, want %s", from, on, got, err, want)
			}
			if !allowed && (!errors.Is(err, sponsor.ErrRefused) || got != from) {
				t.Errorf("%s on %s: %s, %v, want ErrRefused", from, on, got, err)
			}
		}
	}
}

func TestOnlyInProgressIsNotReported(t *testing.T) {
	for _, s := range sponsor.Statuses() {
		if s.Reported() != (s != "in-progress") {
			t.Errorf("%s: reported %v", s, s.Reported())
		}
	}
}
