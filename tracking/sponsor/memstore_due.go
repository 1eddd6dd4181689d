package sponsor

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"time"
)

// dueMark says that a version of a sponsor is due. Marks of older versions stay in the
// heap until they come up.
type dueMark struct {
	at      time.Time
	id      string
	version int
}

func (a dueMark) compare(b dueMark) int {
	return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id))
}

// dueHeap has the mark that is due first on top.
type dueHeap []dueMark

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].compare(h[j]) < 0 }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push and Pop are for container/heap.
func (h *dueHeap) Push(x any) { *h = append(*h, x.(dueMark)) }

// Pop is for container/heap.
func (h *dueHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// schedule marks when a sponsor is due.
func (m *MemoryStore) schedule(s Sponsor) {
	if s.Due.IsZero() {
		return
	}
	if m.due[s.Status] == nil {
		m.due[s.Status] = &dueHeap{}
	}
	heap.Push(m.due[s.Status], dueMark{s.Due, s.ID, s.Version})
}

// Due gives sponsors whose time has come; see Store.
func (m *MemoryStore) Due(ctx context.Context, o DueOrder) ([]Sponsor, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var marks []dueMark
	for _, status := range o.Statuses {
		marks = append(marks, m.firstDue(status, o)...)
	}
	slices.SortFunc(marks, dueMark.compare)
	var out []Sponsor
	for _, mark := range marks[:min(len(marks), max(0, o.N))] {
		out = append(out, m.sponsors[mark.id].Clone())
	}
	return out, nil
}

// firstDue gives the first marks of one status that still hold, and keeps them.
func (m *MemoryStore) firstDue(status Status, o DueOrder) []dueMark {
	h := m.due[status]
	var out []dueMark
	for h != nil && h.Len() > 0 && len(out) < o.N && !(*h)[0].at.After(o.Now) {
		mark := heap.Pop(h).(dueMark)
		if m.sponsors[mark.id].Version == mark.version {
			out = append(out, mark)
		}
	}
	for _, mark := range out {
		heap.Push(h, mark)
	}
	return out
}
