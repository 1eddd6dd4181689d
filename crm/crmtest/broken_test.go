package crmtest_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/crm/memcrm"
)

// broken is a driver with one fault built in: it changes what goes in or what
// comes out.
type broken struct {
	crm.Driver
	queries func([]crm.Query)
	pages   func([]crm.Page)
	batch   func([]crm.Write)
	results func([]crm.Result) []crm.Result
	landed  func(map[crm.Key]string)
}

func (b *broken) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	qs = slices.Clone(qs)
	if b.queries != nil {
		b.queries(qs)
	}
	pages, err := b.Driver.Find(ctx, qs)
	if b.pages != nil {
		b.pages(pages)
	}
	return pages, err
}

func (b *broken) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	batch = slices.Clone(batch)
	if b.batch != nil {
		b.batch(batch)
	}
	results, err := b.Driver.Write(ctx, batch)
	if b.results != nil {
		results = b.results(results)
	}
	return results, err
}

func (b *broken) Landed(ctx context.Context, o crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
	found, err := b.Driver.Landed(ctx, o, keys)
	if b.landed != nil {
		b.landed(found)
	}
	return found, err
}

// reclass gives the errors of one class another.
func reclass(from, to error) func([]crm.Result) []crm.Result {
	return func(results []crm.Result) []crm.Result {
		for i, r := range results {
			if crm.ClassOf(r.Err) == from {
				results[i].Err = &crm.Error{Op: "write", Class: to}
			}
		}
		return results
	}
}

// faults are drivers that the suite must refuse.
func faults() map[string]broken {
	serial := byte('a')
	return map[string]broken{
		"a result too few": {results: func(r []crm.Result) []crm.Result { return r[:len(r)-1] }},
		"keys that are not kept": {batch: func(batch []crm.Write) {
			for i := range batch {
				batch[i].Key += crm.Key(serial)
				serial++
			}
		}},
		"hidden taken for deleted":         {results: reclass(crm.ErrNotVisible, crm.ErrStale)},
		"an inactive owner merely invalid": {results: reclass(crm.ErrInactiveOwner, crm.ErrInvalid)},
		"a person in an error": {results: func(results []crm.Result) []crm.Result {
			for i, r := range results {
				if r.Err != nil {
					results[i].Err = &crm.Error{Op: "write", Class: crm.ClassOf(r.Err), Code: "value Canary-Kovacs"}
				}
			}
			return results
		}},
		"a look-up that lags": {landed: func(found map[crm.Key]string) { clear(found) }},
		"an empty filter that means all": {queries: func(qs []crm.Query) {
			for i, q := range qs {
				qs[i].Where = slices.DeleteFunc(slices.Clone(q.Where), func(c crm.Cond) bool { return len(c.Values) == 0 })
			}
		}},
		"answers in another order": {pages: slices.Reverse[[]crm.Page]},
		"pages without a next":     {pages: func(pages []crm.Page) { pages[0].Next = "" }},
		"versions that are ignored": {batch: func(batch []crm.Write) {
			for i := range batch {
				batch[i].If = ""
			}
		}},
		"deleted records for everybody": {queries: func(qs []crm.Query) {
			for i := range qs {
				qs[i].Deleted = true
			}
		}},
		"duplicates merely invalid": {results: reclass(crm.ErrDuplicate, crm.ErrInvalid)},
	}
}

const faultVariable = "CRMTEST_FAULT"

// TestSuiteOnAFault is run by TestSuiteRefuses in a process of its own.
func TestSuiteOnAFault(t *testing.T) {
	if os.Getenv(faultVariable) == leakyFault {
		crmtest.Run(t, readOnly(true))
		return
	}
	fault, ok := faults()[os.Getenv(faultVariable)]
	if !ok {
		t.Skip("no fault is asked for")
	}
	crmtest.Run(t, func(t *testing.T) crmtest.Harness {
		c := memcrm.New(&memcrm.Options{PageRows: 3})
		driver := fault
		driver.Driver = c
		return crmtest.Harness{
			Driver: &driver, Names: c.Names(), Seed: seeder(c),
			Delete: c.Delete, Merge: c.Merge, Convert: c.Convert, Hide: c.Hide, Edit: c.Edit, Lock: c.Lock,
			AddDuplicateRule: func(r crmtest.DuplicateRule) { c.AddDuplicateRule(memcrm.DuplicateRule(r)) },
		}
	})
}

// refusing is a driver of a CRM in which nothing is created. With leaky it says so
// and creates all the same.
type refusing struct {
	crm.Driver
	leaky bool
}

func (r refusing) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	results := make([]crm.Result, len(batch))
	for i, w := range batch {
		if w.Verb == crm.VerbUpdate || r.leaky {
			done, err := r.Driver.Write(ctx, []crm.Write{w})
			if err != nil {
				return nil, err
			}
			results[i] = done[0]
		}
		if w.Verb != crm.VerbUpdate {
			results[i] = crm.Result{Err: &crm.Error{Op: "write", Object: w.Object, Key: w.Key, Class: crm.ErrInvalid, Code: "READ_ONLY"}}
		}
	}
	return results, nil
}

func readOnly(leaky bool) func(t *testing.T) crmtest.Harness {
	return func(*testing.T) crmtest.Harness {
		c := memcrm.New(&memcrm.Options{PageRows: 3})
		return crmtest.Harness{
			Driver: refusing{c, leaky}, Names: c.Names(), Seed: seeder(c), Lacks: []crmtest.Lack{crmtest.LacksCreates},
			Delete: c.Delete, Merge: c.Merge, Convert: c.Convert, Hide: c.Hide, Edit: c.Edit, Lock: c.Lock,
		}
	}
}

// TestReadingPart: a driver that refuses creates passes what is left of the suite.
func TestReadingPart(t *testing.T) { crmtest.Run(t, readOnly(false)) }

// leakyFault names the fault of a driver that refuses creates after making them.
const leakyFault = "creates that are made and refused"

func seeder(c *memcrm.CRM) func(...crm.Record) ([]string, error) {
	return func(records ...crm.Record) ([]string, error) {
		err := c.Put(records...)
		ids := make([]string, len(records))
		for i, r := range records {
			ids[i] = r.ID
		}
		return ids, err
	}
}

// TestSuiteRefuses: a suite that passes whatever it is given is worth nothing.
func TestSuiteRefuses(t *testing.T) {
	if os.Getenv(faultVariable) != "" {
		t.Skip("one process is enough")
	}
	names := append(slices.Collect(maps.Keys(faults())), leakyFault)
	slices.Sort(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSuiteOnAFault$", "-test.failfast")
			cmd.Env = append(os.Environ(), faultVariable+"="+name)
			if out, err := cmd.CombinedOutput(); err == nil {
				t.Errorf("the suite passed a driver with a fault:\n%s", out)
			}
		})
	}
}
