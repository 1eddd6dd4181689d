package chaos

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
)

// ending is what a sender knows of one attempt to deliver.
type ending string

const (
	endOK   ending = "ok"   // it was answered that it is accepted
	endFail ending = "fail" // it was answered that it is not
	endInfo ending = "info" // nobody knows: no answer was seen
)

// attempt is one line of a sender's log.
type attempt struct {
	Key string
	End ending
	// Receipt is what the answer named the delivery, "" when there was none.
	Receipt string
}

// history is everything that is left of a run.
type history struct {
	// Attempts are the senders' logs, Records the ledger after everything was
	// worked on, Notices the ids of those that arrived.
	Attempts []attempt
	Records  []routing.Record
	Notices  []string
	// Effects is the CRM's own log, CRM what it holds; Gone are records that were
	// taken away by other people.
	Effects []memcrm.Effect
	CRM     []crm.Record
	Gone    map[string]bool
	// Booked are the credits of each delivery; nil where nobody books them.
	Booked map[string]int
	// State is the CRM as text, without ids; Model what a run without trouble
	// gives. Both empty means that this is not compared.
	State, Model string
}

// violation is one thing that does not hold.
type violation struct{ Equation, Text string }

// The equations.
const (
	eqLost     = "lost"
	eqOnce     = "once"
	eqDoubled  = "doubled"
	eqMissing  = "missing"
	eqPhantom  = "phantom"
	eqOrphan   = "orphan"
	eqCredits  = "credits"
	eqBooked   = "booked credits"
	eqReceipt  = "first receipt"
	eqNotice   = "notice"
	eqAccounts = "one account"
	eqDRI      = "responsible"
	eqState    = "state"
)

// checker goes through one history.
type checker struct {
	h      history
	out    []violation
	ends   map[string]map[ending]bool
	byKey  map[string][]routing.Record
	writes map[crm.Key]bool
	// touched are the records that plans and receipts name: on the wire an update
	// carries no key.
	touched map[string]bool
}

// check lists what does not hold in a history, sorted.
func check(h history) []violation {
	c := &checker{h: h, ends: map[string]map[ending]bool{}, byKey: map[string][]routing.Record{}, writes: map[crm.Key]bool{}, touched: map[string]bool{}}
	for _, r := range h.Records {
		c.byKey[r.Key] = append(c.byKey[r.Key], r)
		c.plans(r)
	}
	c.senders()
	c.records()
	c.effects()
	c.parents()
	c.accounts()
	c.notices()
	c.booked()
	if h.State != h.Model {
		c.fail(eqState, "%s", cmp.Diff(strings.Split(h.Model, "\n"), strings.Split(h.State, "\n")))
	}
	slices.SortFunc(c.out, func(a, b violation) int { return strings.Compare(a.Equation+a.Text, b.Equation+b.Text) })
	return c.out
}

// plans notes what a record says that was to be written: by its plan, or by one
// that was overtaken in the middle, of which the receipts are left.
func (c *checker) plans(r routing.Record) {
	for _, receipt := range r.Receipts {
		c.writes[receipt.Key], c.touched[receipt.ID] = true, true
	}
	if r.Plan == nil {
		return
	}
	for _, w := range r.Plan.Effects() {
		c.writes[w.Key], c.touched[w.ID] = true, true
	}
	if r.Plan.Event != nil {
		c.writes[r.Plan.Event.Key] = true
	}
}

func (c *checker) fail(equation, format string, args ...any) {
	c.out = append(c.out, violation{equation, fmt.Sprintf(format, args...)})
}

// senders compares what was answered with what the ledger holds.
func (c *checker) senders() {
	receipts := map[string]string{}
	for _, a := range c.h.Attempts {
		if c.ends[a.Key] == nil {
			c.ends[a.Key] = map[ending]bool{}
		}
		c.ends[a.Key][a.End] = true
		if a.End != endOK {
			continue
		}
		if first, ok := receipts[a.Key]; ok && first != a.Receipt {
			c.fail(eqReceipt, "%s was answered %q and %q", a.Key, first, a.Receipt)
		}
		receipts[a.Key] = a.Receipt
	}
	for key, ends := range c.ends {
		switch n := len(c.byKey[key]); {
		case ends[endOK] && n == 0:
			c.fail(eqLost, "%s was accepted and is not there", key)
		case n > 1:
			c.fail(eqOnce, "%s has %d records", key, n)
		case n == 1 && !ends[endOK] && !ends[endInfo]:
			c.fail(eqPhantom, "%s was refused and is there", key)
		}
	}
}

