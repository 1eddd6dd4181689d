package memledger

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/onward-crm/onward/routing"
)

// Ledger is an in-memory routing.Ledger. Make one with New or Load. It is safe
// for concurrent use within one process.
type Ledger struct {
	mu sync.Mutex
	// rows are all deliveries in order of acceptance; byKey finds them.
	rows  []*row
	byKey map[string]*row
	// seq is the greatest number that a delivery was ever accepted under.
	seq int64
	// open and held list, for each entry of Persons, the rows that are unfinished
	// and those that are claimed.
	open map[string][]*row
	held map[string][]*row
	// An unfinished row stands in one of three queues: ready once it was seen to
	// be due, later until then, leased while it is claimed.
	ready, later, leased *queue

	aliases map[routing.Alias]routing.Identity
	// identities counts the aliases of each identity; landed holds the CRM ids of
	// those that have a record.
	identities map[string]int
	landed     map[string]string
	rota       map[string]int
	tombstones map[string]bool

	// kept are the rows whose responsible people are looked at again some time;
	// keepers are those of them that have an event record, by its id.
	kept    map[*row]bool
	keepers map[string]*row

	// unsent are notices by age; noticed are the ids of all that were ever stored.
	unsent  []routing.Notice
	noticed map[string]bool
}

var _ routing.Ledger = (*Ledger)(nil)

// New returns an empty ledger.
func New() *Ledger {
	return &Ledger{
		byKey:      map[string]*row{},
		open:       map[string][]*row{},
		held:       map[string][]*row{},
		ready:      newQueue(older),
		later:      newQueue(dueSooner),
		leased:     newQueue(endsSooner),
		aliases:    map[routing.Alias]routing.Identity{},
		identities: map[string]int{},
		landed:     map[string]string{},
		rota:       map[string]int{},
		tombstones: map[string]bool{},
		kept:       map[*row]bool{},
		keepers:    map[string]*row{},
		noticed:    map[string]bool{},
	}
}

// Accept stores deliveries whose key is new; see routing.Ledger.
func (l *Ledger) Accept(ctx context.Context, ds []routing.Delivery) ([]routing.Accepted, error) {
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	out := make([]routing.Accepted, len(ds))
	for i, d := range ds {
		r, known := l.byKey[d.Key]
		if !known {
			r = newRow(routing.Record{Delivery: d, Seq: l.seq + 1, Status: routing.StatusAccepted})
			l.add(r)
		} else {
			r.repeated = true
		}
		out[i] = routing.Accepted{New: !known, Record: r.copy()}
	}
	return out, nil
}

// Lookup answers who is already known; see routing.Ledger.
func (l *Ledger) Lookup(ctx context.Context, q routing.Question) (routing.Answer, error) {
	if err := l.begin(ctx); err != nil {
		return routing.Answer{}, err
	}
	defer l.mu.Unlock()
	a := routing.Answer{Known: map[routing.Alias]routing.Identity{}, Buried: map[string]bool{}, Rota: map[string]int{}}
	for _, alias := range q.Aliases {
		if id, ok := l.aliases[alias]; ok {
			a.Known[alias] = l.identity(id)
		}
	}
	for _, t := range q.Tombstones {
		if l.tombstones[t] {
			a.Buried[t] = true
		}
	}
	for _, pool := range q.Pools {
		if next, ok := l.rota[pool]; ok {
			a.Rota[pool] = next
		}
	}
	return a, nil
}

// Fetch returns the records of those keys that exist.
func (l *Ledger) Fetch(ctx context.Context, keys []string) (map[string]routing.Record, error) {
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	out := make(map[string]routing.Record, len(keys))
	for _, k := range keys {
		if r, ok := l.byKey[k]; ok {
			out[k] = r.copy()
		}
	}
	return out, nil
}

// begin opens a transaction: it takes the lock, unless the caller has given up
// already.
func (l *Ledger) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	return nil
}

// add puts a row into the lists, and into a queue if it is unfinished.
func (l *Ledger) add(r *row) {
	l.rows = append(l.rows, r)
	l.byKey[r.rec.Key] = r
	l.seq = r.rec.Seq
	if r.unfinished() {
		l.unfold(r)
	}
}

// unfold makes a row that is in no queue wait for its due time.
func (l *Ledger) unfold(r *row) {
	for _, p := range r.persons {
		l.open[p] = append(l.open[p], r)
	}
	l.later.take(r)
}

// fold takes a finished row out of the queues.
func (l *Ledger) fold(r *row) {
	l.let(r)
	r.queue.remove(r)
	for _, p := range r.persons {
		drop(l.open, p, r)
	}
}

// hold claims a row until the lease ends, or prolongs the lease.
func (l *Ledger) hold(r *row, until time.Time) {
	r.until = until
	l.leased.take(r)
	if r.held {
		return
	}
	r.held = true
	for _, p := range r.persons {
		l.held[p] = append(l.held[p], r)
	}
}

// let ends the claim on a row, if there is one.
func (l *Ledger) let(r *row) {
	if !r.held {
		return
	}
	r.held = false
	for _, p := range r.persons {
		drop(l.held, p, r)
	}
}

// requeue ends the claim on a row that is to be looked at again.
func (l *Ledger) requeue(r *row, due time.Time) {
	l.let(r)
	r.rec.Due = due
	l.later.take(r)
}

// drop removes one row from one of the lists by person.
func drop(lists map[string][]*row, person string, r *row) {
	list := lists[person]
	if i := slices.Index(list, r); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if len(list) == 0 {
		delete(lists, person)
		return
	}
	lists[person] = list
}

// fenced returns the row of a claim that still holds.
func (l *Ledger) fenced(f routing.Fence) (*row, error) {
	r, ok := l.byKey[f.Key]
	switch {
	case !ok:
		return nil, routing.ErrUnknownKey
	case !r.held || r.rec.Attempt != f.Attempt:
		return nil, routing.ErrFenced
	}
	return r, nil
}

// identity completes an identity with the record that it landed in.
func (l *Ledger) identity(id routing.Identity) routing.Identity {
	if landed := l.landed[id.ID]; landed != "" {
		id.Landed = landed
	}
	return id
}
