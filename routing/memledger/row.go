package memledger

import (
	"slices"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// row is one delivery with its place in the queues.
type row struct {
	rec routing.Record
	// persons are the distinct entries of the delivery's Persons.
	persons []string
	// held tells that a claim was neither finished nor released; until is when
	// its lease ends.
	held  bool
	until time.Time
	// purged tells that nothing personal may be kept.
	purged bool
	// repeated tells that it was reported again: somebody was told of it.
	repeated bool

	// watched tells that a DRI claim was not ended yet, watches counts those claims,
	// and watchEnds is when the lease of the last one ends.
	watched   bool
	watches   int
	watchEnds time.Time

	// queue is where the row stands, at index place.
	queue *queue
	place int
}

func newRow(rec routing.Record) *row {
	return &row{rec: rec, persons: distinct(rec.Persons)}
}

func distinct(persons []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(persons)))
}

// copy returns the record as it may leave the ledger.
func (r *row) copy() routing.Record {
	rec := r.rec
	rec.Plan, rec.Facts = shallow(rec.Plan), shallow(rec.Facts)
	rec.Receipts, rec.Acts = slices.Clone(rec.Receipts), slices.Clone(rec.Acts)
	rec.DRI = slices.Clone(rec.DRI)
	return rec
}

// claim returns what a worker needs to go on.
func (r *row) claim() routing.Claim {
	rec := r.copy()
	return routing.Claim{
		Fence:    routing.Fence{Key: rec.Key, Attempt: rec.Attempt},
		Delivery: rec.Delivery,
		Failures: rec.Failures,
		Plan:     rec.Plan,
		Facts:    rec.Facts,
		Receipts: rec.Receipts,
		Acts:     rec.Acts,
	}
}

func (r *row) unfinished() bool {
	return !r.rec.Status.Terminal() || r.rec.Status == routing.StatusWaiting
}

// due tells whether the row may be worked on: its time has come, and nobody
// holds it.
func (r *row) due(now time.Time) bool {
	return r.unfinished() && !r.rec.Due.After(now) && !r.leasedAt(now)
}

func (r *row) leasedAt(now time.Time) bool { return r.held && r.until.After(now) }

// add stores a receipt. The first Before of a write survives its repetitions:
// it is the state to go back to.
func (r *row) add(receipt routing.Receipt) {
	for i, old := range r.rec.Receipts {
		if old.Key != receipt.Key {
			continue
		}
		receipt.Before = first(old.Before, receipt.Before)
		r.rec.Receipts[i] = receipt
		return
	}
	r.rec.Receipts = append(r.rec.Receipts, receipt)
}

// first returns the earlier of two states. A refused write has none.
func first(old, now crm.Fields) crm.Fields {
	if old != nil {
		return old
	}
	return now
}

// purge removes everything personal: the payload, what was decided on it, and
// the values of receipts. Keys, ids, status and reason stay, and so do the
// person's keyed hashes, by which later reports are recognised.
func (r *row) purge() {
	r.purged = true
	r.rec.Event = routing.Event{}
	r.rec.Plan, r.rec.Facts = nil, nil
	r.rec.Outcome = r.rec.Outcome.Erased()
	var acts []routing.Act
	for _, act := range r.rec.Acts {
		acts = append(acts, act.Erased())
	}
	r.rec.Acts = acts
	for i, receipt := range r.rec.Receipts {
		r.rec.Receipts[i] = purged(receipt)
	}
}

func purged(r routing.Receipt) routing.Receipt {
	r.Before, r.Changed, r.Error = nil, nil, ""
	return r
}

// shallow copies a struct, so that its reader may not change ours.
func shallow[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
