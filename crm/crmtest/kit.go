package crmtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
)

// kit is a test with its CRM, and the short words that the cases are written in.
type kit struct {
	*testing.T
	Harness
	// fresh gives another, empty CRM to the same test.
	fresh func() *kit
}

// key makes the n-th key; keys are hexadecimal hashes in earnest too.
func key(n int) crm.Key { return crm.Key(fmt.Sprintf("%032x", n)) }

func record(o crm.Object, f crm.Fields) crm.Record { return crm.Record{Object: o, Fields: f} }

func account(name string) crm.Record { return record(crm.ObjectAccount, crm.Fields{"Name": name}) }

func contact(last string, more crm.Fields) crm.Record {
	f := crm.Fields{"LastName": last}
	maps.Copy(f, more)
	return record(crm.ObjectContact, f)
}

func lead(last, company string) crm.Record {
	return record(crm.ObjectLead, crm.Fields{"LastName": last, "Company": company})
}

func create(k crm.Key, o crm.Object, f crm.Fields) crm.Write {
	return crm.Write{Key: k, Verb: crm.VerbCreate, Object: o, Set: f}
}

func update(k crm.Key, o crm.Object, id string, f crm.Fields) crm.Write {
	return crm.Write{Key: k, Verb: crm.VerbUpdate, Object: o, ID: id, Set: f}
}

// seed puts records in and gives their ids.
func (k *kit) seed(records ...crm.Record) []string {
	k.Helper()
	ids, err := k.Seed(records...)
	if err != nil {
		k.Fatalf("seed: %v", err)
	}
	if len(ids) != len(records) {
		k.Fatalf("seed gave %d ids for %d records", len(ids), len(records))
	}
	return ids
}

// must ends a test whose harness could not do its part.
func (k *kit) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatalf("harness: %v", err)
	}
}

func (k *kit) user(name string, active bool) string {
	k.Helper()
	return k.seed(record(crm.ObjectUser, crm.Fields{"Name": name, "IsActive": crm.FormatBool(active)}))[0]
}

// ask puts one query to the driver and reads all pages; it wants an answer.
func (k *kit) ask(q crm.Query) []crm.Record {
	k.Helper()
	var rows []crm.Record
	for range 1000 {
		page := k.page(q)
		if page.Err != nil {
			k.Fatalf("find %s: %v", q.Object, page.Err)
		}
		rows = append(rows, page.Records...)
		if page.Next == "" {
			return rows
		}
		q.Cursor = page.Next
	}
	k.Fatalf("find %s: no end after 1000 pages", q.Object)
	return nil
}

// page puts one query to the driver, once.
func (k *kit) page(q crm.Query) crm.Page {
	k.Helper()
	pages, err := k.Driver.Find(k.Context(), []crm.Query{q})
	if err != nil {
		return crm.Page{Err: err}
	}
	if len(pages) != 1 {
		k.Fatalf("find gave %d pages for one query", len(pages))
	}
	return pages[0]
}

// where is a query by one field.
func where(o crm.Object, field string, values ...string) crm.Query {
	return crm.Query{Object: o, Where: []crm.Cond{{Field: field, Op: crm.OpIn, Values: values}}}
}

// get reads fields of one record by id.
func (k *kit) get(o crm.Object, id string, fields ...string) crm.Fields {
	k.Helper()
	q := where(o, "Id", id)
	q.Select = fields
	rows := k.ask(q)
	if len(rows) != 1 {
		k.Fatalf("%s: found %d records by id, want 1", o, len(rows))
	}
	return rows[0].Fields
}

// tryWrite sends a batch to the driver and wants an answer for each item.
func (k *kit) tryWrite(batch ...crm.Write) []crm.Result {
	k.Helper()
	results, err := k.Driver.Write(k.Context(), batch)
	if err != nil {
		k.Fatalf("write: %v", err)
	}
	if len(results) != len(batch) {
		k.Fatalf("write gave %d results for %d items", len(results), len(batch))
	}
	return results
}

