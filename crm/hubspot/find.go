package hubspot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// What fits into one call. A search takes 3,000 characters with names and brackets,
// and pages of 200; records are read and written by hundreds.
const (
	maxQueries    = 10
	maxValues     = 100
	maxValueBytes = 2_000
	maxRows       = 200
	maxKeys       = 100

	codeUnknownField = "PROPERTY_DOESNT_EXIST"
	codeNoValues     = "NO_VALUES"
	codeNotSupported = "NOT_SUPPORTED"
	codeBadCursor    = "BAD_CURSOR"
)

var (
	errNoWords   = errors.New("hubspot: the search does not tell names from other properties, nor whole words from beginnings")
	errNoArchive = errors.New("hubspot: deleted records can be asked for by id or all together")
)

// Limits tells how much fits into one call: ten queries, which are asked one after
// another, lists of 100 values and 2,000 bytes, pages of at most 200 rows, and 100
// writes.
func (c *Client) Limits() crm.Limits {
	return crm.Limits{
		Queries: maxQueries, Values: maxValues, ValueBytes: maxValueBytes, Rows: maxRows,
		Writes: maxRead, Keys: maxKeys,
	}
}

// Find answers queries one after another; see crm.Driver and the package comment for
// how. OpWords is crm.ErrInvalid. What can be told from Describe (unknown fields,
// values that no field can have) costs no call.
func (c *Client) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	pages := make([]crm.Page, len(qs))
	var stop error
	failed := len(qs) > 0
	for i, q := range qs {
		if stop != nil {
			pages[i].Err = stop
			continue
		}
		page, err := c.find(ctx, q)
		if err != nil {
			page = crm.Page{Err: about("find", q.Object, "", err)}
		}
		pages[i] = page
		if hopeless(err) {
			stop = pages[i].Err
		}
		ofQuery := err == nil || errors.Is(err, crm.ErrInvalid) || errors.Is(err, crm.ErrNotFound)
		failed = failed && !ofQuery
	}
	if failed {
		return nil, pages[0].Err
	}
	return pages, nil
}

// hopeless holds for errors that the next call would meet as well.
func hopeless(err error) bool {
	switch crm.ClassOf(err) {
	case crm.ErrQuota, crm.ErrAuth, crm.ErrThrottled, crm.ErrUnavailable:
		return true
	}
	return false
}

// asking is one query on its way.
type asking struct {
	client *Client
	q      crm.Query
	d      *described
	// read are the properties to read: those selected and those in conditions.
	read []string
	// links tells that the primary company is to be read, which is an association.
	links bool
}

// find answers one query.
func (c *Client) find(ctx context.Context, q crm.Query) (crm.Page, error) {
	d, err := c.describe(ctx, q.Object)
	if err != nil {
		return crm.Page{}, err
	}
	a := &asking{client: c, q: q, d: d}
	if err := a.check(); err != nil {
		return crm.Page{}, err
	}
	if q.Object == crm.ObjectUser {
		return a.owners(ctx)
	}
	if i := a.conditionOn(func(f crm.Field) bool { return d.property[f.Name] == propID }); i >= 0 {
		return a.byID(ctx, q.Where[i].Values)
	}
	if len(q.Where) == 0 {
		return a.list(ctx)
	}
	if q.Deleted {
		return crm.Page{}, a.invalid(codeNotSupported, errNoArchive)
	}
	if i := a.conditionOn(func(f crm.Field) bool { return f.Unique }); i >= 0 {
		return a.byUnique(ctx, q.Where[i])
	}
	return a.search(ctx)
}

// check refuses what cannot be asked, and notes what must be read.
func (a *asking) check() error {
	var unknown []string
	need := func(name string) {
		if _, ok := a.d.byName[name]; !ok {
			unknown = append(unknown, name)
			return
		}
		a.links = a.links || name == fieldAccount
		a.read = append(a.read, a.d.property[name])
	}
	for _, name := range a.q.Select {
		need(name)
	}
	for _, cond := range a.q.Where {
		if len(cond.Values) == 0 {
			return a.invalid(codeNoValues, nil, cond.Field)
		}
		switch {
		case cond.Op == crm.OpWords:
			return a.invalid(codeNotSupported, errNoWords)
		case cond.Op == crm.OpSince && len(cond.Values) != 1, cond.Op != crm.OpSince && cond.Op != crm.OpIn:
			return a.invalid(codeNotSupported, nil, cond.Field)
		}
		need(cond.Field)
		if f, ok := a.d.byName[cond.Field]; ok && cond.Op == crm.OpSince && !isTime(f, cond.Values[0]) {
			return a.invalid("INVALID_DATE", nil, cond.Field)
		}
	}
	if len(unknown) > 0 {
		return a.invalid(codeUnknownField, nil, unknown...)
	}
	slices.Sort(a.read)
	a.read = slices.Compact(a.read)
	return nil
}

func isTime(f crm.Field, value string) bool {
	return (f.Type == crm.TypeDateTime || f.Type == crm.TypeDate) && !crm.ParseTime(value).IsZero()
}

// conditionOn finds a condition of equality on a field of some kind; -1 for none.
func (a *asking) conditionOn(is func(crm.Field) bool) int {
	return slices.IndexFunc(a.q.Where, func(c crm.Cond) bool { return c.Op == crm.OpIn && is(a.d.byName[c.Field]) })
}

