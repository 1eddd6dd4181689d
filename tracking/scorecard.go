package tracking

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"
)

// The windows and the limit of the scorecard.
const (
	// RoutingDays is how far back the concentration of routing looks.
	RoutingDays = 90
	// EngagementMonths is how far back engagement looks.
	EngagementMonths = 3
	// ConcentrationLimit is the share of deliveries above which routing is flagged.
	ConcentrationLimit = 0.5
)

// Delivery is one delivered job change, as the scorecard counts it.
type Delivery struct {
	At time.Time
	// OwnerID is the user whom it was routed to; empty when it was nobody.
	OwnerID string
	// Touched tells that somebody has acted on it: a call, a mail, a task done.
	Touched bool
}

// Coverage counts the contacts of won opportunities, each person once.
type Coverage struct {
	Contacts int `json:"contacts"`
	Tracked  int `json:"tracked"`
}

// WonCoverage counts the rows of an automatic import that are closed won. An error of
// the rows ends it and is returned.
func WonCoverage(rows iter.Seq2[Row, error], r *Roster) (Coverage, error) {
	var c Coverage
	seen := map[digest]bool{}
	for row, err := range rows {
		if err != nil {
			return Coverage{}, err
		}
		keys := row.Person.Keys()
		if row.Relationship != ClosedWon || row.check(keys) != nil {
			continue
		}
		if d := digestOf(keys[0]); !seen[d] {
			seen[d] = true
			c.Contacts++
			if _, ok := r.Find(keys); ok {
				c.Tracked++
			}
		}
	}
	return c, nil
}

// Scorecard tells how well tracking works. Shares are 0 to 1, and 0 where there is
// nothing to share.
type Scorecard struct {
	// Won counts the contacts of won opportunities, WonShare is the tracked part.
	Won      Coverage `json:"won"`
	WonShare float64  `json:"won_share"`
	// Deliveries are those of the last RoutingDays, TopOwner is who got most of them,
	// TopShare their part. Concentrated flags a part above ConcentrationLimit.
	Deliveries   int     `json:"deliveries"`
	TopOwner     string  `json:"top_owner,omitempty"`
	TopShare     float64 `json:"top_share"`
	Concentrated bool    `json:"concentrated"`
	// Sent are the deliveries of the last EngagementMonths, Touched those acted on;
	// Engagement is their share.
	Sent       int     `json:"sent"`
	Touched    int     `json:"touched"`
	Engagement float64 `json:"engagement"`
}

// NewScorecard counts deliveries up to now; later and older ones are left out.
func NewScorecard(won Coverage, deliveries []Delivery, now time.Time) Scorecard {
	s := Scorecard{Won: won, WonShare: share(won.Tracked, won.Contacts)}
	routed, engaged := now.AddDate(0, 0, -RoutingDays), now.AddDate(0, -EngagementMonths, 0)
	owners := map[string]int{}
	for _, d := range deliveries {
		if d.At.After(now) {
			continue
		}
		if d.At.After(routed) {
			s.Deliveries++
			owners[d.OwnerID]++
		}
		if d.At.After(engaged) {
			s.Sent++
			if d.Touched {
				s.Touched++
			}
		}
	}
	delete(owners, "")
	if ids := slices.Sorted(maps.Keys(owners)); len(ids) > 0 {
		s.TopOwner = slices.MinFunc(ids, func(a, b string) int { return cmp.Compare(owners[b], owners[a]) })
	}
	s.TopShare = share(owners[s.TopOwner], s.Deliveries)
	s.Concentrated = s.TopShare > ConcentrationLimit
	s.Engagement = share(s.Touched, s.Sent)
	return s
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
