package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// directory remembers the names of accounts, users and queues that people read
// in results. For a CRM in memory it is nil: nothing has to be asked for.
type directory struct {
	client *crm.Client
	known  map[string]crm.Record
}

func newDirectory(c *crm.Client) *directory {
	return &directory{client: c, known: map[string]crm.Record{}}
}

// Record gives a record that was met before.
func (d *directory) Record(id string) (crm.Record, bool) {
	r, ok := d.known[id]
	return r, ok
}

// meet asks for the names that plans mention, in one call. What cannot be read
// stays without a name: that is no reason to fail.
func (d *directory) meet(ctx context.Context, plans []routing.Plan) {
	if d == nil {
		return
	}
	wanted := map[crm.Object]map[string]bool{}
	for _, p := range plans {
		for _, id := range mentioned(p) {
			o := objectNamed(id)
			if _, ok := d.known[id]; ok || o == "" {
				continue
			}
			if wanted[o] == nil {
				wanted[o] = map[string]bool{}
			}
			wanted[o][id] = true
		}
	}
	var qs []crm.Query
	for _, o := range crm.Objects() {
		if ids := slices.Sorted(maps.Keys(wanted[o])); len(ids) > 0 {
			qs = append(qs, crm.Query{Object: o, Select: []string{"Name"}, Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: ids}}})
		}
	}
	if len(qs) == 0 {
		return
	}
	found, err := d.client.Find(ctx, qs)
	if err != nil {
		return
	}
	for _, r := range slices.Concat(found...) {
		d.known[r.ID] = r
	}
}

// mentioned are the ids in a plan that results show by name.
func mentioned(p routing.Plan) []string {
	ids := []string{p.AccountID, p.PastAccountID, p.Owner.UserID, p.Owner.QueueID}
	for _, a := range append(p.DRI, p.Owner) {
		ids = append(ids, a.UserID, a.QueueID, a.ManagerID)
		for _, step := range a.Steps {
			ids = append(ids, step.UserID)
		}
	}
	return ids
}

// objectNamed tells an object by an id's prefix, for those that have names to
// show.
func objectNamed(id string) crm.Object {
	for prefix, o := range map[string]crm.Object{"001": crm.ObjectAccount, "005": crm.ObjectUser, "00G": crm.ObjectGroup} {
		if strings.HasPrefix(id, prefix) {
			return o
		}
	}
	return ""
}

// storiesOf are the plans of records, accounts that were created included.
func storiesOf(records []routing.Record) []routing.Plan {
	var out []routing.Plan
	for _, r := range records {
		if r.Plan != nil {
			p := *r.Plan
			if r.Outcome.AccountID != "" {
				p.AccountID = r.Outcome.AccountID
			}
			out = append(out, p)
		}
	}
	return out
}
