package routing_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
)

// want is everything worth looking at after the scenario: the decisions, who
// hears of them, and what stands in the records that were written. Confidences,
// keys, hashes and long texts are left out.
func (w *world) want() string {
	var b strings.Builder
	for i, key := range w.keys {
		w.wantEvent(&b, i, w.record(key))
	}
	ns, err := w.ledger.Notices(w.t.Context(), 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	slices.SortStableFunc(ns, func(a, b routing.Notice) int { return cmp.Compare(a.Delivery, b.Delivery) })
	for _, n := range ns {
		fmt.Fprintf(&b, "notice to %s%s of %s: %s at %s, %s\n", w.label(n.UserID), n.Queue, n.Delivery,
			strings.Join(texts(n.Scenarios), " "), w.label(n.AccountID), n.Reason)
	}
	for _, d := range w.replays {
		fmt.Fprintf(&b, "replay of %s: %s %s %s, now %s %s %s\n", d.Key, d.Was.Status, d.Was.What, d.Was.Reason, d.Now.Status, d.Now.What, d.Now.Reason)
	}
	w.wantRecords(&b)
	return b.String()
}

func (w *world) wantEvent(b *strings.Builder, i int, r routing.Record) {
	p, o := r.Plan, r.Outcome
	if p == nil {
		plan, ok := w.plans[i]
		if !ok {
			fmt.Fprintf(b, "event %d: %s %s %s\n", i+1, r.Status, o.What, o.Reason)
			return
		}
		p, o = &plan, routing.Outcome{Status: plan.Status, What: plan.What, Reason: plan.Reason, Credits: plan.Credits, AccountID: plan.AccountID}
		fmt.Fprintf(b, "planned ")
	}
	fmt.Fprintf(b, "event %d: %s %s %s, credits %d\n", i+1, o.Status, o.What, o.Reason, o.Credits)
	w.wantLine(b, "kind", string(p.Kind), p.Relationship, strings.Join(texts(p.Flags), " "))
	w.wantLine(b, "ids", w.label(o.ContactID), w.label(o.LeadID), w.label(o.AccountID), w.label(o.EventRecordID))
	w.wantLine(b, "past", w.label(o.PastID), w.label(p.PastAccountID))
	w.wantLine(b, "account", string(p.Account.Verdict), w.label(p.Account.ID), string(p.Account.Tier), string(p.Account.Decisive))
	w.wantLine(b, "person", string(p.Person.Verdict), w.label(p.Person.ID), string(p.Person.Rule), string(p.Person.Decisive))
	w.wantLine(b, "owner", w.who(p.Owner))
	for _, a := range p.DRI {
		w.wantLine(b, "dri "+string(a.Scenario), string(a.Class), w.who(a))
	}
	if p.Configuration != "" || r.Facts != nil && len(r.Facts.Watched) > 0 {
		w.wantLine(b, "signal", string(p.Signal), p.Persona, p.Configuration)
	}
	for _, a := range o.Actions {
		why := a.Error
		if a.Status == routing.ActionFailed {
			why = "" // its words differ from CRM to CRM
		}
		w.wantLine(b, string(a.Kind), string(a.Status), w.label(a.To), w.label(a.ID), why)
	}
	if !p.Due.IsZero() {
		w.wantLine(b, "due", crm.FormatDate(p.Due))
	}
	if o.First != "" {
		w.wantLine(b, "first", o.First)
	}
	w.wantLine(b, "refused", o.Error != "", w.allLabels(o.Matches))
}

func (w *world) who(a dri.Assignment) string {
	if a.Reason == "" {
		return ""
	}
	who := w.label(a.UserID) + w.label(a.QueueID)
	if who == "" {
		who = "nobody"
	}
	return who + " by " + string(a.Reason)
}

// wantLine writes a line of values, unless all are blank.
func (w *world) wantLine(b *strings.Builder, name string, values ...any) {
	var out []string
	for _, v := range values {
		if s := fmt.Sprint(v); s != "" && s != "false" && s != "[]" {
			out = append(out, s)
		}
	}
	if len(out) > 0 {
		fmt.Fprintf(b, "  %s: %s\n", name, strings.Join(out, ", "))
	}
}

// unseen are the fields whose values are hashes, numbers or long texts.
var unseen = []string{
	"Explanation__c", "Config_Version__c", "Decision_Id__c", "Onward_Key__c", "External_Id__c", "Account_Confidence__c",
	"Name",
}

// wantRecords lists what landed: each record with its final values.
func (w *world) wantRecords(b *strings.Builder) {
	type touched struct {
		object crm.Object
		label  string
		id     string
		verbs  []string
		fields []string
	}
	byID := map[string]*touched{}
	var all []*touched
	for _, e := range w.db.Effects() {
		x := byID[e.ID]
		if x == nil {
			x = &touched{object: e.Object, label: w.label(e.ID), id: e.ID}
			byID[e.ID] = x
			all = append(all, x)
		}
		x.verbs = append(x.verbs, string(e.Verb))
		x.fields = append(x.fields, e.Fields...)
	}
	slices.SortFunc(all, func(x, y *touched) int {
		return cmp.Or(
			cmp.Compare(slices.Index(crm.Objects(), x.object), slices.Index(crm.Objects(), y.object)),
			cmp.Compare(len(x.label), len(y.label)), strings.Compare(x.label, y.label))
	})
	for _, x := range all {
		fmt.Fprintf(b, "%s %s: %s\n", x.object, x.label, strings.Join(x.verbs, " "))
		slices.Sort(x.fields)
		r, _ := w.db.Record(x.id)
		for _, f := range slices.Compact(x.fields) {
			if !slices.Contains(unseen, f) || f == "Name" && x.object == crm.ObjectAccount {
				fmt.Fprintf(b, "  %s = %s\n", f, w.label(r.Fields[f]))
			}
		}
	}
}
