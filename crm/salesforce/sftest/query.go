package sftest

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

// queryRoutes are the resources that answer SOQL and SOSL.
func queryRoutes() []route {
	return []route{
		{http.MethodGet, "query", func(s *Server, r *request) *response { return s.query(r, false) }},
		{http.MethodGet, "queryAll", func(s *Server, r *request) *response { return s.query(r, true) }},
		{http.MethodGet, "query/*", queryMore},
		{http.MethodGet, "queryAll/*", queryMore},
		{http.MethodGet, "tooling/query", toolingQuery},
		{http.MethodGet, "search", search},
		{http.MethodGet, "parameterizedSearch", searchByParameters},
		{http.MethodPost, "parameterizedSearch", searchByBody},
	}
}

// source lets package soql read the CRM.
type source struct {
	s       *Server
	version string
	// tx is the transaction around; nil outside one.
	tx *memcrm.Tx
}

var _ soql.Source = source{}

// source reads the CRM outside of any transaction.
func (s *Server) source() soql.Source {
	return source{s: s, version: "v" + strconv.Itoa(lastVersion) + ".0"}
}

// sourceFor reads what a request sees.
func (s *Server) sourceFor(r *request) soql.Source {
	return source{s: s, version: r.version, tx: r.tx}
}

// Objects lists the objects of the CRM.
func (x source) Objects() []crm.Object { return x.s.crm.Objects() }

// Schema describes an object.
func (x source) Schema(o crm.Object) (crm.Schema, bool) {
	describe := x.s.crm.Describe
	if x.tx != nil {
		describe = x.tx.Describe
	}
	schema, err := describe(context.Background(), o)
	return schema, err == nil
}

// Find answers one page.
func (x source) Find(ctx context.Context, q crm.Query) (crm.Page, error) {
	find := x.s.crm.Find
	if x.tx != nil {
		find = x.tx.Find
	}
	got, err := find(ctx, []crm.Query{q})
	if err != nil {
		return crm.Page{}, err
	}
	return got[0], got[0].Err
}

// Now is the server's clock.
func (x source) Now() time.Time { return x.s.options.Now() }

// RecordURL is a record's path.
func (x source) RecordURL(o crm.Object, id string) string {
	return "/services/data/" + x.version + "/sobjects/" + string(o) + "/" + id
}

// queryAnswer is the body of an answer to a query.
type queryAnswer struct {
	TotalSize int        `json:"totalSize"`
	Done      bool       `json:"done"`
	Next      string     `json:"nextRecordsUrl,omitempty"`
	Records   []soql.Row `json:"records"`
}

func (s *Server) query(r *request, all bool) *response {
	text, explain := r.query.Get("q"), r.query.Get("explain")
	if explain != "" {
		text = explain
	}
	if strings.TrimSpace(text) == "" {
		return failed(http.StatusBadRequest, soql.MalformedQuery, "A query string has to be specified")
	}
	q, err := soql.Parse(text)
	if err != nil {
		return refusedStatement(err)
	}
	st, err := soql.Prepare(s.sourceFor(r), q)
	switch {
	case err != nil:
		return refusedStatement(err)
	case explain != "":
		plans, err := st.Explain(r.context())
		if err != nil {
			return refusedStatement(err)
		}
		return answered(http.StatusOK, map[string]any{"plans": plans, "sourceQuery": text})
	case r.query.Get("columns") == "true":
		return answered(http.StatusOK, s.columnMetadata(st))
	}
	got, err := st.Run(r.context(), all)
	if err != nil {
		return refusedStatement(err)
	}
	return s.firstPage(r, q, got, all)
}

func (s *Server) firstPage(r *request, q *soql.Query, got *soql.Result, all bool) *response {
	out := queryAnswer{TotalSize: got.Size, Done: true, Records: []soql.Row{}}
	if q.IsCount() {
		return answered(http.StatusOK, out)
	}
	end := got.Size
	if ids := got.IDs(); ids != nil {
		if size := s.pageSize(r); end > size {
			end = size
			c := &cursor{query: q, all: all, ids: ids, size: size, expires: s.options.Now().Add(cursorLife)}
			out.Done, out.Next = false, c.url(r, s.cursors.add(c), end)
		}
	}
	var err error
	if out.Records, err = got.Rows(r.context(), 0, end); err != nil {
		return refusedStatement(err)
	}
	if out.Records == nil {
		out.Records = []soql.Row{}
	}
	return answered(http.StatusOK, out)
}

const (
	// minPage and maxPage are the bounds of the batch size that a client may ask
	// for; what is beyond is taken as the bound.
	minPage, maxPage = 200, 2000
)

// pageSize is the number of records in a page: the server's, or what the client
// asks for in Sforce-Query-Options.
func (s *Server) pageSize(r *request) int {
	for _, option := range strings.Split(r.header.Get("Sforce-Query-Options"), ",") {
		name, value, _ := strings.Cut(option, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "batchSize") {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil {
			return min(max(n, minPage), maxPage)
		}
	}
	return s.options.PageRows
}

// refusedStatement answers for a statement that was refused, or for a back end
// that gave up.
func refusedStatement(err error) *response {
	var e *soql.Error
	if errors.As(err, &e) {
		return failed(http.StatusBadRequest, e.Code, e.Message)
	}
	var c *crm.Error
	if errors.As(err, &c) && errors.Is(err, crm.ErrInvalid) {
		return failed(http.StatusBadRequest, c.Code, "the query cannot be answered", c.Fields...)
	}
	return failed(http.StatusInternalServerError, "UNKNOWN_EXCEPTION", "the query cannot be answered")
}

// toolingQuery has nothing to show: a local org has no metadata tables.
func toolingQuery(s *Server, r *request) *response {
	q, err := soql.Parse(r.query.Get("q"))
	if err != nil {
		return refusedStatement(err)
	}
	return failed(http.StatusBadRequest, soql.InvalidType, "sObject type '"+q.Object+"' is not supported.")
}
