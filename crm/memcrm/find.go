package memcrm

import (
	"context"
	"slices"
	"sort"
	"time"

	"github.com/onward-crm/onward/crm"
)

// Find answers queries. See crm.Driver; the cursor of a page is the id of its
// last record.
func (c *CRM) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answer(ctx, qs)
}

func (c *CRM) answer(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	c.stats.Find++
	c.stats.Queries += len(qs)
	if err := ctx.Err(); err != nil {
		return nil, &crm.Error{Op: "find", Class: crm.ErrUnavailable, Err: err}
	}
	pages := make([]crm.Page, len(qs))
	for i, q := range qs {
		p, err := c.prepare(q)
		if err != nil {
			pages[i].Err = err
			continue
		}
		pages[i] = p.page(c.pageRows)
	}
	return pages, nil
}

// search is a query made ready.
type search struct {
	s       *store
	q       crm.Query
	columns []int
	conds   []cond
}

// cond is a condition made ready. cost is how many rows it leads to, -1 when it
// cannot lead to any and only tests them.
type cond struct {
	op    crm.Op
	col   int
	keys  map[string]bool
	names [][]uint32
	since time.Time
	cost  int
}

func (c *CRM) prepare(q crm.Query) (*search, error) {
	s := c.stores[q.Object]
	if s == nil {
		return nil, &crm.Error{Op: "find", Object: q.Object, Class: crm.ErrNotFound, Code: "INVALID_TYPE"}
	}
	p := &search{s: s, q: q}
	var unknown []string
	for _, name := range q.Select {
		col, ok := s.cols[name]
		if !ok {
			unknown = append(unknown, name)
		}
		p.columns = append(p.columns, col)
	}
	if len(unknown) > 0 {
		return nil, p.invalid("INVALID_FIELD", unknown...)
	}
	if q.Cursor != "" {
		if _, err := crm.WidenID(q.Cursor); err != nil {
			return nil, p.invalid("INVALID_QUERY_LOCATOR")
		}
	}
	for _, w := range q.Where {
		ready, err := p.cond(w)
		if err != nil {
			return nil, err
		}
		p.conds = append(p.conds, ready)
	}
	return p, nil
}

func (p *search) invalid(code string, fields ...string) error {
	return &crm.Error{Op: "find", Object: p.q.Object, Class: crm.ErrInvalid, Code: code, Fields: fields}
}

func (p *search) cond(w crm.Cond) (cond, error) {
	if len(w.Values) == 0 {
		return cond{}, p.invalid("MALFORMED_QUERY", nonBlank(w.Field)...)
	}
	if w.Op == crm.OpWords {
		return p.wordsCond(w)
	}
	col, ok := p.s.cols[w.Field]
	if !ok {
		return cond{}, p.invalid("INVALID_FIELD", w.Field)
	}
	f := p.s.columns[col].field
	switch w.Op {
	case crm.OpIn:
		if f.Type == crm.TypeLongText && f.Length > 255 {
			return cond{}, p.invalid("INVALID_FIELD", w.Field)
		}
		return p.inCond(col, f, w.Values)
	case crm.OpSince:
		since := crm.ParseTime(w.Values[0])
		isTime := f.Type == crm.TypeDate || f.Type == crm.TypeDateTime
		if !isTime || len(w.Values) > 1 || since.IsZero() {
			return cond{}, p.invalid("INVALID_QUERY_FILTER_OPERATOR", w.Field)
		}
		return cond{op: w.Op, col: col, since: since, cost: -1}, nil
	default:
		return cond{}, p.invalid("MALFORMED_QUERY", nonBlank(w.Field)...)
	}
}

func nonBlank(field string) []string {
	if field == "" {
		return nil
	}
	return []string{field}
}

