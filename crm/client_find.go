package crm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
)

// Find answers queries, positionally: len(found) == len(qs), and every page of
// every query was read. Lists of values may be of any length. Rows come in order
// of id, each once. The same value twice in a condition is asked once.
//
// Failed calls and queries are repeated by class (see [Retryable]); the first
// error that remains is returned, and nothing else: half an answer could be
// taken for a whole one. A condition without values is ErrInvalid.
func (c *Client) Find(ctx context.Context, qs []Query) ([][]Record, error) {
	found, errs, err := c.findEach(ctx, qs)
	if err != nil {
		return nil, err
	}
	for _, e := range errs {
		if e != nil {
			return nil, e
		}
	}
	return found, nil
}

// All reads the answer to one query page by page, for answers that are too long
// to hold. An error comes once, with an empty Record, and is the last. Breaking
// out is fine. Rows come in order of id, except where the values of a condition
// had to be cut; each row comes once even then.
func (c *Client) All(ctx context.Context, q Query) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		parts, err := c.cut(0, q)
		if err != nil {
			yield(Record{}, err)
			return
		}
		var seen map[string]bool
		if len(parts) > 1 {
			seen = map[string]bool{}
		}
		for _, p := range parts {
			if !c.allOf(ctx, p, seen, yield) {
				return
			}
		}
	}
}

// allOf yields the rows of one part; false when the reader has had enough.
func (c *Client) allOf(ctx context.Context, p *part, seen map[string]bool, yield func(Record, error) bool) bool {
	for more := true; more; {
		var rows []Record
		pages, err := c.findCall(ctx, []*part{p})
		if err == nil {
			more, err = p.take(pages[0], &rows)
			if err != nil && p.tries < c.readTries(ctx) && worthWaiting(err) && c.wait(ctx, "find", p.tries, err) == nil {
				more, err = true, nil
			}
		}
		for _, r := range rows {
			if seen[r.ID] {
				continue
			}
			if seen != nil {
				seen[r.ID] = true
			}
			if !yield(r, nil) {
				return false
			}
		}
		if err != nil {
			yield(Record{}, err)
			return false
		}
	}
	return true
}

// part is a query, or a piece of one whose values are too many for a call.
type part struct {
	index int // position of the whole query
	query Query
	tries int // failures of this query alone
	seen  map[string]bool
}

// follow moves on to the next page. A cursor that comes back would be read for
// ever.
func (p *part) follow(next string) (bool, error) {
	if next == "" {
		return false, nil
	}
	if p.seen == nil {
		p.seen = map[string]bool{p.query.Cursor: true}
	}
	if p.seen[next] {
		return false, &Error{Op: "find", Object: p.query.Object, Class: ErrInvalid, Code: "CURSOR_REPEATED"}
	}
	p.seen[next] = true
	p.query.Cursor = next
	p.tries = 0
	return true, nil
}

// findEach answers queries one by one: an error of one stands in errs, err is
// the failure of all.
func (c *Client) findEach(ctx context.Context, qs []Query) (found [][]Record, errs []error, err error) {
	found, errs = make([][]Record, len(qs)), make([]error, len(qs))
	wasCut := make([]bool, len(qs))
	var queue []*part
	for i, q := range qs {
		parts, err := c.cut(i, q)
		if err != nil {
			return nil, nil, err
		}
		wasCut[i] = len(parts) > 1
		queue = append(queue, parts...)
	}
	for len(queue) > 0 {
		n := len(queue)
		if limit := c.driver.Limits().Queries; limit > 0 {
			n = min(n, limit)
		}
		call := queue[:n:n]
		queue = queue[n:]
		pages, err := c.findCall(ctx, call)
		if err != nil {
			return nil, nil, err
		}
		again, why := []*part(nil), error(nil)
		for i, p := range call {
			switch more, err := p.take(pages[i], &found[p.index]); {
			case err == nil && more:
				queue = append(queue, p)
			case err != nil && p.tries < c.readTries(ctx) && worthWaiting(err):
				again, why = append(again, p), err
			default:
				errs[p.index] = cmp.Or(errs[p.index], err)
			}
		}
		// One pause for all of them: they are likely to have failed together.
		if len(again) > 0 {
			if c.wait(ctx, "find", tries(again), why) == nil {
				queue = append(queue, again...)
				continue
			}
			for _, p := range again {
				errs[p.index] = why
			}
		}
	}
	for i := range found {
		if wasCut[i] {
			found[i] = uniqueByID(found[i])
		}
	}
	return found, errs, nil
}

