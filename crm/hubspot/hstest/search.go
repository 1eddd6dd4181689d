package hstest

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxSearchRows   = 200
	maxSearched     = 10_000
	maxSearchBody   = 3_000
	maxGroups       = 5
	maxGroupFilters = 6
	maxAllFilters   = 18
)

type searchRequest struct {
	Groups []struct {
		Filters []searchFilter `json:"filters"`
	} `json:"filterGroups"`
	Properties []string `json:"properties"`
	Sorts      []struct {
		Property  string `json:"propertyName"`
		Direction string `json:"direction"`
	} `json:"sorts"`
	Limit int    `json:"limit"`
	After string `json:"after"`
}

type searchFilter struct {
	Property string   `json:"propertyName"`
	Operator string   `json:"operator"`
	Value    string   `json:"value"`
	Values   []string `json:"values"`
}

// indexing is a record on its way into the search: it is known from a time on. gone
// when values is nil.
type indexing struct {
	at     time.Time
	store  *store
	id     int64
	values map[string]string
}

// SetLag sets how far the search is behind; 0 at first.
func (s *Server) SetLag(lag time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = lag
}

// CatchUp makes the search know everything that was written so far.
func (s *Server) CatchUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.pending {
		s.pending[i].at = time.Time{}
	}
}

// index puts the present state of a record on its way into the search.
func (s *Server) index(st *store, r *record) {
	in := indexing{at: s.now().Add(s.lag), store: st, id: r.id}
	if !r.archived {
		in.values = r.values()
	}
	s.pending = append(s.pending, in)
}

// reindex brings into the search what has arrived there.
func (s *Server) reindex() {
	now := s.now()
	var later []indexing
	for _, in := range s.pending {
		switch {
		case in.at.After(now):
			later = append(later, in)
		case in.values == nil:
			delete(in.store.indexed, in.id)
		default:
			in.store.indexed[in.id] = in.values
		}
	}
	s.pending = later
}

// search answers one page of a search.
func (s *Server) search(st *store, body []byte) answer {
	q := searchRequest{Limit: 10}
	if !strict(body, &q) || utf8.RuneCount(body) > maxSearchBody {
		return badRequest("Invalid input JSON, or more than 3000 characters")
	}
	after, err := strconv.Atoi(cmp.Or(q.After, "0"))
	switch {
	case err != nil || after < 0 || q.Limit < 1 || q.Limit > maxSearchRows:
		return badRequest("limit must be 1 to 200, after a number")
	case after+q.Limit > maxSearched:
		return badRequest("a search gives 10000 results at most")
	case len(q.Sorts) > 1:
		return badRequest("one sort only")
	}
	if message := st.wrongFilters(q); message != "" {
		return badRequest(message)
	}
	s.reindex()
	rows := st.matching(q)
	out := map[string]any{"total": len(rows)}
	end := min(after+q.Limit, len(rows))
	results := []any{}
	for _, id := range rows[min(after, end):end] {
		results = append(results, st.indexedRow(id, q.Properties))
	}
	out["results"] = results
	if end < len(rows) {
		out["paging"] = next(strconv.Itoa(end))
	}
	return ok(out)
}

func (st *store) wrongFilters(q searchRequest) string {
	all := 0
	if len(q.Groups) > maxGroups {
		return "too many filter groups"
	}
	for _, g := range q.Groups {
		if all += len(g.Filters); len(g.Filters) == 0 || len(g.Filters) > maxGroupFilters || all > maxAllFilters {
			return "too few or too many filters"
		}
		for _, f := range g.Filters {
			if _, ok := st.properties[f.Property]; !ok {
				return "There was a problem with the request: property " + f.Property + " does not exist"
			}
			if f.Operator == "IN" && len(f.Values) == 0 || f.Operator == "EQ" && f.Value == "" {
				return "a filter without a value"
			}
		}
	}
	for _, sort := range q.Sorts {
		if _, ok := st.properties[sort.Property]; !ok || sort.Direction != "ASCENDING" && sort.Direction != "DESCENDING" {
			return "cannot sort so"
		}
	}
	return ""
}

// matching lists the ids that a search finds, sorted as it asks.
func (st *store) matching(q searchRequest) []int64 {
	var rows []int64
	for _, id := range slices.Sorted(maps.Keys(st.indexed)) {
		fits := len(q.Groups) == 0
		for _, g := range q.Groups {
			fits = fits || !slices.ContainsFunc(g.Filters, func(f searchFilter) bool { return !st.meets(st.indexed[id], f) })
		}
		if fits {
			rows = append(rows, id)
		}
	}
	if len(q.Sorts) == 0 {
		slices.Reverse(rows) // HubSpot's own order is by no means that of ids
		return rows
	}
	by := q.Sorts[0]
	slices.SortStableFunc(rows, func(a, b int64) int {
		order := cmp.Compare(number(st.indexed[a][by.Property]), number(st.indexed[b][by.Property]))
		if by.Direction == "DESCENDING" {
			return -order
		}
		return order
	})
	return rows
}

// meets compares as HubSpot does: text without regard to case, except that a list of
// texts must be in lower case, and options by their very letters.
func (st *store) meets(values map[string]string, f searchFilter) bool {
	have := values[f.Property]
	p := st.properties[f.Property]
	switch f.Operator {
	case "NOT_HAS_PROPERTY":
		return have == ""
	case "GT":
		return have != "" && number(have) > number(f.Value)
	case "GTE":
		return have != "" && number(have) >= number(f.Value)
	case "EQ":
		return p.equal(have, f.Value)
	case "IN":
		return slices.ContainsFunc(f.Values, func(v string) bool {
			return p.equal(have, v) && (p.Type != "" && p.Type != "string" || v == strings.ToLower(v))
		})
	}
	return false
}

func (p Property) equal(have, want string) bool {
	switch p.Type {
	case "enumeration":
		return slices.Contains(strings.Split(have, ";"), want)
	case "number", "date", "datetime":
		return have != "" && number(have) == number(want)
	}
	return strings.EqualFold(have, want)
}

// number reads a number, or a time in milliseconds.
func number(s string) int64 {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(form, s); err == nil {
			return at.UnixMilli()
		}
	}
	return 0
}

// indexedRow is a record as the search knows it.
func (st *store) indexedRow(id int64, names []string) any {
	values := st.indexed[id]
	properties := map[string]any{}
	for _, name := range append([]string{"hs_object_id"}, names...) {
		if _, ok := st.properties[name]; ok {
			properties[name] = nil
			if v := values[name]; v != "" {
				properties[name] = v
			}
		}
	}
	return map[string]any{
		"id": strconv.FormatInt(id, 10), "properties": properties, "archived": false,
		"createdAt": values["createdate"], "updatedAt": values[st.modified()],
	}
}
