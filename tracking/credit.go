package tracking

import (
	"iter"
	"time"
)

// Ledger is one of the two books of credits.
type Ledger string

// The ledgers.
const (
	// LedgerTracked counts people: +1 when somebody begins to be tracked, -1 when
	// they cease to be, 0 when they move to another relationship.
	LedgerTracked Ledger = "tracked"
	// LedgerJobChange counts delivered job changes. Nothing is used when an existing
	// record was only enriched; what an undo took back is given back.
	LedgerJobChange Ledger = "job_change"
)

// Credit is one event of a ledger. Events are never changed: what was stamped stays,
// whatever is ranked otherwise later.
type Credit struct {
	// ID is unique: recording it again changes nothing.
	ID     string    `json:"id"`
	Ledger Ledger    `json:"ledger"`
	At     time.Time `json:"at"`
	Amount int       `json:"amount"`
	// Relationship is the one that the person counts under; From the one before, in
	// an event about a move between two.
	Relationship string `json:"relationship"`
	From         string `json:"from,omitempty"`
	// Person is the Tracked.ID; empty once the person was erased.
	Person string `json:"person,omitempty"`
	// Delivery is the key of the delivery that used a job-change credit, or gave it back.
	Delivery string `json:"delivery,omitempty"`
}

// Stamp is what a delivery about somebody who is tracked is stamped with. The zero Stamp
// is that of somebody whom nobody tracks.
type Stamp struct {
	// Person is the Tracked.ID; empty where nobody knows any more who it was.
	Person string `json:"person,omitempty"`
	// Relationship is the ID of the one that the person counts under, Name its name,
	// which is what people read.
	Relationship string `json:"relationship,omitempty"`
	Name         string `json:"name,omitempty"`
}

// Spending is what a delivery has done to the ledger of job changes.
type Spending struct {
	// Delivery is its key: one delivery uses credits once, and gives them back once.
	Delivery string
	// Credits were used, Returned were given back because the decision was taken back.
	Credits  int
	Returned int
	// Stamp is what the decision was made on.
	Stamp Stamp
	// At is when the delivery ended.
	At time.Time
}

// JobChange is the event of a delivery that used credits; false when it used none.
// One delivery is one event, however often it is reported.
func JobChange(s Spending) (Credit, bool) {
	if s.Credits <= 0 || s.Delivery == "" {
		return Credit{}, false
	}
	return Credit{
		ID: JobChangeID(s.Delivery), Ledger: LedgerJobChange, At: s.At.UTC(), Amount: s.Credits,
		Relationship: s.Stamp.Relationship, Person: s.Stamp.Person, Delivery: s.Delivery,
	}, true
}

// JobChangeID is the Credit.ID of a delivery that used credits.
func JobChangeID(delivery string) string { return "job_change:" + delivery }

// GivenBack is the event that takes back what a delivery has used, whatever the
// person counts under by now. One delivery is one such event too.
func (c Credit) GivenBack(at time.Time) Credit {
	c.ID, c.At, c.Amount = "job_change_returned:"+c.Delivery, at.UTC(), -c.Amount
	return c
}

// Period is a stretch of time: From is in it, To is not.
type Period struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Months are n calendar months in UTC, the first with the day of from in it.
func Months(from time.Time, n int) []Period {
	from = from.UTC()
	first := time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, time.UTC)
	out := make([]Period, max(n, 0))
	for i := range out {
		out[i] = Period{first.AddDate(0, i, 0), first.AddDate(0, i+1, 0)}
	}
	return out
}

// CreditSum is what the ledgers say of one period.
type CreditSum struct {
	Period
	// Opening and Closing are the tracked credits in use when it begins and ends,
	// Peak the most in between. Started and Ended are people.
	Opening int `json:"opening"`
	Started int `json:"started"`
	Ended   int `json:"ended"`
	Closing int `json:"closing"`
	Peak    int `json:"peak"`
	// JobChanges are the job-change credits used in it.
	JobChanges int `json:"job_changes"`
	// Relationships tell the same of each relationship that has credits, the ID as
	// the key.
	Relationships map[string]RelationshipSum `json:"relationships,omitempty"`
}

// RelationshipSum is one relationship's part of a CreditSum.
type RelationshipSum struct {
	// Closing are the people tracked under it at the end, JobChanges what its people
	// used in the period.
	Closing    int `json:"closing"`
	JobChanges int `json:"job_changes"`
}

// SumCredits sums events by period, positionally. The events come in order of time
// and from the beginning of the ledgers, or the balances are those of what was given.
// An error of the events ends it and is returned.
func SumCredits(events iter.Seq2[Credit, error], periods []Period) ([]CreditSum, error) {
	out := make([]CreditSum, len(periods))
	for i, p := range periods {
		out[i] = CreditSum{Period: p, Relationships: map[string]RelationshipSum{}}
	}
	for c, err := range events {
		if err != nil {
			return nil, err
		}
		for i := range out {
			if c.At.Before(out[i].To) {
				out[i].take(c)
			}
		}
	}
	return out, nil
}

// take adds one event that is not after the period.
func (s *CreditSum) take(c Credit) {
	before := c.At.Before(s.From)
	switch c.Ledger {
	case LedgerJobChange:
		if !before {
			s.JobChanges += c.Amount
			s.add(c.Relationship, 0, c.Amount)
		}
		return
	case LedgerTracked:
	default:
		return
	}
	s.Closing += c.Amount
	switch {
	case before:
		s.Opening += c.Amount
	case c.Amount > 0:
		s.Started += c.Amount
	default:
		s.Ended -= c.Amount
	}
	s.Peak = max(s.Peak, s.Opening, s.Closing)
	if before {
		s.Peak = s.Opening
	}
	if c.Amount == 0 {
		s.add(c.From, -1, 0)
		s.add(c.Relationship, 1, 0)
		return
	}
	s.add(c.Relationship, c.Amount, 0)
}

func (s *CreditSum) add(relationship string, people, jobChanges int) {
	r := s.Relationships[relationship]
	r.Closing += people
	r.JobChanges += jobChanges
	if r == (RelationshipSum{}) {
		delete(s.Relationships, relationship)
		return
	}
	s.Relationships[relationship] = r
}
