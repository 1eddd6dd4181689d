package sqlstore

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking"
)

// memberKey names a member of one import.
type memberKey struct{ relationship, key string }

func keyOf(m tracking.Member) memberKey { return memberKey{m.Relationship, m.Key} }

// memberData is what of a member is kept as a document.
type memberData struct {
	Key    string          `json:"key"`
	Keys   []string        `json:"keys"`
	Person tracking.Person `json:"person"`
}

const memberColumns = "id, import, relationship, named, joined, left_at, data"

// storedMember is a member with its row.
type storedMember struct {
	id int64
	tracking.Member
}

func scanStored(row scanner) (storedMember, error) {
	var m storedMember
	var joined, left int64
	var data string
	if err := row.Scan(&m.id, &m.Import, &m.Relationship, &m.Rows, &joined, &left, &data); err != nil {
		return m, err
	}
	m.Joined, m.Left = moment(joined), moment(left)
	var d memberData
	err := read(data, &d)
	m.Key, m.Keys, m.Person = d.Key, d.Keys, d.Person
	return m, err
}

func scanMember(row scanner) (tracking.Member, error) {
	m, err := scanStored(row)
	return m.Member, err
}

// Stage keeps what was read; see contacts.Store.
func (s *Contacts) Stage(ctx context.Context, run string, ms []tracking.Member) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		r, err := unfinished(ctx, tx, run)
		if err != nil || len(ms) == 0 {
			return err
		}
		known, err := r.staged(ctx, tx, ms)
		if err != nil {
			return err
		}
		var rows, handles [][]any
		for _, m := range together(ms) {
			if old, ok := known[keyOf(m)]; ok {
				old.Member = old.With(m)
				if err := old.update(ctx, tx); err != nil {
					return err
				}
				handles = append(handles, handlesOf(old.id, old.Keys)...)
				continue
			}
			r.members++
			id := r.id<<32 | r.members
			data, err := document(memberData{m.Key, m.Keys, m.Person})
			if err != nil {
				return err
			}
			rows = append(rows, []any{id, r.imp, r.id, digestOf(m.Key), m.Relationship, m.Rows, 0, 0, data})
			handles = append(handles, handlesOf(id, m.Keys)...)
		}
		if err := insert(ctx, tx, "tracking_members (id, import, run, key, relationship, named, joined, left_at, data)", rows, ""); err != nil {
			return err
		}
		if err := insert(ctx, tx, "tracking_member_handles (member, handle)", handles, "ON CONFLICT DO NOTHING"); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE tracking_runs SET members = ? WHERE id = ?", r.members, r.id)
		return err
	})
}

// together brings rows of one member together, in order of their first.
func together(ms []tracking.Member) []tracking.Member {
	at := map[memberKey]int{}
	var out []tracking.Member
	for _, m := range ms {
		if i, ok := at[keyOf(m)]; ok {
			out[i] = out[i].With(m)
			continue
		}
		at[keyOf(m)] = len(out)
		out = append(out, m)
	}
	return out
}

// staged are the members of the run that some of ms name again.
func (r openRun) staged(ctx context.Context, tx *sqldb.Tx, ms []tracking.Member) (map[memberKey]storedMember, error) {
	keys := make([]string, len(ms))
	for i, m := range ms {
		keys[i] = m.Key
	}
	rows, err := list(ctx, tx, scanStored, "SELECT "+memberColumns+" FROM tracking_members WHERE import = ? AND run = ? AND key"+among(tx.Dialect()),
		r.imp, r.id, listOf(tracking.Digests(keys)))
	out := map[memberKey]storedMember{}
	for _, m := range rows {
		out[keyOf(m.Member)] = m
	}
	return out, err
}

// update stores what another row has added. The handles are new then: a strong one
// takes the place of the name.
func (m storedMember) update(ctx context.Context, tx *sqldb.Tx) error {
	data, err := document(memberData{m.Key, m.Keys, m.Person})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE tracking_members SET named = ?, data = ? WHERE id = ?", m.Rows, data, m.id); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "DELETE FROM tracking_member_handles WHERE member = ?", m.id)
	return err
}

// digestOf is the form in which a key is looked up.
func digestOf(key string) string { return tracking.Digests([]string{key})[0] }

// handlesOf are the rows under which something is found by a person's keys.
func handlesOf[T int64 | string](owner T, keys []string) [][]any {
	var out [][]any
	for _, d := range tracking.Digests(tracking.Handles(keys)) {
		out = append(out, []any{owner, d})
	}
	return out
}

// Members gives the members as they are when it begins; see contacts.Store.
func (s *Contacts) Members(ctx context.Context) iter.Seq2[tracking.Member, error] {
	return stream(ctx, s.read, scanMember, "SELECT "+memberColumns+" FROM tracking_members WHERE run = 0")
}

// MembersOf gives the members whom one of the keys reaches, in order of import,
// relationship and key; see contacts.Store.
func (s *Contacts) MembersOf(ctx context.Context, keys []string) ([]tracking.Member, error) {
	out, err := list(ctx, s.read, scanMember, "SELECT "+memberColumns+" FROM tracking_members WHERE run = 0 AND id IN "+
		"(SELECT member FROM tracking_member_handles WHERE handle"+among(s.read.Dialect())+")", listOf(tracking.Digests(keys)))
	slices.SortFunc(out, func(a, b tracking.Member) int {
		return cmp.Or(cmp.Compare(a.Import, b.Import), cmp.Compare(a.Relationship, b.Relationship), cmp.Compare(a.Key, b.Key))
	})
	return out, failure(ctx, err)
}