func (a *asking) invalid(code string, cause error, fields ...string) error {
	fields = slices.DeleteFunc(fields, func(name string) bool { return name == "" })
	return &crm.Error{Op: "find", Object: a.q.Object, Class: crm.ErrInvalid, Code: code, Fields: fields, Err: cause}
}

// byID reads records by id. Under an id that was merged another record answers: that
// one was not asked for.
func (a *asking) byID(ctx context.Context, values []string) (crm.Page, error) {
	var ids []int64
	for _, v := range values {
		if n, err := ParseID(strings.TrimSpace(v)); err == nil {
			ids = append(ids, n) // no record has any other
		}
	}
	found, err := a.client.byIDs(ctx, a.q.Object, ids, readRequest{Properties: withOwn(a.read)})
	if err != nil {
		return crm.Page{}, err
	}
	var records []readRecord
	var gone []crm.Record
	var missing []int64
	for _, n := range distinct(ids) {
		switch got, ok := found[n]; {
		case !ok:
			missing = append(missing, n)
		case got.merged:
			gone = append(gone, a.lost(n, int64(got.record.ID)))
		default:
			records = append(records, got.record)
		}
	}
	if a.q.Deleted {
		more, err := a.archived(ctx, missing)
		if err != nil {
			return crm.Page{}, err
		}
		gone = append(gone, more...)
	} else {
		gone = nil
	}
	page, err := a.page(ctx, records)
	page.Records = append(page.Records, a.onlyByID(gone)...)
	sortByID(page.Records)
	return page, err
}

// archived reads what became of ids that no present record has.
func (a *asking) archived(ctx context.Context, ids []int64) ([]crm.Record, error) {
	found, err := a.client.archivedOf(ctx, a.q.Object, ids, a.read)
	if err != nil {
		return nil, err
	}
	var out []crm.Record
	for _, n := range ids {
		got, ok := found[n]
		if !ok {
			continue
		}
		if got.merged {
			out = append(out, a.lost(n, int64(got.record.ID)))
			continue
		}
		r := a.record(got.record, nil)
		r.Deleted = true
		out = append(out, r)
	}
	return out, nil
}

// lost is the record that was merged into another: HubSpot keeps nothing of it.
func (a *asking) lost(n, master int64) crm.Record {
	r := a.record(readRecord{ID: id(n)}, nil)
	r.Deleted, r.MasterID = true, formatID(master)
	return r
}

// onlyByID drops deleted records where other conditions than the id must hold too:
// nothing is known of them by which to tell.
func (a *asking) onlyByID(gone []crm.Record) []crm.Record {
	for _, cond := range a.q.Where {
		if a.d.property[cond.Field] != propID {
			return nil
		}
	}
	return gone
}

// byUnique reads records by a unique property, which does not lag.
func (a *asking) byUnique(ctx context.Context, cond crm.Cond) (crm.Page, error) {
	property := a.d.property[cond.Field]
	var values []string
	for _, v := range cond.Values {
		if v = strings.TrimSpace(v); property == propEmail {
			v = strings.ToLower(v)
		}
		if v != "" && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	var records []readRecord
	for chunk := range slices.Chunk(values, maxRead) {
		q := readRequest{Properties: a.read, IDProperty: property}
		for _, v := range chunk {
			q.Inputs = append(q.Inputs, readInput{ID: v})
		}
		got, err := a.client.readBatch(ctx, a.q.Object, q, false)
		if err != nil {
			return crm.Page{}, err
		}
		records = append(records, got...)
	}
	return a.page(ctx, records)
}

// page makes the records of an answer those of a query: all conditions are looked at
// once more, because a search and HubSpot's idea of equality are wider than ours.
func (a *asking) page(ctx context.Context, records []readRecord) (crm.Page, error) {
	var primary map[int64]int64
	if a.links && len(records) > 0 {
		ids := make([]int64, len(records))
		for i, r := range records {
			ids[i] = int64(r.ID)
		}
		var err error
		if primary, err = a.client.PrimaryCompany(ctx, ids); err != nil {
			return crm.Page{}, err
		}
	}
	var page crm.Page
	seen := map[id]bool{}
	for _, r := range records {
		if seen[r.ID] || r.ID == 0 || !a.holds(r, primary) {
			continue
		}
		seen[r.ID] = true
		page.Records = append(page.Records, a.record(r, primary))
	}
	sortByID(page.Records)
	return page, nil
}

// record gives a record the form of package crm.
func (a *asking) record(r readRecord, primary map[int64]int64) crm.Record {
	out := crm.Record{
		Object: a.q.Object, ID: formatID(int64(r.ID)), Version: crm.Version(r.UpdatedAt),
		Deleted: r.Archived, Fields: make(crm.Fields, len(a.q.Select)),
	}
	for _, name := range a.q.Select {
		out.Fields[name] = a.value(name, r, primary)
	}
	return out
}

// value is what a record has in a field, in the form of package crm.
func (a *asking) value(name string, r readRecord, primary map[int64]int64) string {
	switch {
	case a.d.property[name] == propID:
		return formatID(int64(r.ID))
	case name == fieldAccount:
		if n := primary[int64(r.ID)]; n != 0 {
			return formatID(n)
		}
		return ""
	}
	return canonical(a.d.byName[name], string(r.Properties[a.d.property[name]]))
}

// sortByID puts records into the order of their numbers.
func sortByID(records []crm.Record) {
	slices.SortStableFunc(records, func(x, y crm.Record) int {
		if len(x.ID) != len(y.ID) {
			return len(x.ID) - len(y.ID)
		}
		return strings.Compare(x.ID, y.ID)
	})
}
