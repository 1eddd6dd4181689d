package salesforce

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
)

const (
	// bulkRows is how many rows one page of results holds, bulkTries how often a
	// page is asked for when its answer breaks off.
	bulkRows  = 50_000
	bulkTries = 3
)

// Bulk reads the answer to one query through Bulk API 2.0: a few calls for any
// number of rows, in bounded memory. It pays off from about 2,000 rows. Records
// and errors come as from crm.Client.All, but rows in no order, and a query by
// words is crm.ErrInvalid: the search index has no bulk form. Each row comes
// once, also when a page has to be asked for again; an answer that is cut short
// is an error and never taken for the end. The job is awaited as long as ctx
// lives, and dropped at the end, or when the reader stops early. Safe for
// concurrent use; each iteration is a job of its own.
func (g *Org) Bulk(ctx context.Context, q crm.Query) iter.Seq2[crm.Record, error] {
	return func(yield func(crm.Record, error) bool) {
		if err := g.bulk(ctx, q, func(r crm.Record) bool { return yield(r, nil) }); err != nil && !errors.Is(err, errEnough) {
			yield(crm.Record{}, err)
		}
	}
}

// errEnough tells that the reader has had enough.
var errEnough = errors.New("salesforce: the reader stopped")

func (g *Org) bulk(ctx context.Context, q crm.Query, yield func(crm.Record) bool) error {
	d, st, err := g.bulkStatement(ctx, q)
	if err != nil || st.nothing {
		return err
	}
	operation := "query"
	if st.all {
		operation = "queryAll"
	}
	job, err := g.createJob(ctx, queryJobs, q.Object, map[string]any{
		"operation": operation, "query": st.text,
		"contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF",
	})
	if err != nil {
		return err
	}
	defer func() { g.dropJob(ctx, queryJobs, q.Object, job) }()
	done, err := g.awaitJob(ctx, queryJobs, q.Object, job.ID, nil)
	if err != nil {
		return err
	}
	job.State = done.State
	if done.State != jobComplete {
		return jobFailure(q.Object, done)
	}
	p := &bulkPages{org: g, job: job.ID, query: q, described: d, yield: yield}
	return p.read(ctx)
}

// bulkStatement writes the query without an order: the platform divides a large
// object among several workers only then.
func (g *Org) bulkStatement(ctx context.Context, q crm.Query) (*described, statement, error) {
	words := func(c crm.Cond) bool { return c.Op == crm.OpWords }
	if slices.ContainsFunc(q.Where, words) {
		return nil, statement{}, bulkError(q.Object, crm.ErrInvalid, "WORDS_IN_BULK")
	}
	d, err := g.describe(ctx, q.Object)
	if err != nil {
		return nil, statement{}, err
	}
	st, err := d.statement(q)
	if err != nil {
		return nil, statement{}, err
	}
	if st.text = strings.TrimSuffix(st.text, " ORDER BY Id"); len(st.text) > soqlLength {
		return nil, statement{}, bulkError(q.Object, crm.ErrInvalid, "QUERY_TOO_LONG")
	}
	return d, st, nil
}

// soqlLength is how many characters a statement may have.
const soqlLength = 100_000

// bulkPages reads the results of a job.
type bulkPages struct {
	org       *Org
	job       string
	query     crm.Query
	described *described
	yield     func(crm.Record) bool
}

// read reads page by page. A locator that comes back would be read for ever.
func (p *bulkPages) read(ctx context.Context) error {
	seen := map[string]bool{"": true}
	for locator := ""; ; {
		next, err := p.page(ctx, locator)
		if err != nil {
			return err
		}
		if next == "" || next == "null" {
			return nil
		}
		if seen[next] {
			return bulkError(p.query.Object, crm.ErrInvalid, "LOCATOR_REPEATED")
		}
		seen[next] = true
		locator = next
	}
}

// page reads one page. The results of a job do not change, so that a page that
// broke off is asked for again, and the rows that were already given are passed
// over.
func (p *bulkPages) page(ctx context.Context, locator string) (next string, err error) {
	given := 0
	wait := pollFirst
	for try := 1; ; try++ {
		var rows int
		rows, next, err = p.attempt(ctx, locator, given)
		given = max(given, rows)
		if err == nil || errors.Is(err, errEnough) || !crm.Retryable(err) || try == bulkTries {
			return next, err
		}
		if pause(ctx, wait) != nil {
			return "", err
		}
		wait = min(2*wait, pollLongest)
	}
}

