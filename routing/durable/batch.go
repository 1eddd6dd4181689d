package durable

import (
	"context"

	"github.com/onward-crm/onward/internal/sqldb"
)

// batch is one transaction over items, each with its own fate: the rows are read and
// locked, changed one item after another, and written together.
type batch struct {
	tx   *sqldb.Tx
	rows map[string]*row
	// changed are the rows that were changed, each once, in the order of their change.
	changed []*row
	marked  map[*row]bool
}

// change remembers that a row has to be written.
func (b *batch) change(r *row) {
	if !b.marked[r] {
		b.marked[r] = true
		b.changed = append(b.changed, r)
	}
}

// unit is the work of one call on a batch. It is used for one transaction alone.
type unit[T any] interface {
	// key names the delivery of an item.
	key(item T) string
	// prepare reads what is needed beside the rows; before them where the order of
	// locks wants it.
	prepare(ctx context.Context, b *batch) error
	// one changes the row of an item and says what became of it.
	one(b *batch, item T) error
	// flush writes what was changed.
	flush(ctx context.Context, b *batch) error
}

// each runs one transaction over the items of a batch. A new unit is made for each
// attempt, as another transaction may be in the way of the first.
func each[T any](ctx context.Context, l *Ledger, call string, items []T, begin func() unit[T]) ([]error, error) {
	errs := make([]error, len(items))
	if len(items) == 0 {
		return errs, ctx.Err()
	}
	err := l.tx(ctx, call, func(tx *sqldb.Tx) (err error) {
		u, b := begin(), &batch{tx: tx, marked: map[*row]bool{}}
		keys := make([]string, len(items))
		for i, item := range items {
			keys[i] = u.key(item)
		}
		if err := u.prepare(ctx, b); err != nil {
			return err
		}
		if b.rows, err = rowsByKey(ctx, tx, keys); err != nil {
			return err
		}
		for i, item := range items {
			errs[i] = u.one(b, item)
		}
		if len(b.changed) == 0 {
			return nil
		}
		return u.flush(ctx, b)
	})
	if err != nil {
		return nil, err
	}
	return errs, nil
}

// unprepared is for units that need nothing beside the rows.
type unprepared struct{}

func (unprepared) prepare(context.Context, *batch) error { return nil }
