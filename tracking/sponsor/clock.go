package sponsor

import (
	"cmp"
	"slices"
	"time"
)

// Clock is one promise about time: how long a sponsor may be in a status, or how old
// the newest state of a tracked profile may be.
type Clock struct {
	// Name names the rule in a breach.
	Name   string `json:"name" yaml:"name"`
	Status Status `json:"status" yaml:"status"`
	// After restricts the clock to sponsors that this event brought there.
	After Event `json:"after,omitempty" yaml:"after"`
	// Refresh counts from the last refresh instead of from the beginning of the status.
	Refresh bool          `json:"refresh,omitempty" yaml:"refresh"`
	Limit   time.Duration `json:"limit" yaml:"limit"`
}

// DefaultClocks are the promises of docs/sponsors.md.
func DefaultClocks() []Clock {
	return []Clock{
		{Name: "in_progress_to_pending", Status: InProgress, Limit: 25 * time.Minute},
		{Name: "pending_to_match", Status: Pending, Limit: 72 * time.Hour},
		{Name: "bulk_tracking", Status: TrackingInProgress, After: EventTrackBulk, Limit: 15 * time.Minute},
		{Name: "track_all", Status: TrackingInProgress, After: EventTrackAll, Limit: 10 * time.Minute},
		{Name: "changes_of_tracked", Status: Tracked, Refresh: true, Limit: 7 * 24 * time.Hour},
	}
}

// Breach is a promise that was not kept.
type Breach struct {
	Sponsor string `json:"sponsor"`
	Clock   Clock  `json:"clock"`
	// Since is when the clock started, Over how long ago it ran out.
	Since time.Time     `json:"since"`
	Over  time.Duration `json:"over"`
}

// Overdue lists the promises about one sponsor that are broken, in the order of the
// clocks. A limit that is just reached is kept.
func Overdue(s Sponsor, clocks []Clock, now time.Time) []Breach {
	var out []Breach
	for _, c := range clocks {
		if c.Status != s.Status || c.After != "" && c.After != s.Last {
			continue
		}
		since := s.Since
		if c.Refresh && s.RefreshedAt.After(time.Time{}) {
			since = s.RefreshedAt
		}
		if over := now.Sub(since) - c.Limit; over > 0 {
			out = append(out, Breach{Sponsor: s.ID, Clock: c, Since: since, Over: over})
		}
	}
	return out
}

// sortBreaches puts what is over for longest first.
func sortBreaches(bs []Breach) {
	slices.SortFunc(bs, func(a, b Breach) int {
		return cmp.Or(cmp.Compare(b.Over, a.Over), cmp.Compare(a.Sponsor, b.Sponsor), cmp.Compare(a.Clock.Name, b.Clock.Name))
	})
}
