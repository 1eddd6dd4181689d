package durable

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/onward-crm/onward/routing"
)

// Decided stores plans before their first write; see routing.Ledger.
func (l *Ledger) Decided(ctx context.Context, ds []routing.Decision) ([]error, error) {
	items := make([]*decided, len(ds))
	for i, d := range ds {
		item := &decided{Decision: d}
		var err error
		if item.plan, err = l.press.pack(d.Plan); err != nil {
			return nil, err
		}
		if item.facts, err = l.press.pack(d.Facts); err != nil {
			return nil, err
		}
		items[i] = item
	}
	return each(ctx, l, "decided", items, func() unit[*decided] {
		return &deciding{
			items: items, was: map[routing.Alias]string{}, next: map[string]int{}, buried: map[string]bool{},
			lead: map[routing.Alias]lead{}, moved: map[string]int{}, plans: map[*row]*decided{}, whole: map[*row]*completion{},
		}
	})
}

// decided is a decision with its stored form.
type decided struct {
	routing.Decision
	plan, facts []byte
}

// lead is where an alias leads from now on.
type lead struct {
	to routing.Identity
	at int64
}

// completion is what replaces a delivery's content.
type completion struct {
	event   *routing.Event
	persons []string
}

// deciding checks and stores decisions. It holds what the aliases, pools and
// tombstones of all of them are, and what they will be.
type deciding struct {
	items  []*decided
	was    map[routing.Alias]string
	next   map[string]int
	buried map[string]bool
	lead   map[routing.Alias]lead
	moved  map[string]int
	left   []string
	plans  map[*row]*decided
	whole  map[*row]*completion
}

func (*deciding) key(d *decided) string { return d.Fence.Key }

func (d *deciding) prepare(ctx context.Context, b *batch) error {
	if err := lock(ctx, b.tx, lockDecide); err != nil {
		return err
	}
	var q routing.Question
	for _, item := range d.items {
		for _, c := range item.Plan.Aliases {
			q.Aliases = append(q.Aliases, c.Alias)
		}
		for _, m := range item.Plan.Rota {
			q.Pools = append(q.Pools, m.Pool)
		}
		q.Tombstones = append(q.Tombstones, item.Persons...)
	}
	if err := identitiesOf(ctx, b.tx, q.Aliases, d.was); err != nil {
		return err
	}
	if err := rotaOf(ctx, b.tx, q.Pools, d.next); err != nil {
		return err
	}
	return buriedOf(ctx, b.tx, q.Tombstones, d.buried)
}

func (d *deciding) one(b *batch, item *decided) error {
	r, err := fenced(b.rows, item.Fence)
	if err != nil {
		return err
	}
	gone := r.purged || slices.ContainsFunc(item.Persons, func(p string) bool { return d.buried[p] })
	if !d.stands(item.Plan) || gone && !item.Plan.Forget {
		return routing.ErrConflict // somebody was faster, or the person was erased meanwhile
	}
	for _, c := range item.Plan.Aliases {
		if was := d.was[c.Alias]; was != "" && was != c.Identity.ID {
			d.left = append(d.left, was)
		}
		d.was[c.Alias], d.lead[c.Alias] = c.Identity.ID, lead{c.Identity, micros(item.At)}
	}
	for _, m := range item.Plan.Rota {
		d.next[m.Pool], d.moved[m.Pool] = m.To, m.To
	}
	r.decided, r.move = micros(item.At), item.Plan.Move
	d.plans[r] = item
	d.complete(r, item)
	b.change(r)
	return nil
}

// complete notes what replaces the content of the delivery.
func (d *deciding) complete(r *row, item *decided) {
	event := item.Event
	if r.purged {
		event = nil
	}
	if event == nil && item.Persons == nil {
		return
	}
	c := d.whole[r]
	if c == nil {
		c = &completion{}
		d.whole[r] = c
	}
	if event != nil {
		c.event, r.source = event, event.Source
	}
	if item.Persons != nil {
		c.persons = item.Persons
	}
}

// stands reports whether everything that a plan takes for granted is still so.
func (d *deciding) stands(p routing.Plan) bool {
	for _, c := range p.Aliases {
		if d.was[c.Alias] != c.Was {
			return false
		}
	}
	for _, m := range p.Rota {
		if d.next[m.Pool] != m.From {
			return false
		}
	}
	return true
}

