package sqlstore_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sqlstore"
)

// orphans are rows that lead to nobody, by table.
var orphans = map[string]string{
	"handles": "SELECT count(*) FROM tracking_member_handles WHERE member NOT IN (SELECT id FROM tracking_members)",
	"keys":    "SELECT count(*) FROM tracking_people_keys WHERE person NOT IN (SELECT id FROM tracking_people)",
	"marks":   "SELECT count(*) FROM tracking_mark_handles WHERE mark NOT IN (SELECT id FROM tracking_marks)",
}

// TestErasureMeetsWork erases somebody while another row of theirs is read, their list
// is committed, their keys change and they are marked: whoever comes first, nothing is
// left that leads to nobody.
func TestErasureMeetsWork(t *testing.T) {
	both(t, func(t *testing.T, db *sqldb.DB, o *sqlstore.Options) {
		ctx := t.Context()
		s := people(t, db, o)
		for i := range 25 {
			lee := tracking.Person{Emails: []string{fmt.Sprintf("lee%d@acme.com", i)}}
			keys := lee.Keys()
			more := lee.With(tracking.Person{Emails: []string{fmt.Sprintf("lee%d@example.org", i)}})
			row := func(p tracking.Person) []tracking.Member {
				m, _ := tracking.NewMember("crm", tracking.Row{Relationship: tracking.User, Person: p})
				return []tracking.Member{m}
			}
			run, err := s.Begin(ctx, "crm")
			must(t, err)
			must(t, s.Stage(ctx, run, row(lee)))
			tracked := tracking.Tracked{ID: fmt.Sprintf("%032x", i), Keys: tracking.Digests(keys), Relationship: tracking.User, Since: began, Revision: 1}
			_, err = s.Settle(ctx, []tracking.Settlement{{Tracked: tracked}})
			must(t, err)
			tracked.Revision, tracked.Keys = 2, tracking.Digests(more.Keys())
			var wg sync.WaitGroup
			for name, work := range map[string]func() error{
				"import": func() error {
					if err := s.Stage(ctx, run, row(more)); err != nil {
						return err
					}
					_, err := s.Commit(ctx, run, began, true)
					return err
				},
				"settle": func() error {
					_, err := s.Settle(ctx, []tracking.Settlement{{Tracked: tracked}})
					return err
				},
				"mark":  func() error { return s.Mark(ctx, []tracking.Mark{tracking.NewMark(tracking.MarkUntracked, keys, "")}) },
				"erase": func() error { _, err := s.Erase(ctx, append(keys, tracking.Digests(keys)...)); return err },
			} {
				wg.Go(func() {
					if err := work(); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				})
			}
			wg.Wait()
		}
		for what, query := range orphans {
			var n int
			must(t, db.QueryRow(ctx, query).Scan(&n))
			if n > 0 {
				t.Errorf("%d %s that lead to nobody", n, what)
			}
		}
	})
}
