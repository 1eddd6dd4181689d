package durable

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing"
)

const (
	// maxGroup is how many deliveries share one transaction.
	maxGroup = 1000
	// acceptTimeout bounds a transaction that nobody may be waiting for any more.
	acceptTimeout = 5 * time.Minute
)

var errClosed = errors.New("durable: accept: the ledger is closed")

// errWithdrawn: a delivery was withdrawn between two statements. Once more.
var errWithdrawn = errors.New("durable: accept: a delivery was withdrawn meanwhile")

// acceptance lets concurrent callers of Accept share a commit: while one transaction
// is on its way to the disk, whoever comes gathers for the next.
type acceptance struct {
	ledger  *Ledger
	mu      sync.Mutex
	waiting []*acceptCall
	busy    bool
	closed  bool
	work    sync.WaitGroup
}

// acceptCall is one call of Accept.
type acceptCall struct {
	// gone is the error of a caller who waits no longer.
	gone func() error
	rows []arrival
	done chan struct{}
	out  []routing.Accepted
	err  error
}

// arrival is a delivery in the form in which it is stored.
type arrival struct {
	delivery routing.Delivery
	body     []byte
	persons  []string
}

// Accept stores deliveries whose key is new; see routing.Ledger. Nobody is answered
// before the commit. A caller whose context ends gets its error; what it brought may
// have been stored all the same.
func (l *Ledger) Accept(ctx context.Context, ds []routing.Delivery) ([]routing.Accepted, error) {
	if err := ctx.Err(); err != nil || len(ds) == 0 {
		return nil, err
	}
	c := &acceptCall{gone: ctx.Err, rows: make([]arrival, len(ds)), done: make(chan struct{})}
	for i, d := range ds {
		body, err := pack(d)
		if err != nil {
			return nil, err
		}
		c.rows[i] = arrival{d, body, distinct(d.Persons)}
	}
	if err := l.accept.join(c); err != nil {
		return nil, err
	}
	select {
	case <-c.done:
		return c.out, c.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func distinct(persons []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(persons)))
}

// join lets a call take part in the next transaction.
func (a *acceptance) join(c *acceptCall) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return errClosed
	}
	a.waiting = append(a.waiting, c)
	if !a.busy {
		a.busy = true
		a.work.Go(a.commit)
	}
	return nil
}

func (a *acceptance) close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.work.Wait()
}

// commit runs transactions until nobody waits. It steps aside after each: on few
// processors whoever is about to join would else only get to do so behind the next
// one, and every commit would be for a single call.
func (a *acceptance) commit() {
	for calls := a.next(); len(calls) > 0; calls = a.next() {
		a.ledger.answer(calls)
		runtime.Gosched()
	}
}

// next takes the calls of the next transaction: at least one, and no more than fit.
func (a *acceptance) next() []*acceptCall {
	a.mu.Lock()
	defer a.mu.Unlock()
	n, size := 0, 0
	for n < len(a.waiting) && (n == 0 || size+len(a.waiting[n].rows) <= maxGroup) {
		size += len(a.waiting[n].rows)
		n++
	}
	calls := slices.Clone(a.waiting[:n])
	a.waiting = slices.Delete(a.waiting, 0, n)
	a.busy = n > 0
	return calls
}

// answer answers calls after one commit for all. When that fails each is tried by
// itself: what one brings must not harm the others.
func (l *Ledger) answer(calls []*acceptCall) {
	calls = slices.DeleteFunc(calls, func(c *acceptCall) bool {
		if c.err = c.gone(); c.err != nil {
			close(c.done)
		}
		return c.err != nil
	})
	if len(calls) == 0 {
		return
	}
	if err := l.storeTogether(calls); err != nil && len(calls) > 1 {
		for _, c := range calls {
			if c.err = c.gone(); c.err == nil { // each may take long, and others wait behind
				c.err = l.storeTogether([]*acceptCall{c})
			}
		}
	} else {
		for _, c := range calls {
			c.err = err
		}
	}
	for _, c := range calls {
		if c.err != nil {
			c.out = nil
		}
		close(c.done)
	}
}

// storeTogether is one transaction for several calls.
func (l *Ledger) storeTogether(calls []*acceptCall) error {
	ctx, cancel := context.WithTimeout(context.Background(), acceptTimeout)
	defer cancel()
	var err error
	for range 3 {
		err = l.tx(ctx, "accept", func(tx *sqldb.Tx) error { return acceptAll(ctx, tx, calls) })
		if !errors.Is(err, errWithdrawn) {
			return err
		}
	}
	return err
}

