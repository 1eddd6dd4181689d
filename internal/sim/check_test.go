package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// difference compares with a run without faults. Where an operator had to resume
// a move that was parked, later moves of the person were decided without it: then
// the same people must be there, but another record may be the marked one.
func (r *run) difference(clean *run) string {
	marks := r.resumed == 0
	return cmp.Diff(clean.state(marks), r.state(marks))
}

// violations lists everything that does not hold after a run.
func (r *run) violations() []string {
	var bad []string
	fail := func(format string, args ...any) { bad = append(bad, fmt.Sprintf(format, args...)) }
	records := map[string]int{}
	last := map[string]routing.Record{}
	planned := map[crm.Key]bool{}
	credits, people := 0, 0
	created := map[string]int{}
	for record, err := range r.ledger.Records(context.Background(), routing.Filter{}) {
		if err != nil {
			fail("records: %v", err)
			break
		}
		records[record.Key]++
		last[record.Key] = record
		if !record.Status.Terminal() || record.Status == routing.StatusWaiting {
			fail("lost: %s is %s (%s)", record.Key, record.Status, record.Note)
		}
		if record.Plan != nil {
			for _, w := range record.Plan.Writes {
				planned[w.Key] = true
			}
			if record.Plan.Event != nil {
				planned[record.Plan.Event.Key] = true
			}
		}
		credits += record.Outcome.Credits
		switch record.Outcome.What {
		case routing.WhatContact, routing.WhatLead, routing.WhatAccountAndContact:
			people++
			created[record.Outcome.ContactID+record.Outcome.LeadID]++
		}
	}
	for key := range r.accepted {
		if records[key] != 1 {
			fail("accepted %s has %d records", key, records[key])
		}
	}
	if len(records) != len(r.accepted) {
		fail("%d records for %d accepted deliveries", len(records), len(r.accepted))
	}
	if credits != people {
		fail("%d credits for %d people", credits, people)
	}
	for id, n := range created {
		if n != 1 {
			fail("%d records claim to have created %s", n, id)
		}
	}
	bad = append(bad, r.effects(planned, people)...)
	bad = append(bad, r.booked(last)...)
	slices.Sort(bad)
	return bad
}

// effects checks the CRM's own log.
func (r *run) effects(planned map[crm.Key]bool, people int) []string {
	var bad []string
	creates := map[crm.Key]int{}
	made := 0
	for _, e := range r.db.Effects() {
		if e.Key != "" && !planned[e.Key] {
			bad = append(bad, fmt.Sprintf("phantom: %s %s under a key of no plan", e.Verb, e.Object))
		}
		if e.Verb == crm.VerbCreate {
			creates[e.Key]++
			if e.Object == crm.ObjectContact || e.Object == crm.ObjectLead {
				made++
			}
		}
	}
	for key, n := range creates {
		if n != 1 {
			bad = append(bad, fmt.Sprintf("doubled: %d creates under %s", n, key))
		}
	}
	if made != people {
		bad = append(bad, fmt.Sprintf("%d people in the CRM's log, %d in the records", made, people))
	}
	for _, c := range r.db.Records(crm.ObjectContact) {
		if id := c.Fields["AccountId"]; id != "" {
			if _, ok := r.db.Record(id); !ok {
				bad = append(bad, "orphan: a contact without its account")
			}
		}
	}
	names := map[string]int{}
	for _, a := range r.db.Records(crm.ObjectAccount) {
		if names[a.Fields["Name"]]++; names[a.Fields["Name"]] > 1 {
			bad = append(bad, "doubled account "+a.Fields["Name"])
		}
	}
	return bad
}

// state is what the CRM holds in the end, without ids, owners and times. With
// marks it tells who has left.
func (r *run) state(marks bool) string {
	var lines []string
	account := map[string]string{}
	for _, a := range r.db.Records(crm.ObjectAccount) {
		account[a.ID] = a.Fields["Name"]
		lines = append(lines, "account "+a.Fields["Name"])
	}
	for _, o := range []crm.Object{crm.ObjectContact, crm.ObjectLead} {
		for _, p := range r.db.Records(o) {
			f := p.Fields
			lines = append(lines, fmt.Sprintf("%s %s %s at %s%s left=%t", o, f["FirstName"], f["LastName"],
				account[f["AccountId"]], f["Company"], marks && crm.IsTrue(f["Left_Company__c"])))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
