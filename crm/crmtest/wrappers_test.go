package crmtest_test

import (
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/crm/memcrm"
)

func newAccount(key crm.Key) crm.Write {
	return crm.Write{Key: key, Verb: crm.VerbCreate, Object: crm.ObjectAccount, Set: crm.Fields{"Name": string(key)}}
}

// TestFaultyKinds says of each kind what the caller hears and what is written.
func TestFaultyKinds(t *testing.T) {
	type heard struct {
		class   error
		results int
		landed  int
	}
	want := map[crmtest.Kind]heard{
		crmtest.Unavailable:       {crm.ErrUnavailable, 0, 0},
		crmtest.LostBeforeLanding: {crm.ErrUnknownOutcome, 0, 0},
		crmtest.LostAfterLanding:  {crm.ErrUnknownOutcome, 0, 3},
		crmtest.HalfLanded:        {crm.ErrUnknownOutcome, 0, 2},
		crmtest.ShortResults:      {nil, 2, 3},
		crmtest.Throttled:         {crm.ErrThrottled, 0, 0},
		crmtest.Quota:             {crm.ErrQuota, 0, 0},
		crmtest.Auth:              {crm.ErrAuth, 0, 0},
		crmtest.Denied:            {crm.ErrDenied, 0, 0},
		crmtest.LockedItem:        {nil, 3, 2},
	}
	for _, kind := range crmtest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			c := memcrm.New(nil)
			d := crmtest.Faulty(c, crmtest.Script{{Call: crmtest.WriteCall, Kind: kind, Item: 1}})
			results, err := d.Write(t.Context(), []crm.Write{newAccount("a"), newAccount("b"), newAccount("c")})
			got := heard{crm.ClassOf(err), len(results), len(c.Records(crm.ObjectAccount))}
			if got != want[kind] {
				t.Errorf("got %+v, want %+v", got, want[kind])
			}
			if kind == crmtest.LockedItem && (crm.ClassOf(results[1].Err) != crm.ErrLocked || !results[2].Created) {
				t.Errorf("results %+v, want the second locked", results)
			}
			if d.Fired() != 1 || d.Calls().Write != 1 {
				t.Errorf("%d faults in %+v, want one", d.Fired(), d.Calls())
			}
		})
	}
}

// TestFaultyScript plays scripts over find, write, describe, look-up and find.
func TestFaultyScript(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault crmtest.Fault
		want  string // one letter a call: f for a failed one
	}{
		{"first of all", crmtest.Fault{Kind: crmtest.Denied}, "f...."},
		{"third of all", crmtest.Fault{N: 3, Kind: crmtest.Denied}, "..f.."},
		{"all from the third", crmtest.Fault{N: 3, Kind: crmtest.Denied, Sticky: true}, "..fff"},
		{"second find", crmtest.Fault{Call: crmtest.FindCall, N: 2, Kind: crmtest.Denied}, "....f"},
		{"every find", crmtest.Fault{Call: crmtest.FindCall, Kind: crmtest.Denied, Sticky: true}, "f...f"},
		{"describe", crmtest.Fault{Call: crmtest.DescribeCall, Kind: crmtest.LostAfterLanding}, "..f.."},
		{"look-up", crmtest.Fault{Call: crmtest.LandedCall, Kind: crmtest.HalfLanded}, "...f."},
		{"what reads do not know", crmtest.Fault{Call: crmtest.FindCall, Kind: crmtest.LockedItem}, "....."},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := crmtest.Faulty(memcrm.New(nil), crmtest.Script{c.fault})
			queries := []crm.Query{{Object: crm.ObjectAccount}}
			var errs [5]error
			_, errs[0] = d.Find(t.Context(), queries)
			_, errs[1] = d.Write(t.Context(), []crm.Write{newAccount("a")})
			_, errs[2] = d.Describe(t.Context(), crm.ObjectAccount)
			_, errs[3] = d.Landed(t.Context(), crm.ObjectAccount, []crm.Key{"a"})
			_, errs[4] = d.Find(t.Context(), queries)
			got := ""
			for _, err := range errs {
				if err != nil {
					got += "f"
				} else {
					got += "."
				}
			}
			if got != c.want || d.Calls().Total() != 5 {
				t.Errorf("got %s in %+v, want %s", got, d.Calls(), c.want)
			}
		})
	}
}

func TestLimitedRefuses(t *testing.T) {
	filled, linked, blank := newAccount("a"), newAccount("a"), newAccount("")
	filled.Fill = crm.Fields{"Name": "x"}
	linked.Link = map[string]crm.Key{"ParentId": "b"}
	move := crm.Write{Verb: crm.VerbUpdate, Object: crm.ObjectAccount, ID: "x"}
	move1, move2 := move, move
	move1.Key, move2.Key = "a", "b"
	query := crm.Query{Object: crm.ObjectAccount}
	wide, empty := query, query
	wide.Where = []crm.Cond{{Field: "Name", Op: crm.OpIn, Values: []string{"a", "b", "c"}}}
	empty.Where = []crm.Cond{{Field: "Name", Op: crm.OpIn}}
	write := func(batch ...crm.Write) func(crm.Driver) error {
		return func(d crm.Driver) error { _, err := d.Write(t.Context(), batch); return err }
	}
	find := func(qs ...crm.Query) func(crm.Driver) error {
		return func(d crm.Driver) error { _, err := d.Find(t.Context(), qs); return err }
	}
	landed := func(keys ...crm.Key) func(crm.Driver) error {
		return func(d crm.Driver) error { _, err := d.Landed(t.Context(), crm.ObjectAccount, keys); return err }
	}
	for _, c := range []struct {
		name string
		call func(crm.Driver) error
		code string
	}{
		{"writes that fit", write(newAccount("a"), newAccount("b")), ""},
		{"too many writes", write(newAccount("a"), newAccount("b"), newAccount("c")), "LIMIT"},
		{"no writes", write(), "CONTRACT"},
		{"a key twice", write(newAccount("a"), newAccount("a")), "CONTRACT"},
		{"no key", write(blank), "CONTRACT"},
		{"a record twice", write(move1, move2), "CONTRACT"},
		{"fill", write(filled), "CONTRACT"},
		{"link", write(linked), "CONTRACT"},
		{"queries that fit", find(query, query), ""},
		{"too many queries", find(query, query, query), "LIMIT"},
		{"too many values", find(wide), "LIMIT"},
		{"an empty filter", find(empty), "CONTRACT"},
		{"keys that fit", landed("a", "b"), ""},
		{"too many keys", landed("a", "b", "c"), "LIMIT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := crmtest.Limited(memcrm.New(nil), crm.Limits{Queries: 2, Values: 2, Writes: 2, Keys: 2})
			err, code := c.call(d), ""
			if e, ok := err.(*crm.Error); ok {
				code = e.Code
			}
			if code != c.code || (err == nil) != (c.code == "") || d.Calls().Total() != 1 {
				t.Errorf("got %v in %+v, want code %q", err, d.Calls(), c.code)
			}
			if broken := d.Broken() == 1; broken != (c.code != "") {
				t.Errorf("%d calls are counted as broken", d.Broken())
			}
		})
	}
	if got := crmtest.Limited(memcrm.New(nil), crmtest.SalesforceLimits()).Limits(); got.Writes != 200 || got.Queries != 5 || got.Rows == 0 {
		t.Errorf("limits %+v, want Salesforce's with the driver's pages", got)
	}
}
