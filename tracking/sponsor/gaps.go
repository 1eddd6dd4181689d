package sponsor

// GapReason says why a key account has no tracked sponsor.
type GapReason string

// The reasons of gaps, the one that is nearest to a tracked sponsor first: it is
// what a gap names when an account has several sponsors.
const (
	// GapPending: a profile is looked for, suggested or being taken up.
	GapPending GapReason = "pending"
	// GapNoMatch: no profile was found.
	GapNoMatch GapReason = "no_match"
	// GapDisabled: the profile of the one there was is gone.
	GapDisabled GapReason = "disabled"
	// GapNone: nobody is followed there.
	GapNone GapReason = "none"
)

// KeyAccount is an account that should have a tracked sponsor.
type KeyAccount struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	OwnerID string `json:"owner_id,omitempty"`
}

// Gap is a key account without a tracked sponsor.
type Gap struct {
	Account KeyAccount `json:"account"`
	Reason  GapReason  `json:"reason"`
	// Sponsors are the ids of those it has, whatever their status; sponsors in progress
	// are not shown.
	Sponsors []string `json:"sponsors,omitempty"`
}

// Gaps lists the accounts without a tracked sponsor, in the order given.
func Gaps(accounts []KeyAccount, sponsors []Sponsor) []Gap {
	at := map[string][]Sponsor{}
	for _, s := range sponsors {
		for _, e := range s.Entities {
			if e.Kind == KindAccount && s.Status.Reported() {
				at[e.ID] = append(at[e.ID], s)
			}
		}
	}
	var out []Gap
	for _, a := range accounts {
		if gap, ok := gapAt(a, at[EntityRef{KindAccount, a.ID}.normal().ID]); ok {
			out = append(out, gap)
		}
	}
	return out
}

func gapAt(a KeyAccount, sponsors []Sponsor) (Gap, bool) {
	gap := Gap{Account: a, Reason: GapNone}
	rank := map[GapReason]int{GapNone: 0, GapDisabled: 1, GapNoMatch: 2, GapPending: 3}
	for _, s := range sponsors {
		if s.Status == Tracked {
			return Gap{}, false
		}
		if r := gapOf(s.Status); rank[r] > rank[gap.Reason] {
			gap.Reason = r
		}
		gap.Sponsors = append(gap.Sponsors, s.ID)
	}
	return gap, true
}

// gapOf is why a sponsor of this status does not fill the gap.
func gapOf(s Status) GapReason {
	switch s {
	case Pending, MatchFound, TrackingInProgress:
		return GapPending
	case NoMatchFound:
		return GapNoMatch
	case Disabled:
		return GapDisabled
	}
	return GapNone
}