// take puts one page away; more tells that another one follows.
func (p *part) take(page Page, rows *[]Record) (more bool, err error) {
	if page.Err != nil {
		p.tries++
		return false, classed("find", p.query.Object, page.Err)
	}
	*rows = append(*rows, page.Records...)
	return p.follow(page.Next)
}

// tries is how often the most tried of the parts has failed.
func tries(parts []*part) int {
	most := 0
	for _, p := range parts {
		most = max(most, p.tries)
	}
	return most
}

// findCall makes one call, repeated as a whole when it fails as a whole.
func (c *Client) findCall(ctx context.Context, call []*part) ([]Page, error) {
	qs := make([]Query, len(call))
	for i, p := range call {
		qs[i] = p.query
	}
	var pages []Page
	err := c.retry(ctx, "find", qs[0].Object, func() error {
		var err error
		c.find.Add(1)
		pages, err = c.driver.Find(ctx, qs)
		if err == nil && len(pages) != len(qs) {
			err = &Error{Op: "find", Class: ErrUnavailable, Code: "WRONG_NUMBER_OF_PAGES"}
		}
		return err
	})
	return pages, err
}

// cut turns a query into as many as its longest lists of values need.
func (c *Client) cut(index int, q Query) ([]*part, error) {
	limits := c.driver.Limits()
	wheres := [][]Cond{nil}
	for _, cond := range q.Where {
		values := distinct(cond.Values)
		if len(values) == 0 {
			return nil, &Error{
				Op: "find", Object: q.Object, Class: ErrInvalid, Code: "NO_VALUES", Fields: []string{cond.Field},
				Err: errors.New("an empty filter would mean all"),
			}
		}
		var grown [][]Cond
		for _, where := range wheres {
			for chunk := range valueChunks(values, limits) {
				grown = append(grown, append(slices.Clone(where), Cond{Field: cond.Field, Op: cond.Op, Values: chunk}))
			}
		}
		wheres = grown
	}
	if len(wheres) > 1 && q.Cursor != "" {
		return nil, &Error{
			Op: "find", Object: q.Object, Class: ErrInvalid, Code: "CURSOR_OF_A_CUT_QUERY",
			Err: fmt.Errorf("a cursor belongs to one of %d parts", len(wheres)),
		}
	}
	parts := make([]*part, len(wheres))
	for i, where := range wheres {
		q := q
		q.Where = where
		parts[i] = &part{index: index, query: q}
	}
	return parts, nil
}

// valueChunks cuts a list of values to the number and the length that a condition
// may have. A value that is too long alone goes alone: only the driver can tell
// what it makes of it.
func valueChunks(values []string, limits Limits) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		start, bytes := 0, 0
		for i, v := range values {
			n := len(url.QueryEscape(v)) + valueOverhead
			full := limits.Values > 0 && i-start == limits.Values || limits.ValueBytes > 0 && bytes+n > limits.ValueBytes
			if full && i > start {
				if !yield(values[start:i:i]) {
					return
				}
				start, bytes = i, 0
			}
			bytes += n
		}
		yield(values[start:])
	}
}

// valueOverhead is what quotes and a comma cost beside an encoded value.
const valueOverhead = 6

// distinct drops repeated values and keeps the order.
func distinct(values []string) []string {
	seen := make(map[string]bool, len(values))
	out := make([]string, 0, len(values))
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

func uniqueByID(rows []Record) []Record {
	slices.SortStableFunc(rows, func(a, b Record) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(rows, func(a, b Record) bool { return a.ID == b.ID })
}