// attempt reads a page once and gives its rows after the first skip ones. It
// returns how many rows of the page have been seen.
func (p *bulkPages) attempt(ctx context.Context, locator string, skip int) (rows int, next string, err error) {
	k := queryJobs.call(http.MethodGet, jobPath(p.job)+"/results")
	k.object, k.repeat = p.query.Object, true
	k.header = map[string]string{"Accept": "text/csv"}
	k.query = url.Values{"maxRecords": {strconv.Itoa(bulkRows)}}
	if locator != "" {
		k.query.Set("locator", locator)
	}
	s, err := p.org.stream(ctx, k)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = s.body.Close() }()
	rows, err = p.readRows(s.body, skip)
	if err != nil {
		return rows, "", err
	}
	if told, err := strconv.Atoi(s.header.Get("Sforce-NumberOfRecords")); err == nil && told != rows {
		return min(rows, told), "", bulkError(p.query.Object, crm.ErrUnavailable, "WRONG_NUMBER_OF_ROWS")
	}
	return rows, s.header.Get("Sforce-Locator"), nil
}

// bulkLayout says where in a line of CSV the columns of a query stand.
type bulkLayout struct {
	described *described
	query     crm.Query
	at        map[string]int // position by field name
}

// layout reads the header of a page. A column that is missing would make every
// record blank there, so it is an error.
func (d *described) layout(q crm.Query, header []string) (bulkLayout, error) {
	l := bulkLayout{described: d, query: q, at: map[string]int{}}
	columns, err := d.columns(q)
	if err != nil {
		return l, err
	}
	position := make(map[string]int, len(header))
	for i, name := range header {
		position[strings.ToLower(strings.TrimPrefix(name, "\ufeff"))] = i
	}
	for _, name := range columns {
		i, ok := position[strings.ToLower(name)]
		if !ok {
			return l, bulkError(q.Object, crm.ErrUnavailable, "MISSING_COLUMN")
		}
		l.at[name] = i
	}
	return l, nil
}

// record is a line as a record. Its texts are the line's own: the line may be
// read over afterwards, the texts stay.
func (l bulkLayout) record(line []string) crm.Record {
	read := func(name string) string {
		i, ok := l.at[name]
		if !ok {
			return ""
		}
		return canonical(l.described.byName[name], line[i])
	}
	r := crm.Record{
		Object: l.query.Object, ID: read("Id"), Version: crm.Version(read("SystemModstamp")),
		Fields: make(crm.Fields, len(l.query.Select)),
	}
	for _, name := range l.query.Select {
		r.Fields[name] = read(name)
	}
	if l.query.Deleted {
		r.Deleted, r.MasterID = crm.IsTrue(read("IsDeleted")), read("MasterRecordId")
	}
	return r
}

// lastByte remembers how a body ended.
type lastByte struct {
	in   io.Reader
	last byte
}

func (b *lastByte) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if n > 0 {
		b.last = p[n-1]
	}
	return n, err
}

// readRows reads the CSV of a page and gives its rows after the first skip ones;
// it returns how many it has given or passed over. A row is held back until the
// next one, or the end of the last line, shows that it was not cut.
func (p *bulkPages) readRows(body io.Reader, skip int) (int, error) {
	end := &lastByte{in: body}
	in := csv.NewReader(end)
	in.ReuseRecord = true
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return 0, nil // a page without rows may come without a header
	}
	if err != nil {
		return 0, p.broken(err)
	}
	layout, err := p.described.layout(p.query, header)
	if err != nil {
		return 0, err
	}
	var held *crm.Record
	for n := 0; ; n++ {
		line, err := in.Read()
		atEnd := errors.Is(err, io.EOF) && end.last == '\n'
		if err != nil && !atEnd {
			return max(n-1, 0), p.broken(err)
		}
		if held != nil && n > skip && !p.yield(*held) {
			return n, errEnough
		}
		if atEnd {
			return n, nil
		}
		r := layout.record(line)
		held = &r
	}
}

func (p *bulkPages) broken(err error) error {
	return &crm.Error{Op: "bulk", Object: p.query.Object, Class: crm.ErrUnavailable, Code: "BROKEN_RESULTS", Err: err}
}