// write sends one item and wants it to succeed.
func (k *kit) write(w crm.Write) crm.Result {
	k.Helper()
	r := k.tryWrite(w)[0]
	if r.Err != nil {
		k.Fatalf("%s %s: %v", w.Verb, w.Object, r.Err)
	}
	if r.ID == "" && w.Verb != crm.VerbUpdate {
		k.Fatalf("%s %s: a result without id", w.Verb, w.Object)
	}
	return r
}

// refuse sends one item and wants an error of a class; it gives the details.
func (k *kit) refuse(w crm.Write, class error) *crm.Error {
	k.Helper()
	r := k.tryWrite(w)[0]
	return k.wantClass(r.Err, class)
}

// wantClass checks the class of an error, and that it carries details.
func (k *kit) wantClass(err, class error) *crm.Error {
	k.Helper()
	if !errors.Is(err, class) {
		k.Fatalf("error is %v, want class %q", err, class)
	}
	var e *crm.Error
	if !errors.As(err, &e) {
		k.Fatalf("error %v is not a *crm.Error", err)
	}
	return e
}

// wantField checks that an error names a field.
func (k *kit) wantField(e *crm.Error, field string) {
	k.Helper()
	if !slices.Contains(e.Fields, field) {
		k.Errorf("the error is about fields %v, want %s among them", e.Fields, field)
	}
}

// count tells how many records have a value.
func (k *kit) count(o crm.Object, field, value string) int {
	k.Helper()
	return len(k.ask(where(o, field, value)))
}

func (k *kit) wantCount(o crm.Object, field, value string, want int) {
	k.Helper()
	if got := k.count(o, field, value); got != want {
		k.Errorf("%d records of %s, want %d", got, o, want)
	}
}

func (k *kit) wantFields(got, want crm.Fields) {
	k.Helper()
	for _, name := range want.Names() {
		if got[name] != want[name] {
			k.Errorf("%s is %q, want %q", name, got[name], want[name])
		}
	}
}

// textField gives a free text field of an object that may be written.
func (k *kit) textField(o crm.Object) string {
	k.Helper()
	s, err := k.Driver.Describe(k.Context(), o)
	if err != nil {
		k.Fatalf("describe %s: %v", o, err)
	}
	for _, f := range s.Fields {
		text := f.Type == crm.TypeText || f.Type == crm.TypeLongText
		roomy := f.Length == 0 || f.Length >= 40
		if text && roomy && f.Creatable && f.Updatable && !f.Required && !f.Unique && !f.ExternalID {
			return f.Name
		}
	}
	k.Skipf("%s has no free text field", o)
	return ""
}

// client gives a Client over a driver that notes its pauses and never sleeps.
func (k *kit) client(d crm.Driver) (*crm.Client, *pauses) {
	p := &pauses{}
	return crm.NewClient(d, &crm.ClientOptions{MaxAttempts: attempts, Sleep: p.sleep}), p
}

// attempts is the patience of the clients in this suite.
const attempts = 4

// pauses notes how long a client would have slept.
type pauses struct{ taken []time.Duration }

func (p *pauses) sleep(ctx context.Context, d time.Duration) error {
	p.taken = append(p.taken, d)
	return ctx.Err()
}

// ids lists the ids of rows.
func ids(rows []crm.Record) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out
}

// sorted gives a sorted copy.
func sorted(list ...string) []string { return slices.Sorted(slices.Values(list)) }

// NoLeak checks that an error's text holds none of the secrets: no credentials,
// no person, no value that was written.
func NoLeak(t testing.TB, err error, secrets ...string) {
	t.Helper()
	if err == nil {
		return
	}
	for _, form := range []string{"%v", "%+v", "%q"} {
		text := strings.ToLower(fmt.Sprintf(form, err))
		for _, s := range secrets {
			if s != "" && strings.Contains(text, strings.ToLower(s)) {
				t.Errorf("the error's text (%s) holds a value that was written (%d characters long)", form, len(s))
			}
		}
	}
}
