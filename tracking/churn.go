package tracking

import (
	"cmp"
	"slices"
	"time"
)

// Departure is somebody's leaving an account.
type Departure struct {
	// Person names them: a Tracked.ID, a record's id.
	Person    string
	AccountID string
	At        time.Time
}

// ChurnRule says when departures are worth an alert: this many people within this
// many days. Zeros mean DefaultChurnRule.
type ChurnRule struct {
	People int `json:"people,omitempty" yaml:"people"`
	Days   int `json:"days,omitempty" yaml:"days"`
}

// DefaultChurnRule is three people within 90 days.
func DefaultChurnRule() ChurnRule { return ChurnRule{People: 3, Days: 90} }

// ChurnAlert says that several people have left one account.
type ChurnAlert struct {
	AccountID string `json:"account_id"`
	// People are sorted; First and Last are the times of the first and last departure.
	People []string  `json:"people"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	// Key stays the same until somebody more leaves: tell each key once.
	Key string `json:"key"`
}

// ChurnAlerts looks at the departures of the rule's days up to now. Somebody who left
// twice counts once. Accounts come in order of id.
func ChurnAlerts(departures []Departure, rule ChurnRule, now time.Time) []ChurnAlert {
	standard := DefaultChurnRule()
	rule = ChurnRule{cmp.Or(max(rule.People, 0), standard.People), cmp.Or(max(rule.Days, 0), standard.Days)}
	from := now.AddDate(0, 0, -rule.Days)
	recent := slices.DeleteFunc(slices.Clone(departures), func(d Departure) bool {
		return d.AccountID == "" || d.Person == "" || !d.At.After(from) || d.At.After(now)
	})
	slices.SortFunc(recent, func(a, b Departure) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), a.At.Compare(b.At), cmp.Compare(a.Person, b.Person))
	})
	var out []ChurnAlert
	for len(recent) > 0 {
		n := 1
		for n < len(recent) && recent[n].AccountID == recent[0].AccountID {
			n++
		}
		if a := alertOf(recent[:n]); len(a.People) >= rule.People {
			out = append(out, a)
		}
		recent = recent[n:]
	}
	return out
}

// alertOf sums up the departures from one account, in order of time. The key is made
// of the person who was the last to be seen leaving for the first time.
func alertOf(ds []Departure) ChurnAlert {
	a := ChurnAlert{AccountID: ds[0].AccountID, First: ds[0].At}
	for _, d := range ds {
		if !slices.Contains(a.People, d.Person) {
			a.People = append(a.People, d.Person)
			a.Last = d.At
			a.Key = "churn:" + d.AccountID + ":" + d.Person
		}
	}
	slices.Sort(a.People)
	return a
}
