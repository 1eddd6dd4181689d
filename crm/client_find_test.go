package crm_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
)

func byName(values ...string) crm.Query {
	return crm.Query{Object: crm.ObjectAccount, Where: []crm.Cond{{Field: "Name", Op: crm.OpIn, Values: values}}}
}

// TestFindPacks looks at the calls: five queries a call, cut ones and later
// pages in the same calls as others.
func TestFindPacks(t *testing.T) {
	d := &stub{limits: crm.Limits{Queries: 2, Values: 2}, find: func(qs []crm.Query) ([]crm.Page, error) {
		pages := make([]crm.Page, len(qs))
		for i, q := range qs {
			for _, v := range q.Where[0].Values {
				pages[i].Records = append(pages[i].Records, crm.Record{ID: v + q.Cursor})
			}
			if q.Cursor == "" && q.Where[0].Values[0] == "a" {
				pages[i].Next = "2"
			}
		}
		return pages, nil
	}}
	c, _ := newClient(d)
	found, err := c.Find(t.Context(), []crm.Query{byName("a", "c", "b", "a"), byName("x"), byName("y")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, rows := range found {
		for _, r := range rows {
			got = append(got, r.ID)
		}
	}
	if want := []string{"a", "a2", "b", "c", "c2", "x", "y"}; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	var sizes []int
	for _, qs := range d.queries {
		sizes = append(sizes, len(qs))
	}
	if !slices.Equal(sizes, []int{2, 2, 1}) {
		t.Errorf("calls of %v queries, want 2, 2, 1", sizes)
	}
	if second := d.queries[0][1].Where[0].Values; !slices.Equal(second, []string{"b"}) {
		t.Errorf("the second part asks for %v, want the values that are new", second)
	}
}

func TestFindCutsEveryList(t *testing.T) {
	d := &stub{limits: crm.Limits{Values: 2}}
	c, _ := newClient(d)
	q := byName("a", "b", "c")
	q.Where = append(q.Where, crm.Cond{Field: "Type", Op: crm.OpIn, Values: []string{"x", "y", "z"}})
	if _, err := c.Find(t.Context(), []crm.Query{q}); err != nil {
		t.Fatal(err)
	}
	pairs := map[string]int{}
	for _, q := range d.queries[0] {
		for _, a := range q.Where[0].Values {
			for _, b := range q.Where[1].Values {
				pairs[a+b]++
			}
		}
	}
	if len(d.queries[0]) != 4 || len(pairs) != 9 {
		t.Errorf("%d queries ask for %v, want four for nine pairs", len(d.queries[0]), pairs)
	}
	q.Cursor = "2"
	if _, err := c.Find(t.Context(), []crm.Query{q}); crm.ClassOf(err) != crm.ErrInvalid {
		t.Errorf("a cursor of a query that must be cut: %v, want %v", err, crm.ErrInvalid)
	}
	for _, err := range c.All(t.Context(), q) {
		if crm.ClassOf(err) != crm.ErrInvalid {
			t.Errorf("a cursor of a query that must be cut: %v, want %v", err, crm.ErrInvalid)
		}
	}
	if calls := len(d.queries); calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
}

// TestCR02FindCutsByLength: a list is cut where its values, encoded, reach the
// length that a condition may have; one that is too long alone goes alone.
func TestCR02FindCutsByLength(t *testing.T) {
	d := &stub{limits: crm.Limits{Values: 4, ValueBytes: 24}}
	c, _ := newClient(d)
	values := []string{"a", "b", "c", "d", "'", "é", strings.Repeat("x", 50), "e"}
	if _, err := c.Find(t.Context(), []crm.Query{byName(values...)}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, q := range d.queries[0] {
		got = append(got, strings.Join(q.Where[0].Values, " "))
	}
	// a, b and c cost 7 each; ' is %27 and costs 9; é is %C3%A9 and costs 12.
	want := []string{"a b c", "d '", "é", strings.Repeat("x", 50), "e"}
	if !slices.Equal(got, want) {
		t.Errorf("lists %q, want %q", got, want)
	}
}

// TestFindStopsAtARepeatedCursor: a page that names itself as the next would be
// read for ever.
func TestFindStopsAtARepeatedCursor(t *testing.T) {
	for _, cursors := range [][]string{{"1", "1"}, {"1", "2", "1"}} {
		calls := 0
		d := &stub{find: func([]crm.Query) ([]crm.Page, error) {
			calls++
			return []crm.Page{{Records: []crm.Record{{ID: "a"}}, Next: cursors[(calls-1)%len(cursors)]}}, nil
		}}
		c, _ := newClient(d)
		if _, err := c.Find(t.Context(), []crm.Query{byName("a")}); crm.ClassOf(err) != crm.ErrInvalid {
			t.Errorf("cursors %v: %v after %d calls, want %v", cursors, err, calls, crm.ErrInvalid)
		}
		var last error
		for _, err := range c.All(t.Context(), byName("a")) {
			last = err
		}
		if crm.ClassOf(last) != crm.ErrInvalid {
			t.Errorf("All, cursors %v: %v", cursors, last)
		}
	}
}

func TestFindRepeatsOneQuery(t *testing.T) {
	calls := 0
	d := &stub{find: func(qs []crm.Query) ([]crm.Page, error) {
		calls++
		pages := make([]crm.Page, len(qs))
		for i, q := range qs {
			pages[i].Records = []crm.Record{{ID: q.Where[0].Values[0]}}
			if calls == 1 && i == 1 {
				pages[i] = crm.Page{Err: &crm.Error{Op: "find", Class: crm.ErrUnavailable, Code: "QUERY_TIMEOUT"}}
			}
		}
		return pages, nil
	}}
	c, slept := newClient(d)
	found, err := c.Find(t.Context(), []crm.Query{byName("a"), byName("b"), byName("c")})
	if err != nil || len(found[1]) != 1 || found[1][0].ID != "b" || found[2][0].ID != "c" {
		t.Errorf("found %v, %v", found, err)
	}
	if calls != 2 || len(d.queries[1]) != 1 || len(*slept) != 1 {
		t.Errorf("%d calls, want the one query alone asked again after a pause", calls)
	}
}

func TestFindDoesNotRepeatForEver(t *testing.T) {
	d := &stub{}
	d.find = func(qs []crm.Query) ([]crm.Page, error) {
		if len(d.queries) > 10 {
			t.Fatal("there is no end to it")
		}
		return []crm.Page{{Err: &crm.Error{Op: "find", Class: crm.ErrUnavailable}}}, nil
	}
	c, _ := newClient(d)
	if _, err := c.Find(t.Context(), []crm.Query{byName("a")}); crm.ClassOf(err) != crm.ErrUnavailable || len(d.queries) != 3 {
		t.Errorf("%v after %d calls, want %v after 3", err, len(d.queries), crm.ErrUnavailable)
	}
}

func TestFindTellsNoTextOfACause(t *testing.T) {
	cause := errors.New("dial tcp: secret@ann.lee")
	d := &stub{find: func([]crm.Query) ([]crm.Page, error) { return nil, cause }}
	c, _ := newClient(d)
	_, err := c.Find(t.Context(), []crm.Query{byName("a")})
	if crm.ClassOf(err) != crm.ErrUnavailable || !errors.Is(err, cause) {
		t.Errorf("got %v, want an unclassed error taken for %v", err, crm.ErrUnavailable)
	}
	if strings.Contains(fmt.Sprintf("%+v", err), "secret") {
		t.Errorf("the error tells its cause: %v", err)
	}
	if n := len(d.queries); n != 3 {
		t.Errorf("%d calls, want 3", n)
	}
	n := 0
	for r, err := range c.All(t.Context(), byName("a")) {
		n++
		if crm.ClassOf(err) != crm.ErrUnavailable || r.ID != "" {
			t.Errorf("All gives %v, %v", r, err)
		}
	}
	if n != 1 || len(d.queries) != 6 {
		t.Errorf("All: %d errors after %d calls, want 1 after 3 more", n, len(d.queries))
	}
}

func TestAllStopsWhenTheReaderDoes(t *testing.T) {
	d := &stub{limits: crm.Limits{Values: 1}, find: func(qs []crm.Query) ([]crm.Page, error) {
		page := crm.Page{Records: []crm.Record{{ID: "1"}, {ID: "2"}}}
		if qs[0].Cursor == "" {
			page.Next = "more"
		}
		return []crm.Page{page}, nil
	}}
	c, _ := newClient(d)
	for range c.All(t.Context(), byName("a", "b")) {
		break
	}
	if len(d.queries) != 1 {
		t.Errorf("%d calls for a reader of one row, want 1", len(d.queries))
	}
	rows := 0
	for range c.All(t.Context(), byName("a", "b")) {
		rows++
	}
	if rows != 2 || len(d.queries) != 5 {
		t.Errorf("%d rows after %d calls, want each of 2 once after 4 pages", rows, len(d.queries)-1)
	}
}

// TestFindWaitsOnceForAllThatFailed: queries that fail together are likely to
// have one cause, and must not add up their pauses.
func TestFindWaitsOnceForAllThatFailed(t *testing.T) {
	d := &stub{limits: crm.Limits{Queries: 10}, find: func(qs []crm.Query) ([]crm.Page, error) {
		pages := make([]crm.Page, len(qs))
		for i := range pages {
			pages[i].Err = &crm.Error{Op: "find", Class: crm.ErrUnavailable}
		}
		return pages, nil
	}}
	c, waits := newClient(d)
	var qs []crm.Query
	for i := range 10 {
		qs = append(qs, byName(fmt.Sprint(i)))
	}
	if _, err := c.Find(t.Context(), qs); !errors.Is(err, crm.ErrUnavailable) {
		t.Errorf("error %v", err)
	}
	if calls := len(d.queries); calls != 3 || len(*waits) != 2 {
		t.Errorf("%d calls with %d pauses, want 3 with 2", calls, len(*waits))
	}
}

// TestHurriedCallersAreToldOfOutages: a query is tried twice for them, and a moment's
// trouble still passes unnoticed.
func TestHurriedCallersAreToldOfOutages(t *testing.T) {
	for troubles, want := range map[int]int{1: 2, 9: 2} {
		calls := 0
		d := &stub{find: func([]crm.Query) ([]crm.Page, error) {
			if calls++; calls <= troubles {
				return nil, &crm.Error{Op: "find", Class: crm.ErrUnavailable}
			}
			return make([]crm.Page, 1), nil
		}}
		c := crm.NewClient(d, &crm.ClientOptions{Sleep: func(context.Context, time.Duration) error { return nil }})
		_, err := c.Find(crm.Hurried(t.Context()), []crm.Query{{Object: crm.ObjectLead}})
		if calls != want || (err != nil) != (troubles > 1) {
			t.Errorf("%d troubles: %d calls, %v", troubles, calls, err)
		}
	}
}