func acceptAll(ctx context.Context, tx *sqldb.Tx, calls []*acceptCall) error {
	if err := lock(ctx, tx, lockAccept); err != nil {
		return err
	}
	var news []*arrival
	first := map[string]*arrival{}
	for _, c := range calls {
		for i := range c.rows {
			if a := &c.rows[i]; first[a.delivery.Key] == nil {
				first[a.delivery.Key] = a
				news = append(news, a)
			}
		}
	}
	seqs, err := insertNew(ctx, tx, news)
	if err != nil {
		return err
	}
	var known []string
	for _, a := range news {
		if seqs[a.delivery.Key] == 0 {
			known = append(known, a.delivery.Key)
		}
	}
	records, err := recordsByKey(ctx, tx, known)
	if err != nil {
		return err
	}
	if err := markRepeated(ctx, tx, calls, seqs, first); err != nil {
		return err
	}
	for _, c := range calls {
		c.out = make([]routing.Accepted, len(c.rows))
		for i := range c.rows {
			a := &c.rows[i]
			key := a.delivery.Key
			if seq := seqs[key]; seq != 0 {
				was := first[key]
				c.out[i] = routing.Accepted{New: was == a, Record: routing.Record{Delivery: was.delivery, Seq: seq, Status: routing.StatusAccepted}}
				continue
			}
			rec, ok := records[key]
			if !ok {
				return errWithdrawn
			}
			c.out[i] = routing.Accepted{Record: rec}
		}
	}
	return nil
}

// markRepeated notes of unfinished deliveries that they were reported again: their other
// sender is told of them, and so they may not be withdrawn any more.
func markRepeated(ctx context.Context, tx *sqldb.Tx, calls []*acceptCall, seqs map[string]int64, first map[string]*arrival) error {
	var again []string
	for _, c := range calls {
		for i := range c.rows {
			if key := c.rows[i].delivery.Key; seqs[key] == 0 || first[key] != &c.rows[i] {
				again = append(again, key)
			}
		}
	}
	if len(again) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, "UPDATE onward_deliveries SET repeated = TRUE WHERE key"+anyText(tx.Dialect())+"AND NOT repeated AND queue > 0", listOf(again))
	return err
}

// insertNew stores what is new, and returns its numbers by key. The unique key
// decides: nothing is looked for first.
func insertNew(ctx context.Context, tx *sqldb.Tx, as []*arrival) (map[string]int64, error) {
	args := make([][]any, len(as))
	for i, a := range as {
		d := a.delivery
		args[i] = []any{d.Key, d.Event.Source, string(routing.StatusAccepted), micros(d.OccurredAt), micros(d.ReceivedAt)}
	}
	seqs := make(map[string]int64, len(as))
	s := bulk{
		head: "INSERT INTO onward_deliveries (key, source, status, occurred_at, received_at) VALUES ",
		tail: " ON CONFLICT (key) DO NOTHING RETURNING seq, key",
	}
	err := s.parts(args, func(text string, args []any) error {
		return scanAll(ctx, tx, func(rows *sql.Rows) error {
			var seq int64
			var key string
			if err := rows.Scan(&seq, &key); err != nil {
				return err
			}
			seqs[key] = seq
			return nil
		}, text, args...)
	})
	if err != nil {
		return nil, err
	}
	var payloads, persons [][]any
	for _, a := range as {
		seq := seqs[a.delivery.Key]
		if seq == 0 {
			continue
		}
		payloads = append(payloads, []any{seq, a.body})
		for _, p := range a.persons {
			persons = append(persons, []any{p, seq, micros(a.delivery.OccurredAt), micros(a.delivery.ReceivedAt), openWork, 0})
		}
	}
	if err := insertPayloads().exec(ctx, tx, payloads); err != nil {
		return nil, err
	}
	return seqs, insertPersons().exec(ctx, tx, persons)
}

func insertPayloads() bulk {
	return bulk{
		head: "INSERT INTO onward_payloads (seq, body) VALUES ",
		tail: " ON CONFLICT (seq) DO UPDATE SET body = excluded.body, emptied = excluded.emptied",
	}
}

func insertPersons() bulk {
	return bulk{head: "INSERT INTO onward_persons (person, seq, occurred_at, received_at, open, lease_until) VALUES "}
}
