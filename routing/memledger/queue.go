package memledger

import (
	"cmp"
	"container/heap"
)

// queue is a heap of rows that know their place in it, so that any of them can
// leave at any time.
type queue struct{ heap rowHeap }

func newQueue(less func(a, b *row) bool) *queue {
	return &queue{rowHeap{less: less}}
}

// take adds a row, which leaves the queue that it stood in.
func (q *queue) take(r *row) {
	if r.queue != nil {
		r.queue.remove(r)
	}
	r.queue = q
	heap.Push(&q.heap, r)
}

// remove takes a row out. What the row is ordered by may have changed already.
func (q *queue) remove(r *row) {
	heap.Remove(&q.heap, r.place)
	r.queue = nil
}

// first returns the first row, nil if there is none.
func (q *queue) first() *row {
	if len(q.heap.rows) == 0 {
		return nil
	}
	return q.heap.rows[0]
}

// older is the order of work: as things happened, then as they were reported.
func older(a, b *row) bool {
	return cmp.Or(
		a.rec.OccurredAt.Compare(b.rec.OccurredAt),
		a.rec.ReceivedAt.Compare(b.rec.ReceivedAt),
		cmp.Compare(a.rec.Seq, b.rec.Seq),
	) < 0
}

func dueSooner(a, b *row) bool {
	return cmp.Or(a.rec.Due.Compare(b.rec.Due), cmp.Compare(a.rec.Seq, b.rec.Seq)) < 0
}

func endsSooner(a, b *row) bool {
	return cmp.Or(a.until.Compare(b.until), cmp.Compare(a.rec.Seq, b.rec.Seq)) < 0
}

// rowHeap implements heap.Interface.
type rowHeap struct {
	rows []*row
	less func(a, b *row) bool
}

func (h *rowHeap) Len() int           { return len(h.rows) }
func (h *rowHeap) Less(i, j int) bool { return h.less(h.rows[i], h.rows[j]) }

func (h *rowHeap) Swap(i, j int) {
	h.rows[i], h.rows[j] = h.rows[j], h.rows[i]
	h.rows[i].place, h.rows[j].place = i, j
}

func (h *rowHeap) Push(x any) {
	r := x.(*row)
	r.place = len(h.rows)
	h.rows = append(h.rows, r)
}

func (h *rowHeap) Pop() any {
	last := len(h.rows) - 1
	r := h.rows[last]
	h.rows[last] = nil
	h.rows = h.rows[:last]
	return r
}
