package sponsor

import (
	"cmp"
	"slices"
	"time"
)

// Totals are counts of what is followed. Sponsors in progress are not among them.
type Totals struct {
	// Rows count memberships by entity, role and status, in this order.
	Rows []TotalRow `json:"rows"`
	// People counts sponsors by status: a sponsor of two entities once.
	People map[Status]int `json:"people"`
	// Open are the updates that wait, Last7 and Last30 those that were made in as many
	// days.
	Open   int `json:"open"`
	Last7  int `json:"last_7_days"`
	Last30 int `json:"last_30_days"`
}

// TotalRow counts the sponsors of one entity that have one role and status there.
type TotalRow struct {
	Entity   EntityRef `json:"entity"`
	Role     string    `json:"role,omitempty"`
	Status   Status    `json:"status"`
	Sponsors int       `json:"sponsors"`
	Open     int       `json:"open"`
	Last7    int       `json:"last_7_days"`
	Last30   int       `json:"last_30_days"`
}

// Tally counts sponsors one by one, so that none has to be held. Make one with
// NewTally. Not safe for concurrent use.
type Tally struct {
	now    time.Time
	rows   map[TotalRow]*TotalRow
	totals Totals
}

// NewTally counts changes backwards from now.
func NewTally(now time.Time) *Tally {
	return &Tally{now: now, rows: map[TotalRow]*TotalRow{}, totals: Totals{People: map[Status]int{}}}
}

// Add counts one sponsor.
func (t *Tally) Add(s Sponsor) {
	if !s.Status.Reported() {
		return
	}
	one := TotalRow{Open: s.Open(), Last7: changesSince(s, t.now.AddDate(0, 0, -7)), Last30: changesSince(s, t.now.AddDate(0, 0, -30))}
	t.totals.People[s.Status]++
	t.totals.Open += one.Open
	t.totals.Last7 += one.Last7
	t.totals.Last30 += one.Last30
	for _, e := range s.Entities {
		key := TotalRow{Entity: e.EntityRef, Role: e.Role, Status: s.Status}
		row := t.rows[key]
		if row == nil {
			row = &TotalRow{Entity: e.EntityRef, Role: e.Role, Status: s.Status}
			t.rows[key] = row
		}
		row.Sponsors++
		row.Open += one.Open
		row.Last7 += one.Last7
		row.Last30 += one.Last30
	}
}

// Totals are the counts so far.
func (t *Tally) Totals() Totals {
	out := t.totals
	out.People = map[Status]int{}
	for status, n := range t.totals.People {
		out.People[status] = n
	}
	for _, row := range t.rows {
		out.Rows = append(out.Rows, *row)
	}
	slices.SortFunc(out.Rows, func(a, b TotalRow) int {
		return cmp.Or(a.Entity.compare(b.Entity), cmp.Compare(a.Role, b.Role), cmp.Compare(order(a.Status), order(b.Status)))
	})
	return out
}

func order(s Status) int { return slices.Index(Statuses(), s) }

// changesSince counts the updates that are not older than a time.
func changesSince(s Sponsor, since time.Time) int {
	n := 0
	for _, u := range s.Updates {
		if !u.At.Before(since) {
			n++
		}
	}
	return n
}
