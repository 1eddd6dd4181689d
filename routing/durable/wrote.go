package durable

import (
	"context"
	"database/sql"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing"
)

// Wrote adds receipts; see routing.Ledger.
func (l *Ledger) Wrote(ctx context.Context, ws []routing.Writing) ([]error, error) {
	return each(ctx, l, "wrote", ws, func() unit[routing.Writing] { return &writing{added: map[*row][]routing.Receipt{}} })
}

// writing gathers the receipts of each row.
type writing struct {
	unprepared
	added map[*row][]routing.Receipt
}

func (*writing) key(w routing.Writing) string { return w.Fence.Key }

func (w *writing) one(b *batch, item routing.Writing) error {
	r, err := fenced(b.rows, item.Fence)
	if err != nil || len(item.Receipts) == 0 {
		return err
	}
	w.added[r] = append(w.added[r], item.Receipts...)
	b.change(r)
	return nil
}

func (w *writing) flush(ctx context.Context, b *batch) error {
	before, err := receiptsBySeq(ctx, b.tx, seqsOf(b.changed))
	if err != nil {
		return err
	}
	var landed [][]any
	for _, r := range b.changed {
		list := before[r.seq]
		for _, receipt := range w.added[r] {
			if receipt.ID != "" && receipt.Class == "" {
				landed = append(landed, []any{string(receipt.Key), receipt.ID})
			}
			if r.purged {
				receipt = purgedReceipt(receipt)
			}
			list = withReceipt(list, receipt)
		}
		before[r.seq] = list
	}
	if err := storeReceipts(ctx, b.tx, b.changed, before); err != nil {
		return err
	}
	return land(ctx, b.tx, landed)
}

// withReceipt adds a receipt. The first Before of a write survives its repetitions: it
// is the state to go back to.
func withReceipt(list []routing.Receipt, receipt routing.Receipt) []routing.Receipt {
	for i, old := range list {
		if old.Key != receipt.Key {
			continue
		}
		if old.Before != nil {
			receipt.Before = old.Before
		}
		list[i] = receipt
		return list
	}
	return append(list, receipt)
}

// purgedReceipt is a receipt without values.
func purgedReceipt(r routing.Receipt) routing.Receipt {
	r.Before, r.Changed, r.Error = nil, nil, ""
	return r
}

// land notes the CRM records of identities that somebody may ask for: the last one of
// each.
func land(ctx context.Context, tx *sqldb.Tx, landed [][]any) error {
	last := map[any]int{}
	for i, pair := range landed {
		last[pair[0]] = i
	}
	s := bulk{
		head: "INSERT INTO onward_landed (identity, record) SELECT v.column1, v.column2 FROM (VALUES ", kinds: []string{"TEXT", "TEXT"},
		tail: ") AS v WHERE EXISTS (SELECT 1 FROM onward_aliases a WHERE a.identity = v.column1) ON CONFLICT (identity) DO UPDATE SET record = excluded.record",
	}
	var rows [][]any
	for i, pair := range landed {
		if last[pair[0]] == i {
			rows = append(rows, pair)
		}
	}
	return s.exec(ctx, tx, rows)
}

// receiptsBySeq reads the receipts of those deliveries.
func receiptsBySeq(ctx context.Context, tx *sqldb.Tx, seqs []int64) (map[int64][]routing.Receipt, error) {
	out := make(map[int64][]routing.Receipt, len(seqs))
	if len(seqs) == 0 {
		return out, nil
	}
	err := scanAll(ctx, tx, func(rows *sql.Rows) error {
		var seq int64
		var body []byte
		if err := rows.Scan(&seq, &body); err != nil {
			return err
		}
		list, err := receiptsOf(body)
		out[seq] = list
		return err
	}, "SELECT seq, body FROM onward_receipts WHERE seq"+anyNumber(tx.Dialect()), listOf(seqs))
	return out, err
}

// storeReceipts writes the receipts of those rows that have any.
func storeReceipts(ctx context.Context, tx *sqldb.Tx, rows []*row, lists map[int64][]routing.Receipt) error {
	var args [][]any
	for _, r := range rows {
		if len(lists[r.seq]) == 0 {
			continue
		}
		body, err := pack(lists[r.seq])
		if err != nil {
			return err
		}
		args = append(args, []any{r.seq, body})
	}
	s := bulk{head: "INSERT INTO onward_receipts (seq, body) VALUES ", tail: " ON CONFLICT (seq) DO UPDATE SET body = excluded.body"}
	return s.exec(ctx, tx, args)
}
