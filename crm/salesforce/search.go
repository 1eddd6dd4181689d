package salesforce

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// search answers the queries for words of names. Those over different objects
// share searches: the texts of all phrases are put together, and what was found
// is compared with the phrases of each query by the rule of crm.OpWords, so that
// a search that finds more shows nowhere.
func (f *finding) search(ctx context.Context) {
	var open []*lookup
	for _, j := range f.jobs {
		if j.words && !j.done {
			if l := f.lookup(j); !j.done {
				open = append(open, l)
			}
		}
	}
	for _, family := range families(open) {
		terms := family.terms()
		for _, pack := range packSearch(terms) {
			f.searchFor(ctx, family, pack)
		}
	}
	f.spell(ctx, open)
	for _, l := range open {
		l.finish()
	}
}

// lookup is a query for words on its way.
type lookup struct {
	*job
	// fields and where are what the search is told about the object.
	fields []string
	where  string
	// phrases are compared with names; byTerm leads from a term of the search text
	// to the values that it stands for.
	phrases phrases
	byTerm  map[string][]string
	order   []string
	// rest are the values that the search index cannot look for, or that it finds
	// too often: they are looked for as whole names.
	rest []string
	rows map[string]crm.Record
}

// lookup cuts a query into what the search index can do and what is left.
func (f *finding) lookup(j *job) *lookup {
	l := &lookup{job: j, byTerm: map[string][]string{}, rows: map[string]crm.Record{}}
	var others []crm.Cond
	var values []string
	for _, c := range j.q.Where {
		if c.Op != crm.OpWords {
			others = append(others, c)
			continue
		}
		if values != nil {
			j.fail(j.d.invalid("MALFORMED_QUERY", "Name"))
			return l
		}
		values = c.Values
	}
	where, possible, err := j.d.where(others)
	if err == nil {
		l.fields, err = j.d.columns(l.wide())
	}
	if err != nil || !possible {
		j.page.Err, j.done = err, true
		return l
	}
	l.where, l.phrases = where, newPhrases(values)
	for _, v := range values {
		l.add(v, j.q.Deleted || !j.d.wire.Searchable)
	}
	return l
}

func (l *lookup) add(value string, unsearchable bool) {
	if len(foldWords(value)) == 0 {
		return // has no words, so that no name has all of them
	}
	term, ok := soslTerm(value)
	if unsearchable || !ok || len(term) > maxSearch {
		l.rest = append(l.rest, value)
		return
	}
	if l.byTerm[term] == nil {
		l.order = append(l.order, term)
	}
	l.byTerm[term] = append(l.byTerm[term], value)
}

// wide is the query with the name, which is needed for comparing.
func (l *lookup) wide() crm.Query {
	q := l.q
	q.Select = append(slices.Clone(q.Select), "Name")
	return q
}

// family are queries that can share a search: an object stands in it with one
// list of fields and one condition.
type family struct{ members []*lookup }

func families(open []*lookup) []*family {
	var out []*family
	for _, l := range open {
		i := slices.IndexFunc(out, func(f *family) bool {
			return !slices.ContainsFunc(f.members, func(m *lookup) bool { return m.q.Object == l.q.Object && !m.same(l) })
		})
		if i < 0 {
			i = len(out)
			out = append(out, &family{})
		}
		out[i].members = append(out[i].members, l)
	}
	return out
}

func (l *lookup) same(m *lookup) bool { return l.where == m.where && slices.Equal(l.fields, m.fields) }

// terms are those of all members, each once.
func (f *family) terms() []string {
	var out []string
	seen := map[string]bool{}
	for _, m := range f.members {
		for _, t := range m.order {
			if !seen[t] {
				seen[t] = true
				out = append(out, t)
			}
		}
	}
	return out
}

// concerned are the members that asked for one of the terms.
func (f *family) concerned(terms []string) []*lookup {
	var out []*lookup
	for _, m := range f.members {
		if !m.done && slices.ContainsFunc(terms, func(t string) bool { return m.byTerm[t] != nil }) {
			out = append(out, m)
		}
	}
	return out
}

// searchFor makes one search, and smaller ones when it finds more than the
// platform shows. A term that alone finds too much is left to SOQL.
func (f *finding) searchFor(ctx context.Context, family *family, terms []string) {
	members := family.concerned(terms)
	if len(members) == 0 {
		return
	}
	if f.stop != nil {
		f.failLookups(members, f.stop)
		return
	}
	rows, err := f.org.searchRows(ctx, members, terms)
	switch {
	case err != nil:
		f.failLookups(members, err)
	case len(rows) < maxRows:
		for _, m := range members {
			m.takeFound(rows)
		}
	case len(terms) > 1:
		f.searchFor(ctx, family, terms[:len(terms)/2])
		f.searchFor(ctx, family, terms[len(terms)/2:])
	default:
		for _, m := range members {
			m.rest = append(m.rest, m.byTerm[terms[0]]...)
		}
	}
}