// records looks at each record alone: it has ended, and its credit is right.
func (c *checker) records() {
	for _, r := range c.h.Records {
		switch {
		case c.ends[r.Key] == nil:
			c.fail(eqPhantom, "%s was never sent", r.Key)
		case !r.Status.Terminal():
			c.fail(eqLost, "%s is %s: %s", r.Key, r.Status, r.Note)
		case r.Status == routing.StatusWaiting && r.Due.IsZero():
			c.fail(eqLost, "%s waits for no day", r.Key)
		case r.Outcome.Reason == "":
			c.fail(eqLost, "%s ended without a reason", r.Key)
		}
		for i := 1; i < len(r.DRI); i++ {
			if a, b := r.DRI[i-1], r.DRI[i]; cmp.Equal(a.Assignments, b.Assignments) && cmp.Equal(a.Written, b.Written) {
				c.fail(eqDRI, "%s has a change of its responsible people that changed nothing", r.Key)
			}
		}
		want := 0
		if makesPerson(r.Outcome.What) {
			want = 1
		}
		if r.Outcome.Credits != want {
			c.fail(eqCredits, "%s: %d credits for %s", r.Key, r.Outcome.Credits, r.Outcome.What)
		}
	}
}

func makesPerson(w routing.What) bool {
	return w == routing.WhatContact || w == routing.WhatLead || w == routing.WhatAccountAndContact
}

// effects compares the CRM's own log with the plans.
func (c *checker) effects() {
	creates := map[crm.Key]int{}
	made := map[string]bool{}
	for _, e := range c.h.Effects {
		update := e.Verb == crm.VerbUpdate
		if !update {
			creates[e.Key]++
			made[e.ID] = true
		}
		known := c.writes[e.Key] || update && e.Key == "" && c.touched[e.ID] || update && e.Object == crm.ObjectJobChange && made[e.ID]
		if !known {
			c.fail(eqPhantom, "%s %s under a key of no plan", e.Verb, e.Object)
		}
	}
	for key, n := range creates {
		if n > 1 {
			c.fail(eqDoubled, "%d creates under %s", n, key)
		}
	}
	people := 0
	for _, e := range c.h.Effects {
		if e.Verb == crm.VerbCreate && (e.Object == crm.ObjectContact || e.Object == crm.ObjectLead) {
			people++
		}
	}
	credits := 0
	for _, r := range c.h.Records {
		credits += r.Outcome.Credits
		c.planned(r, creates)
	}
	if credits != people {
		c.fail(eqCredits, "%d credits for %d people in the CRM's log", credits, people)
	}
}

// planned wants an effect for each create of a plan that was carried out.
func (c *checker) planned(r routing.Record, creates map[crm.Key]int) {
	if r.Plan == nil || r.Status != routing.StatusDone || r.Plan.Mode != routing.ModeLive || r.Outcome.What != r.Plan.What {
		return
	}
	for _, w := range r.Plan.Effects() {
		if w.Verb == crm.VerbCreate && creates[w.Key] == 0 {
			c.fail(eqMissing, "%s is done, and its %s was never made", r.Key, w.Object)
		}
	}
}

// parents wants what a record points at.
func (c *checker) parents() {
	there := map[string]bool{}
	for _, r := range c.h.CRM {
		there[r.ID] = true
	}
	for _, r := range c.h.CRM {
		if id := r.Fields["AccountId"]; id != "" && !there[id] {
			c.fail(eqOrphan, "%s %s without its account", r.Object, r.ID)
		}
	}
	for _, r := range c.h.Records {
		for _, id := range []string{r.Outcome.ContactID, r.Outcome.LeadID, r.Outcome.EventRecordID} {
			if id != "" && !there[id] && !c.h.Gone[id] {
				c.fail(eqOrphan, "%s names the record %s, which is not there", r.Key, id)
			}
		}
	}
}

// accounts wants one account for a name.
func (c *checker) accounts() {
	names := map[string]int{}
	for _, r := range c.h.CRM {
		if r.Object == crm.ObjectAccount {
			if names[r.Fields["Name"]]++; names[r.Fields["Name"]] == 2 {
				c.fail(eqAccounts, "two accounts of one name, %s is one", r.ID)
			}
		}
	}
}

// notices wants everyone told who is to be told: at least once, under the id of
// the notice, and nobody else.
func (c *checker) notices() {
	sent := map[string]bool{}
	for _, id := range c.h.Notices {
		sent[id] = true
	}
	planned := map[string]bool{}
	for _, r := range c.h.Records {
		if r.Plan == nil {
			continue
		}
		for _, n := range r.Plan.Notices {
			planned[n.ID] = true
			if r.Plan.Mode == routing.ModeLive && r.Status == routing.StatusDone && !sent[n.ID] {
				c.fail(eqNotice, "%s is done, and nobody was told of %s", r.Key, n.ID)
			}
		}
	}
	for _, id := range c.h.Notices {
		if !planned[id] {
			c.fail(eqNotice, "a notice of no plan was sent")
		}
	}
}

// readLedger lists all records.
func readLedger(tb testing.TB, l routing.Ledger) []routing.Record {
	tb.Helper()
	var out []routing.Record
	for r, err := range l.Records(context.Background(), routing.Filter{}) {
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// wantHolds fails the test with the first things that do not hold.
func wantHolds(tb testing.TB, h history) {
	tb.Helper()
	bad := check(h)
	count := map[string]int{}
	for _, v := range bad {
		if count[v.Equation]++; count[v.Equation] <= 5 {
			tb.Errorf("%s: %s", v.Equation, v.Text)
		}
	}
	if len(bad) > 0 {
		tb.Errorf("%d violations: %v", len(bad), count)
	}
}