func (d *deciding) flush(ctx context.Context, b *batch) error {
	var plans [][]any
	for _, r := range b.changed {
		plans = append(plans, []any{r.seq, d.plans[r].plan, d.plans[r].facts})
	}
	s := bulk{
		head: "INSERT INTO onward_plans (seq, plan, facts) VALUES ",
		tail: " ON CONFLICT (seq) DO UPDATE SET plan = excluded.plan, facts = excluded.facts",
	}
	if err := s.exec(ctx, b.tx, plans); err != nil {
		return err
	}
	if err := store(ctx, b.tx, b.changed, "decided_at", "move", "source"); err != nil {
		return err
	}
	if err := d.flushAliases(ctx, b); err != nil {
		return err
	}
	if err := d.flushRota(ctx, b); err != nil {
		return err
	}
	return d.flushWhole(ctx, b)
}

// flushAliases writes where aliases lead. The record of an identity that none leads to
// any more is forgotten.
func (d *deciding) flushAliases(ctx context.Context, b *batch) error {
	var rows [][]any
	for _, alias := range slices.Sorted(maps.Keys(d.lead)) {
		to := d.lead[alias]
		text, err := json.Marshal(to.to)
		if err != nil {
			return fmt.Errorf("an identity cannot be stored: %w", err)
		}
		rows = append(rows, []any{string(alias), to.to.ID, to.to.Delivery, to.at, string(text)})
	}
	s := bulk{
		head: "INSERT INTO onward_aliases (alias, identity, delivery, at, body) VALUES ",
		tail: " ON CONFLICT (alias) DO UPDATE SET identity = excluded.identity, delivery = excluded.delivery, at = excluded.at, body = excluded.body",
	}
	if err := s.exec(ctx, b.tx, rows); err != nil || len(d.left) == 0 {
		return err
	}
	_, err := b.tx.Exec(ctx, "DELETE FROM onward_landed WHERE identity"+anyText(b.tx.Dialect())+
		"AND NOT EXISTS (SELECT 1 FROM onward_aliases a WHERE a.identity = onward_landed.identity)", listOf(d.left))
	return err
}

func (d *deciding) flushRota(ctx context.Context, b *batch) error {
	var rows [][]any
	for _, pool := range slices.Sorted(maps.Keys(d.moved)) {
		rows = append(rows, []any{pool, d.moved[pool]})
	}
	s := bulk{head: "INSERT INTO onward_rota (pool, next) VALUES ", tail: " ON CONFLICT (pool) DO UPDATE SET next = excluded.next"}
	return s.exec(ctx, b.tx, rows)
}

// flushWhole replaces the content of deliveries, and files them under other persons.
func (d *deciding) flushWhole(ctx context.Context, b *batch) error {
	var seqs, renamed []int64
	for _, r := range b.changed {
		if c := d.whole[r]; c != nil {
			if seqs = append(seqs, r.seq); c.persons != nil {
				renamed = append(renamed, r.seq)
			}
		}
	}
	if len(seqs) == 0 {
		return nil
	}
	deliveries, err := deliveriesOf(ctx, b.tx, seqs)
	if err != nil {
		return err
	}
	var payloads, persons [][]any
	for _, r := range b.changed {
		c := d.whole[r]
		if c == nil {
			continue
		}
		whole := deliveries[r.seq]
		if c.event != nil {
			whole.Event = *c.event
		}
		if c.persons != nil {
			whole.Persons = c.persons
			for _, p := range distinct(c.persons) {
				persons = append(persons, []any{p, r.seq, r.occurred, r.received, r.open(), r.lease})
			}
		}
		body, err := pack(whole)
		if err != nil {
			return err
		}
		payloads = append(payloads, []any{r.seq, body})
	}
	if err := insertPayloads().exec(ctx, b.tx, payloads); err != nil {
		return err
	}
	if err := drop(ctx, b.tx, "onward_persons", renamed); err != nil {
		return err
	}
	return insertPersons().exec(ctx, b.tx, persons)
}

// deliveriesOf reads the payloads of those numbers.
func deliveriesOf(ctx context.Context, q dialected, seqs []int64) (map[int64]routing.Delivery, error) {
	out := make(map[int64]routing.Delivery, len(seqs))
	err := scanAll(ctx, q, func(rows *sql.Rows) error {
		var seq int64
		var body []byte
		if err := rows.Scan(&seq, &body); err != nil {
			return err
		}
		var d routing.Delivery
		err := unpack(body, &d)
		out[seq] = d
		return err
	}, "SELECT seq, body FROM onward_payloads WHERE seq"+anyNumber(q.Dialect()), listOf(seqs))
	return out, err
}
