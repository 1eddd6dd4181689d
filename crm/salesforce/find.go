package salesforce

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/onward-crm/onward/crm"
)

// What fits into one call. The platform takes five queries in a composite call
// and 16,384 bytes of address and headers; lists are cut well below, and a Find
// takes several composite calls.
const (
	maxQueries    = 25
	maxValues     = 500
	maxValueBytes = 12_000
	maxRows       = 2000
	maxWrites     = 200
	maxKeys       = 500
	// queriesACall is how many queries a composite call may hold, keysAQuery how
	// many keys are looked up by one of them.
	queriesACall = 5
	keysAQuery   = 100
	// maxSubrequests is how many calls of any kind a composite call may hold.
	maxSubrequests = 25
)

// Limits tells how much fits into one call: 25 queries, which are packed into
// composite calls by five, lists of 500 values and 12,000 bytes, pages of 2,000
// rows, 200 writes, 500 keys.
func (g *Org) Limits() crm.Limits {
	return crm.Limits{
		Queries: maxQueries, Values: maxValues, ValueBytes: maxValueBytes, Rows: maxRows,
		Writes: maxWrites, Keys: maxKeys,
	}
}

// Find answers queries; see crm.Driver. Conditions in SOQL are sent five queries a
// call; words of names go to the search index, which may lag some seconds behind
// writes, and come in one page. What can be told from describe (unknown fields,
// values that no field can have) costs no call.
func (g *Org) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	f := &finding{org: g, jobs: make([]*job, len(qs))}
	for i, q := range qs {
		f.jobs[i] = f.prepare(ctx, q)
	}
	f.search(ctx)
	f.query(ctx)
	f.follow(ctx)
	return f.answer()
}

// finding is one run of Find.
type finding struct {
	org  *Org
	jobs []*job
	// stop is an error that every further call would meet.
	stop error
}

// job is one query on its way.
type job struct {
	q    crm.Query
	d    *described
	page crm.Page
	done bool
	// callFailed tells that not the query but the call around it failed.
	callFailed bool
	// text is the statement; words tells that the page is made by search.
	text  statement
	words bool
}

func (j *job) fail(err error) {
	j.done, j.page = true, crm.Page{Err: about("find", j.q.Object, "", err)}
}

// prepare describes the object and writes the statement.
func (f *finding) prepare(ctx context.Context, q crm.Query) *job {
	j := &job{q: q}
	var err error
	if f.stop != nil {
		f.failCall([]*job{j}, f.stop)
		return j
	}
	if j.d, err = f.org.describe(ctx, q.Object); err != nil {
		j.callFailed = !errors.Is(err, crm.ErrNotFound)
		j.fail(err)
		return j
	}
	j.words = slices.ContainsFunc(q.Where, func(c crm.Cond) bool { return c.Op == crm.OpWords })
	if q.Cursor != "" && (j.words || !isCursor(q.Cursor)) {
		j.fail(j.d.invalid("INVALID_QUERY_LOCATOR"))
		return j
	}
	if j.text, err = j.d.statement(q); err != nil {
		j.fail(err)
		return j
	}
	j.done = j.text.nothing && !j.words
	return j
}

// failCall gives the error of a call to all that were in it.
func (f *finding) failCall(jobs []*job, err error) {
	for _, j := range jobs {
		j.callFailed = true
		j.fail(err)
	}
	if hopeless(err) {
		f.stop = err
	}
}

// hopeless holds for errors that the next call would meet as well.
func hopeless(err error) bool {
	return errors.Is(err, crm.ErrQuota) || errors.Is(err, crm.ErrAuth) || errors.Is(err, crm.ErrThrottled) || errors.Is(err, crm.ErrUnavailable) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// query sends the statements, five a call.
func (f *finding) query(ctx context.Context) {
	var open []*job
	for _, j := range f.jobs {
		if !j.done && !j.words && j.q.Cursor == "" {
			open = append(open, j)
		}
	}
	for chunk := range slices.Chunk(open, queriesACall) {
		f.send(ctx, chunk)
	}
}

func (f *finding) send(ctx context.Context, jobs []*job) {
	if f.stop != nil {
		f.failCall(jobs, f.stop)
		return
	}
	statements := make([]statement, len(jobs))
	for i, j := range jobs {
		statements[i] = j.text
	}
	parts, err := f.org.queries(ctx, jobs[0].q.Object, statements)
	if err != nil {
		f.failCall(jobs, err)
		return
	}
	for i, j := range jobs {
		j.take(parts[i])
	}
}

// take reads the answer to one query.
func (j *job) take(part wirePart) {
	page, err := j.d.answer(j.q, part)
	if err != nil {
		j.fail(err)
		return
	}
	j.done, j.page = true, page
}

// follow asks for later pages.
func (f *finding) follow(ctx context.Context) {
	for _, j := range f.jobs {
		if j.done || j.words {
			continue
		}
		if f.stop != nil {
			f.failCall([]*job{j}, f.stop)
			continue
		}
		page, err := f.org.nextPage(ctx, j.d, j.q)
		if err != nil {
			f.failCall([]*job{j}, err)
			continue
		}
		j.done, j.page = true, page
	}
}

// nextPage reads the page that a query's cursor leads to.
func (g *Org) nextPage(ctx context.Context, d *described, q crm.Query) (crm.Page, error) {
	k := call{op: "find", name: "query/more", object: q.Object, method: http.MethodGet, path: q.Cursor, repeat: true}
	r, err := g.do(ctx, k)
	if err != nil {
		return crm.Page{}, err
	}
	var w wirePage
	if err := g.decode(k, r, &w); err != nil {
		return crm.Page{}, err
	}
	return d.page(q, w)
}

// answer puts the pages together. The call failed only when everything failed
// with calls.
func (f *finding) answer() ([]crm.Page, error) {
	pages := make([]crm.Page, len(f.jobs))
	failed := len(f.jobs) > 0
	for i, j := range f.jobs {
		pages[i] = j.page
		failed = failed && j.callFailed
	}
	if failed {
		return nil, f.jobs[0].page.Err
	}
	return pages, nil
}

// queries sends at most five statements in one composite call. The answers are
// positional.
func (g *Org) queries(ctx context.Context, o crm.Object, statements []statement) ([]wirePart, error) {
	requests := make([]subrequest, len(statements))
	for i, s := range statements {
		resource := "query"
		if s.all {
			resource = "queryAll"
		}
		requests[i] = subrequest{
			Method: http.MethodGet,
			URL:    "/services/data/" + g.opt.Version + "/" + resource + "?q=" + url.QueryEscape(s.text),
		}
	}
	return g.composite(ctx, call{op: "find", name: "composite/query", object: o, repeat: true}, requests)
}

// answer reads the part of a composite answer that belongs to a query.
func (d *described) answer(q crm.Query, part wirePart) (crm.Page, error) {
	if part.Status >= http.StatusBadRequest {
		return crm.Page{}, part.failure("find", q.Object, "")
	}
	var w wirePage
	if err := json.Unmarshal(part.Body, &w); err != nil {
		return crm.Page{}, d.malformed("MALFORMED_ANSWER", err)
	}
	return d.page(q, w)
}
