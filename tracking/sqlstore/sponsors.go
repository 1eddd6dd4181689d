package sqlstore

import (
	"context"
	"database/sql"
	"iter"
	"strings"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// Sponsors is a sponsor.Store in a SQL database. Make one with NewSponsors. It is safe
// for concurrent use, also by several processes. All errors but those that sponsor
// names are the database's.
type Sponsors struct{ store }

var _ sponsor.Store = (*Sponsors)(nil)

// NewSponsors makes a store on a pool that the caller opened and closes, as
// NewContacts does; both may share one database.
func NewSponsors(ctx context.Context, db *sql.DB, dialect string, o *Options) (*Sponsors, error) {
	s, err := open(ctx, db, dialect, o)
	if err != nil {
		return nil, err
	}
	return &Sponsors{s}, nil
}

func scanSponsor(row scanner) (sponsor.Sponsor, error) {
	var s sponsor.Sponsor
	data, err := one[string](row)
	if err != nil {
		return s, err
	}
	return s, read(data, &s)
}

// Load gives sponsors by id; see sponsor.Store.
func (s *Sponsors) Load(ctx context.Context, ids []string) (map[string]sponsor.Sponsor, error) {
	all, err := list(ctx, s.read, scanSponsor, "SELECT data FROM tracking_sponsors WHERE id"+among(s.read.Dialect()), listOf(ids))
	if err != nil {
		return nil, failure(ctx, err)
	}
	out := make(map[string]sponsor.Sponsor, len(all))
	for _, x := range all {
		out[x.ID] = x
	}
	return out, nil
}

// Known gives sponsors by identifier; see sponsor.Store.
func (s *Sponsors) Known(ctx context.Context, keys []string) ([]sponsor.Sponsor, error) {
	out, err := list(ctx, s.read, scanSponsor, "SELECT data FROM tracking_sponsors WHERE id IN "+
		"(SELECT sponsor FROM tracking_sponsor_keys WHERE key"+among(s.read.Dialect())+") ORDER BY id", listOf(tracking.Digests(keys)))
	return out, failure(ctx, err)
}

// Due gives sponsors whose time has come; see sponsor.Store.
func (s *Sponsors) Due(ctx context.Context, o sponsor.DueOrder) ([]sponsor.Sponsor, error) {
	out, err := list(ctx, s.read, scanSponsor, "SELECT data FROM tracking_sponsors WHERE due <> 0 AND due <= ? AND status"+
		among(s.read.Dialect())+"ORDER BY due, id LIMIT ?", micros(o.Now), listOf(o.Statuses), max(0, o.N))
	return out, failure(ctx, err)
}

// List gives sponsors in order of ID, as they are when it begins; see sponsor.Store.
func (s *Sponsors) List(ctx context.Context, f sponsor.Filter) iter.Seq2[sponsor.Sponsor, error] {
	where, args := s.chosen(f)
	return stream(ctx, s.read, scanSponsor, "SELECT data FROM tracking_sponsors"+where+" ORDER BY id", args...)
}

// Count counts what List would give; see sponsor.Store.
func (s *Sponsors) Count(ctx context.Context, f sponsor.Filter) (sponsor.Counts, error) {
	type count struct {
		status         sponsor.Status
		sponsors, open int
	}
	where, args := s.chosen(f)
	rows, err := list(ctx, s.read, func(row scanner) (c count, err error) { return c, row.Scan(&c.status, &c.sponsors, &c.open) },
		"SELECT status, count(*), sum(updates) FROM tracking_sponsors"+where+" GROUP BY status", args...)
	if err != nil {
		return sponsor.Counts{}, failure(ctx, err)
	}
	out := sponsor.Counts{Sponsors: map[sponsor.Status]int{}}
	for _, c := range rows {
		out.Sponsors[c.status] = c.sponsors
		out.Open += c.open
	}
	return out, nil
}

// chosen is a filter as a condition.
func (s *Sponsors) chosen(f sponsor.Filter) (string, []any) {
	var c conditions
	if len(f.IDs) > 0 {
		c.add("id"+among(s.read.Dialect()), listOf(f.IDs))
	}
	if len(f.Statuses) > 0 {
		c.add("status"+among(s.read.Dialect()), listOf(f.Statuses))
	}
	if f.Open {
		c.add("updates > 0")
	}
	var member conditions
	for column, value := range map[string]string{"kind": f.Kind, "entity": f.Entity, "role": f.Role} {
		if value != "" {
			member.add(column+" = ?", value)
		}
	}
	if len(member.all) > 0 {
		c.add("id IN (SELECT sponsor FROM tracking_sponsor_entities"+member.where()+")", member.args...)
	}
	return c.where(), c.args
}

// conditions are such as all have to hold.
type conditions struct {
	all  []string
	args []any
}

func (c *conditions) add(condition string, args ...any) {
	c.all, c.args = append(c.all, condition), append(c.args, args...)
}

func (c *conditions) where() string {
	if len(c.all) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.all, " AND ")
}

// History gives the lines in order of time, as they are when it begins; see
// sponsor.Store.
func (s *Sponsors) History(ctx context.Context, f sponsor.HistoryFilter) iter.Seq2[sponsor.Entry, error] {
	var c conditions
	if f.Sponsor != "" {
		c.add("sponsor = ?", f.Sponsor)
	}
	if f.Entity != (sponsor.EntityRef{}) {
		c.add("kind = ? AND entity = ?", f.Entity.Kind, f.Entity.ID)
	}
	if !f.Since.IsZero() {
		c.add("at >= ?", micros(f.Since))
	}
	return stream(ctx, s.read, scanEntry, "SELECT data FROM tracking_sponsor_log"+c.where()+" ORDER BY at, seq", c.args...)
}

func scanEntry(row scanner) (sponsor.Entry, error) {
	var e sponsor.Entry
	data, err := one[string](row)
	if err != nil {
		return e, err
	}
	return e, read(data, &e)
}
