package sftest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

// search answers a SOSL statement.
func search(s *Server, r *request) *response {
	q, err := soql.ParseSearch(r.query.Get("q"))
	if err != nil {
		return refusedStatement(err)
	}
	return s.found(r, q)
}

func (s *Server) found(r *request, q *soql.Search) *response {
	rows, err := q.Run(r.context(), s.sourceFor(r))
	if err != nil {
		return refusedStatement(err)
	}
	if rows == nil {
		rows = []soql.Row{}
	}
	return answered(http.StatusOK, map[string]any{"searchRecords": rows})
}

// searchRequest is the body of a parameterized search.
type searchRequest struct {
	Q            string         `json:"q"`
	In           string         `json:"in"`
	Fields       []string       `json:"fields"`
	Objects      []searchObject `json:"sobjects"`
	DefaultLimit *int           `json:"defaultLimit"`
	OverallLimit *int           `json:"overallLimit"`
	// Spelling correction changes nothing here.
	SpellCorrection *bool `json:"spellCorrection"`
}

type searchObject struct {
	Name    string   `json:"name"`
	Fields  []string `json:"fields"`
	Where   string   `json:"where"`
	OrderBy string   `json:"orderBy"`
	Limit   *int     `json:"limit"`
}

func searchByBody(s *Server, r *request) *response {
	var want searchRequest
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&want); err != nil {
		return failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The body is no parameterized search: "+err.Error())
	}
	return s.parameterized(r, want)
}

func searchByParameters(s *Server, r *request) *response {
	want, bad := searchParameters(r.query)
	if bad != "" {
		return failed(http.StatusBadRequest, soql.MalformedSearch, "unsupported or malformed parameter: "+bad)
	}
	return s.parameterized(r, want)
}

// searchParameters reads a search from the query of a URL, such as
// q=Ann&sobject=Lead&Lead.fields=Id,Name&Lead.limit=5. bad names a parameter that
// is not understood.
func searchParameters(v url.Values) (want searchRequest, bad string) {
	want = searchRequest{Q: v.Get("q"), In: v.Get("in"), Fields: commas(v.Get("fields"))}
	for _, name := range v["sobject"] {
		for _, one := range commas(name) {
			want.Objects = append(want.Objects, searchObject{
				Name: one, Fields: commas(v.Get(one + ".fields")), Where: v.Get(one + ".where"), OrderBy: v.Get(one + ".orderBy"),
			})
		}
	}
	for name := range v {
		ok := true
		switch object, part, _ := strings.Cut(name, "."); {
		case name == "q" || name == "in" || name == "fields" || name == "sobject" || name == "spellCorrection":
		case name == "defaultLimit":
			ok = limit(v.Get(name), &want.DefaultLimit)
		case name == "overallLimit":
			ok = limit(v.Get(name), &want.OverallLimit)
		default:
			o := want.object(object)
			ok = o != nil && (part == "fields" || part == "where" || part == "orderBy" || part == "limit" && limit(v.Get(name), &o.Limit))
		}
		if !ok && (bad == "" || name < bad) {
			bad = name
		}
	}
	return want, bad
}

func (w *searchRequest) object(name string) *searchObject {
	for i := range w.Objects {
		if w.Objects[i].Name == name {
			return &w.Objects[i]
		}
	}
	return nil
}

func commas(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func limit(text string, to **int) bool {
	n, err := strconv.Atoi(text)
	*to = &n
	return err == nil && n >= 0
}

// parameterized runs a search by its parts. They go through the parser of SOSL,
// so that no part can be more than it is meant to be.
func (s *Server) parameterized(r *request, want searchRequest) *response {
	q, err := soql.NewSearch(want.Q)
	if err != nil {
		return refusedStatement(err)
	}
	if want.In != "" {
		if err := q.SetScope(want.In); err != nil {
			return refusedStatement(err)
		}
	}
	if n := want.OverallLimit; n != nil && (*n < 0 || *n > soql.MaxFound) {
		return failed(http.StatusBadRequest, soql.MalformedSearch, "overallLimit must be between 0 and 2000")
	}
	if want.OverallLimit != nil {
		q.Limit = *want.OverallLimit
	}
	for _, o := range want.Objects {
		if err := q.AddReturning(want.entry(o)); err != nil {
			return refusedStatement(err)
		}
	}
	return s.found(r, q)
}

// entry writes an object's part as SOSL.
func (w *searchRequest) entry(o searchObject) string {
	fields := o.Fields
	if len(fields) == 0 {
		fields = w.Fields
	}
	if len(fields) == 0 {
		fields = []string{"Id"}
	}
	var b strings.Builder
	b.WriteString(o.Name + "(" + strings.Join(fields, ", "))
	if o.Where != "" {
		b.WriteString(" WHERE " + o.Where)
	}
	if o.OrderBy != "" {
		b.WriteString(" ORDER BY " + o.OrderBy)
	}
	limit := o.Limit
	if limit == nil {
		limit = w.DefaultLimit
	}
	if limit != nil {
		b.WriteString(" LIMIT " + strconv.Itoa(*limit))
	}
	return b.String() + ")"
}
