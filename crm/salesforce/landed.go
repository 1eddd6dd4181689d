package salesforce

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// Landed tells which creates and upserts have arrived; see crm.Driver. It asks
// the database and not the search index, in one call for any number of keys up to
// the limit. A record that the integration user may not see does not show: a
// create of its key is then answered by the unique field.
func (g *Org) Landed(ctx context.Context, o crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
	d, err := g.describe(ctx, o)
	if err != nil {
		return nil, about("landed", o, "", err)
	}
	field := g.opt.Names.KeyField(o)
	if !d.has(field) {
		return nil, &crm.Error{Op: "landed", Object: o, Class: crm.ErrInvalid, Code: "INVALID_FIELD", Fields: nonBlank(field)}
	}
	found := make(map[crm.Key]string, len(keys))
	for chunk := range slices.Chunk(keys, keysAQuery*queriesACall) {
		if err := g.landed(ctx, d, field, chunk, found); err != nil {
			return nil, about("landed", o, "", err)
		}
	}
	return found, nil
}

func (g *Org) landed(ctx context.Context, d *described, field string, keys []crm.Key, found map[crm.Key]string) error {
	asked := make(map[crm.Key]bool, len(keys))
	var qs []crm.Query
	var statements []statement
	for chunk := range slices.Chunk(keys, keysAQuery) {
		cond := crm.Cond{Field: field, Op: crm.OpIn}
		for _, k := range chunk {
			if k != "" {
				asked[k] = true
				cond.Values = append(cond.Values, string(k))
			}
		}
		if len(cond.Values) == 0 {
			continue
		}
		q := crm.Query{Object: d.schema.Object, Select: []string{field}, Where: []crm.Cond{cond}}
		s, err := d.statement(q)
		if err != nil {
			return err
		}
		qs, statements = append(qs, q), append(statements, s)
	}
	if len(qs) == 0 {
		return nil
	}
	parts, err := g.queries(ctx, d.schema.Object, statements)
	if err != nil {
		return err
	}
	for n, part := range parts {
		page, err := d.answer(qs[n], part)
		if err != nil {
			return err
		}
		if page.Next != "" {
			return d.malformed("KEYS_NOT_UNIQUE", nil)
		}
		for _, r := range page.Records {
			// The field may ignore case; keys do not.
			if k := crm.Key(r.Fields[field]); asked[k] && found[k] == "" {
				found[k] = r.ID
			}
		}
	}
	return nil
}

var (
	_ crm.Driver = (*Org)(nil)
	_ crm.Seeker = (*Org)(nil)
)

// Keyless reports whether creates of an object leave no key: Names says so, or
// has no field for it.
func (g *Org) Keyless(o crm.Object) bool { return g.opt.Names.KeyField(o) == "" }

// Seek looks for what creates of unknown outcome may have made; see crm.Seeker.
// Records fit when the integration user created them at or after Write.Since and
// they have the same name, person, address and company as far as the write sets
// them; where it sets none of these, the same references. A write that sets
// nothing to know its record by finds nothing. Searches are packed as in Find.
func (g *Org) Seek(ctx context.Context, ws []crm.Write) ([][]string, error) {
	user, err := g.userID(ctx)
	if err != nil {
		return nil, about("landed", "", "", err)
	}
	var sought []*sought
	for _, w := range ws {
		s, err := g.sought(ctx, w, user)
		if err != nil {
			return nil, about("landed", w.Object, w.Key, err)
		}
		sought = append(sought, s)
	}
	if err := g.seekAll(ctx, sought); err != nil {
		return nil, about("landed", "", "", err)
	}
	out := make([][]string, len(ws))
	for n, s := range sought {
		slices.Sort(s.found)
		out[n] = s.found
	}
	return out, nil
}

// sought is one write on the search for its record.
type sought struct {
	w     crm.Write
	marks []string
	q     crm.Query
	seen  map[string]bool // cursors
	found []string
}

// sought asks by the first mark, which is a name or a reference and so indexed;
// the others are compared afterwards.
func (g *Org) sought(ctx context.Context, w crm.Write, user string) (*sought, error) {
	d, err := g.describe(ctx, w.Object)
	if err != nil {
		return nil, err
	}
	s := &sought{w: w, marks: d.marks(w.Set), seen: map[string]bool{}}
	if len(s.marks) == 0 {
		return s, nil
	}
	s.q = crm.Query{Object: w.Object, Select: append([]string{"CreatedDate"}, s.marks...), Where: []crm.Cond{
		{Field: "CreatedById", Op: crm.OpIn, Values: []string{user}},
		{Field: s.marks[0], Op: crm.OpIn, Values: []string{w.Set[s.marks[0]]}},
	}}
	if !w.Since.IsZero() {
		since := crm.FormatTime(w.Since.Truncate(time.Second)) // the org may not keep more
		s.q.Where = append(s.q.Where, crm.Cond{Field: "CreatedDate", Op: crm.OpSince, Values: []string{since}})
	}
	return s, nil
}

// seekAll asks for all, page by page. A cursor that comes back would be read for
// ever.
func (g *Org) seekAll(ctx context.Context, open []*sought) error {
	open = slices.DeleteFunc(slices.Clone(open), func(s *sought) bool { return len(s.marks) == 0 })
	for len(open) > 0 {
		turn := open[:min(len(open), maxQueries)]
		qs := make([]crm.Query, len(turn))
		for n, s := range turn {
			qs[n] = s.q
		}
		pages, err := g.Find(ctx, qs)
		if err != nil {
			return err
		}
		open = open[len(turn):]
		for n, s := range turn {
			more, err := s.take(pages[n])
			if err != nil {
				return err
			}
			if more {
				open = append(open, s)
			}
		}
	}
	return nil
}

func (s *sought) take(page crm.Page) (more bool, err error) {
	if page.Err != nil {
		return false, page.Err
	}
	for _, r := range page.Records {
		if s.resembles(r) {
			s.found = append(s.found, r.ID)
		}
	}
	if s.seen[page.Next] {
		return false, &crm.Error{Op: "landed", Object: s.w.Object, Class: crm.ErrUnavailable, Code: "CURSOR_REPEATED"}
	}
	s.q.Cursor = page.Next
	s.seen[page.Next] = page.Next != ""
	return page.Next != "", nil
}

func (s *sought) resembles(r crm.Record) bool {
	for _, name := range s.marks {
		if have, want := r.Fields[name], s.w.Set[name]; !strings.EqualFold(have, want) && !crm.SameID(have, want) {
			return false
		}
	}
	return true
}

// marks are the fields by which a record can be known again.
func (d *described) marks(set crm.Fields) []string {
	var out []string
	for _, name := range []string{"Name", "LastName", "FirstName", "Email", "Company"} {
		if set[name] != "" && d.filterable[name] {
			out = append(out, name)
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, name := range set.Names() {
		if set[name] != "" && d.byName[name].Type == crm.TypeReference && name != "OwnerId" {
			out = append(out, name)
		}
	}
	return out
}