func (p *search) inCond(col int, f crm.Field, values []string) (cond, error) {
	out := cond{op: crm.OpIn, col: col, keys: make(map[string]bool, len(values)), cost: -1}
	for _, v := range values {
		if f.Type == crm.TypeID || f.Type == crm.TypeReference {
			if _, err := crm.WidenID(v); err != nil && v != "" {
				return cond{}, p.invalid("INVALID_QUERY_FILTER_OPERATOR", f.Name)
			}
		}
		out.keys[compareKey(f, v)] = true
	}
	if p.s.columns[col].origin == fromID {
		out.cost = len(out.keys)
	} else if p.s.indexed(col) && !out.keys[""] {
		out.cost = 0
		for k := range out.keys {
			out.cost += len(p.s.postings(col, k))
		}
	}
	return out, nil
}

func (p *search) wordsCond(w crm.Cond) (cond, error) {
	if p.s.name < 0 {
		return cond{}, p.invalid("INVALID_FIELD", "Name")
	}
	x := p.s.wordIndex()
	out := cond{op: crm.OpWords}
	for _, v := range w.Values {
		if words, ok := x.numbers(v); ok {
			out.names = append(out.names, words)
			out.cost += len(x.rarest(words))
		}
	}
	return out, nil
}

// page walks the fewest rows that can answer: those that the cheapest condition
// leads to, or all from the cursor on when no condition saves much.
func (p *search) page(size int) crm.Page {
	var best *cond
	for i := range p.conds {
		if d := &p.conds[i]; d.cost >= 0 && (best == nil || d.cost < best.cost) {
			best = d
		}
	}
	var rows []*row
	if best == nil || best.cost > len(p.s.order)/4 {
		all := p.s.rows()
		rows = all[sort.Search(len(all), func(i int) bool { return all[i].id > p.q.Cursor }):]
	} else {
		rows = p.candidates(best)
	}
	var out crm.Page
	for _, r := range rows {
		if r.id <= p.q.Cursor || !p.matches(r) {
			continue
		}
		if len(out.Records) == size {
			out.Next = out.Records[size-1].ID
			break
		}
		out.Records = append(out.Records, p.record(r))
	}
	return out
}

// candidates lists the rows that a condition leads to, in order, each once.
func (p *search) candidates(d *cond) []*row {
	var rows []*row
	switch {
	case d.op == crm.OpWords:
		for _, words := range d.names {
			rows = append(rows, p.s.words.rarest(words)...)
		}
	case p.s.columns[d.col].origin == fromID:
		for id := range d.keys {
			if r := p.s.byID[id]; r != nil {
				rows = append(rows, r)
			}
		}
	default:
		for k := range d.keys {
			rows = append(rows, p.s.postings(d.col, k)...)
		}
	}
	slices.SortFunc(rows, byID)
	return slices.Compact(rows)
}

func (p *search) matches(r *row) bool {
	if r.hidden || r.deleted && !p.q.Deleted {
		return false
	}
	for i := range p.conds {
		if !p.holds(&p.conds[i], r) {
			return false
		}
	}
	return true
}

func (p *search) holds(d *cond, r *row) bool {
	switch d.op {
	case crm.OpIn:
		return d.keys[p.s.key(r, d.col)]
	case crm.OpSince:
		t := crm.ParseTime(p.s.value(r, d.col))
		return !t.IsZero() && !t.Before(d.since)
	default:
		return slices.ContainsFunc(d.names, func(words []uint32) bool {
			for _, w := range words {
				if !slices.Contains(r.words, w) {
					return false
				}
			}
			return true
		})
	}
}

func (p *search) record(r *row) crm.Record {
	out := crm.Record{Object: p.q.Object, ID: r.id, Version: p.s.version(r), Fields: make(crm.Fields, len(p.columns))}
	for i, col := range p.columns {
		out.Fields[p.q.Select[i]] = p.s.value(r, col)
	}
	if p.q.Deleted {
		out.Deleted, out.MasterID = r.deleted, r.master
	}
	return out
}
