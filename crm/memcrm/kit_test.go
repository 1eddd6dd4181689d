package memcrm_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// noon is the time in these tests; it stands still.
var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

const noonText = "2026-11-03T12:00:00.000Z"

func newCRM(o memcrm.Options) *memcrm.CRM {
	o.Now = func() time.Time { return noon }
	return memcrm.New(&o)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put stores records and returns their ids.
func put(t *testing.T, c *memcrm.CRM, records ...crm.Record) []string {
	t.Helper()
	must(t, c.Put(records...))
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	return ids
}

func contact(f crm.Fields) crm.Record { return crm.Record{Object: crm.ObjectContact, Fields: f} }
func account(f crm.Fields) crm.Record { return crm.Record{Object: crm.ObjectAccount, Fields: f} }
func lead(f crm.Fields) crm.Record    { return crm.Record{Object: crm.ObjectLead, Fields: f} }

// write sends one item.
func write(t *testing.T, c *memcrm.CRM, w crm.Write) (crm.Result, *crm.Error) {
	t.Helper()
	results, err := c.Write(t.Context(), []crm.Write{w})
	must(t, err)
	if len(results) != 1 {
		t.Fatalf("%d results for one item", len(results))
	}
	var e *crm.Error
	if results[0].Err != nil && !errors.As(results[0].Err, &e) {
		t.Fatalf("%T is not *crm.Error", results[0].Err)
	}
	return results[0], e
}

// find returns the ids of all pages of a query.
func find(t *testing.T, c *memcrm.CRM, q crm.Query) string {
	t.Helper()
	var ids []string
	for range 100 {
		pages, err := c.Find(t.Context(), []crm.Query{q})
		must(t, err)
		must(t, pages[0].Err)
		for _, r := range pages[0].Records {
			ids = append(ids, r.ID)
		}
		if q.Cursor = pages[0].Next; q.Cursor == "" {
			return strings.Join(ids, " ")
		}
	}
	t.Fatal("paging does not end")
	return ""
}

func in(field string, values ...string) crm.Cond {
	return crm.Cond{Field: field, Op: crm.OpIn, Values: values}
}