func (f *finding) failLookups(members []*lookup, err error) {
	for _, m := range members {
		f.failCall([]*job{m.job}, err)
	}
}

// searchTarget is an object in a search.
type searchTarget struct {
	Name   string   `json:"name"`
	Fields []string `json:"fields"`
	Where  string   `json:"where,omitempty"`
}

// searchRows asks the search index for names with one of the terms.
func (g *Org) searchRows(ctx context.Context, members []*lookup, terms []string) ([]wireRow, error) {
	var targets []searchTarget
	for _, m := range members {
		known := slices.ContainsFunc(targets, func(t searchTarget) bool { return t.Name == string(m.q.Object) })
		if !known {
			targets = append(targets, searchTarget{Name: string(m.q.Object), Fields: m.fields, Where: m.where})
		}
	}
	body, err := json.Marshal(map[string]any{
		"q": strings.Join(terms, " OR "), "in": "NAME", "sobjects": targets,
		"overallLimit": maxRows, "defaultLimit": maxRows,
	})
	if err != nil {
		return nil, &crm.Error{Op: "find", Object: members[0].q.Object, Class: crm.ErrInvalid, Code: "UNWRITABLE", Err: err}
	}
	k := call{
		op: "find", name: "parameterizedSearch", object: members[0].q.Object,
		method: http.MethodPost, path: "parameterizedSearch", body: body, repeat: true,
	}
	r, err := g.do(ctx, k)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Rows []wireRow `json:"searchRecords"`
	}
	if err := g.decode(k, r, &answer); err != nil {
		return nil, err
	}
	return answer.Rows, nil
}

// takeFound keeps the rows of this object whose names have the words.
func (l *lookup) takeFound(rows []wireRow) {
	q := l.wide()
	for _, row := range rows {
		o, err := objectOf(row)
		if err == nil && o != q.Object {
			continue
		}
		r, e := l.d.record(q, row)
		if err = cmp.Or(err, e); err != nil {
			l.fail(l.d.malformed("MALFORMED_ANSWER", err))
			return
		}
		if l.phrases.match(r.Fields["Name"]) {
			l.keep(r)
		}
	}
}

func (l *lookup) keep(r crm.Record) {
	if !slices.Contains(l.q.Select, "Name") {
		delete(r.Fields, "Name")
	}
	l.rows[r.ID] = r
}

// objectOf tells which object a row of a search is of.
func objectOf(row wireRow) (crm.Object, error) {
	var a struct {
		Type crm.Object `json:"type"`
	}
	if err := json.Unmarshal(row["attributes"], &a); err != nil {
		return "", err
	}
	if a.Type == "" {
		return "", errors.New("salesforce: a row of a search does not tell its object")
	}
	return a.Type, nil
}

// spell looks for what the search index cannot find by the whole name, which is
// indexed, and reads all pages of it.
func (f *finding) spell(ctx context.Context, open []*lookup) {
	var turn []*lookup
	for _, l := range open {
		if l.done || len(l.rest) == 0 {
			continue
		}
		var err error
		if l.text, err = l.d.statement(l.spelled()); err != nil {
			l.fail(err)
		} else if !l.text.nothing {
			turn = append(turn, l)
		}
	}
	for chunk := range slices.Chunk(turn, queriesACall) {
		jobs := make([]*job, len(chunk))
		for i, l := range chunk {
			jobs[i] = l.job
		}
		f.send(ctx, jobs)
		for _, l := range chunk {
			f.spellOn(ctx, l)
		}
	}
}

// spelled is the query for the rest as whole names.
func (l *lookup) spelled() crm.Query {
	q := l.q
	q.Where = slices.Clone(q.Where)
	for i, c := range q.Where {
		if c.Op == crm.OpWords {
			q.Where[i] = crm.Cond{Field: "Name", Op: crm.OpIn, Values: l.rest}
		}
	}
	return q
}

// spellOn reads the pages after the first. A page that leads back would be read
// for ever.
func (f *finding) spellOn(ctx context.Context, l *lookup) {
	seen := map[string]bool{}
	for l.page.Err == nil {
		for _, r := range l.page.Records {
			l.rows[r.ID] = r
		}
		next := l.page.Next
		if next == "" {
			l.done = false // finish puts the page together
			return
		}
		if seen[next] {
			l.fail(l.d.malformed("CURSOR_REPEATED", nil))
			return
		}
		seen[next] = true
		q := l.q
		q.Cursor = next
		page, err := f.org.nextPage(ctx, l.d, q)
		if err != nil {
			f.failCall([]*job{l.job}, err)
			return
		}
		l.page = page
	}
}

// finish puts the page together, in order of id.
func (l *lookup) finish() {
	if l.done {
		return
	}
	l.done, l.page = true, crm.Page{Records: make([]crm.Record, 0, len(l.rows))}
	for _, r := range l.rows {
		l.page.Records = append(l.page.Records, r)
	}
	slices.SortFunc(l.page.Records, func(a, b crm.Record) int { return cmp.Compare(a.ID, b.ID) })
}
