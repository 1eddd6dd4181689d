package salesforce

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/onward-crm/onward/crm"
)

// TrialOptions tune a trial. The zero value is fine.
type TrialOptions struct {
	// Force allows a trial in an org that is no sandbox. Nothing stays there
	// either, but the org's own automation may call out before it is rolled back.
	Force bool
	// Set are the values that are given to new records beside the trial's own, by
	// object: those that the org requires.
	Set map[crm.Object]crm.Fields
}

// trialFault is a field that no org has: the node that writes it must fail.
const trialFault = "Onward_Trial_Must_Fail__c"

// trialLast names the node that must fail; the others are named by their object.
const trialLast = "rollback"

// Trial writes an account, a contact, a lead and an event record in one graph
// whose last node must fail, so that validation rules, triggers and duplicate
// rules run and everything is rolled back. It tells node by node what a real
// write would meet, and then looks whether anything stayed. Sandboxes only,
// unless Force is set: crm.ErrDenied otherwise. The error is that of an org that
// does not answer; what the org refuses is a finding.
func (g *Org) Trial(ctx context.Context, o TrialOptions) ([]Finding, error) {
	if !o.Force && !g.ForPractice() {
		org, err := g.organization(ctx)
		if err != nil {
			return nil, err
		}
		if !org.Sandbox {
			return nil, &crm.Error{Op: "trial", Class: crm.ErrDenied, Code: "ORG_IS_NO_SANDBOX"}
		}
	}
	t := &trial{diagnosis: diagnosis{org: g}, mark: "onward-trial-" + g.opt.Now().UTC().Format("20060102T150405.000000000")}
	if err := t.plan(ctx, o.Set); err != nil {
		return t.findings, err
	}
	errSent := t.send(ctx)
	// Whatever came back: what matters most is that nothing stayed.
	if err := t.verify(ctx); err != nil {
		return t.findings, err
	}
	return t.findings, errSent
}

// trial is one run.
type trial struct {
	diagnosis
	// mark is in the key or the name of everything that is written.
	mark  string
	nodes []trialNode
}

// trialNode is one record of the graph.
type trialNode struct {
	object crm.Object
	body   map[string]any
	// find looks for the record afterwards; empty when nothing could find it.
	find crm.Query
}

// ref is the node's name in the graph.
func (n trialNode) ref() string { return string(n.object) }

// plan describes the objects and writes the nodes. An object that the user may
// not see is told and left out.
func (t *trial) plan(ctx context.Context, set map[crm.Object]crm.Fields) error {
	for _, o := range keyed {
		d, err := t.org.describe(ctx, o)
		if err != nil {
			if err := t.unread("trial", string(o), err); err != nil {
				return err
			}
			continue
		}
		t.nodes = append(t.nodes, t.node(d, set[o]))
	}
	return nil
}

// node is a record of an object, linked to those before it.
func (t *trial) node(d *described, set crm.Fields) trialNode {
	o := d.schema.Object
	n := trialNode{object: o, body: map[string]any{}}
	values := t.values(o)
	for _, name := range set.Names() {
		values[name] = set[name]
	}
	look := t.nameField(o)
	if field := t.org.opt.Names.KeyField(o); field != "" {
		values[field], look = t.mark, field
	}
	for _, name := range values.Names() {
		if f, ok := d.byName[name]; ok && values[name] != "" {
			if value, code := jsonValue(f, values[name]); code == "" {
				n.body[name] = value
			} else {
				t.add(SeverityProblem, "trial", fmt.Sprintf("%s.%s does not take its value: %s", o, name, code), advice(code))
			}
		}
	}
	for _, f := range d.schema.Fields {
		if i := t.parent(f); i >= 0 {
			n.body[f.Name] = "@{" + t.nodes[i].ref() + ".id}"
		}
	}
	if look != "" {
		n.find = crm.Query{Object: o, Where: []crm.Cond{{Field: look, Op: crm.OpIn, Values: []string{values[look]}}}}
	}
	return n
}

// values are those that every org requires, and an address, which rules like to
// look at.
func (t *trial) values(o crm.Object) crm.Fields {
	switch o {
	case crm.ObjectAccount:
		return crm.Fields{"Name": t.mark}
	case crm.ObjectContact:
		return crm.Fields{"LastName": t.mark, "Email": t.mark + "-c@onward.invalid"}
	case crm.ObjectLead:
		return crm.Fields{"LastName": t.mark + "-l", "Company": t.mark + " l", "Email": t.mark + "-l@onward.invalid"}
	default:
		return crm.Fields{}
	}
}

// nameField is the field in which a record without key shows the mark.
func (t *trial) nameField(o crm.Object) string {
	switch o {
	case crm.ObjectAccount:
		return "Name"
	case crm.ObjectContact, crm.ObjectLead:
		return "LastName"
	default:
		return ""
	}
}

// parent is the node that a reference field can lead to; -1 when there is none.
func (t *trial) parent(f crm.Field) int {
	if f.Type != crm.TypeReference || !f.Creatable || len(f.RefersTo) != 1 {
		return -1
	}
	return slices.IndexFunc(t.nodes, func(n trialNode) bool { return n.object == f.RefersTo[0] })
}

// send writes the graph and reads what became of its nodes.
func (t *trial) send(ctx context.Context) error {
	k := call{op: "trial", name: "composite/graph", method: http.MethodPost, path: "composite/graph"}
	var err error
	if k.body, err = encodeJSON(t.graph()); err != nil {
		return &crm.Error{Op: "trial", Class: crm.ErrInvalid, Code: "UNWRITABLE_GRAPH", Err: err}
	}
	r, err := t.org.do(ctx, k)
	if err != nil {
		return err
	}
	var answer struct {
		Graphs []struct {
			Response struct {
				Nodes []trialAnswer `json:"compositeResponse"`
			} `json:"graphResponse"`
		} `json:"graphs"`
	}
	if err := t.org.decode(k, r, &answer); err != nil {
		return err
	}
	if len(answer.Graphs) != 1 {
		return &crm.Error{Op: "trial", Class: crm.ErrUnknownOutcome, Code: "MALFORMED_ANSWER"}
	}
	t.judge(answer.Graphs[0].Response.Nodes)
	return nil
}

// graph is the body of the call. Its last node leads to all others, so that it
// runs after them.
func (t *trial) graph() any {
	base := "/services/data/" + t.org.opt.Version + "/sobjects/"
	headers := map[string]string{
		"Sforce-Auto-Assign":           "FALSE",
		"Sforce-Duplicate-Rule-Header": "allowSave=false; includeRecordDetails=true; runAsCurrentUser=true",
	}
	var nodes []map[string]any
	all := ""
	for _, n := range t.nodes {
		nodes = append(nodes, map[string]any{
			"method": http.MethodPost, "url": base + string(n.object), "referenceId": n.ref(), "body": n.body, "httpHeaders": headers,
		})
		all += "@{" + n.ref() + ".id} "
	}
	nodes = append(nodes, map[string]any{
		"method": http.MethodPost, "url": base + string(crm.ObjectAccount), "referenceId": trialLast,
		"body": map[string]any{"Name": t.mark, trialFault: all},
	})
	return map[string]any{"graphs": []any{map[string]any{"graphId": "trial", "compositeRequest": nodes}}}
}

// trialAnswer is what the org says of one node.
type trialAnswer struct {
	Ref    string          `json:"referenceId"`
	Status int             `json:"httpStatusCode"`
	Body   json.RawMessage `json:"body"`
}

// errors are the node's own errors: not those that tell that another failed.
func (a trialAnswer) errors() []wireError {
	var items []wireError
	if json.Unmarshal(a.Body, &items) != nil {
		return nil
	}
	return slices.DeleteFunc(items, func(e wireError) bool { return e.code() == "PROCESSING_HALTED" })
}

// judge tells node by node what a real write would meet. Nodes after one that
// failed were not tried.
func (t *trial) judge(answers []trialAnswer) {
	failed := false
	for _, n := range t.nodes {
		i := slices.IndexFunc(answers, func(a trialAnswer) bool { return a.Ref == n.ref() })
		switch {
		case i < 0:
			t.add(SeverityWarning, "trial", string(n.object)+": the org said nothing of it", "")
		case len(answers[i].errors()) > 0:
			failed = true
			for _, e := range answers[i].errors() {
				t.add(SeverityProblem, "trial", fmt.Sprintf("%s: %s%s: %s", n.object, e.code(), fieldText(e.Fields), clipped(e.Message)), advice(e.code()))
			}
		case failed:
			t.add(SeverityWarning, "trial", string(n.object)+": not tried, because another record was refused", "")
		default:
			t.add(SeverityOK, "trial", string(n.object)+": a new record is taken", "")
		}
	}
}

// verify looks whether anything stayed.
func (t *trial) verify(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), trialPatience)
	defer cancel()
	stayed := false
	for _, n := range t.nodes {
		if n.find.Object == "" {
			continue
		}
		pages, err := t.org.Find(ctx, []crm.Query{n.find})
		if err == nil {
			err = pages[0].Err
		}
		if err != nil {
			return err
		}
		for _, r := range pages[0].Records {
			stayed = true
			t.add(SeverityProblem, "trial", fmt.Sprintf("%s %s stayed in the org", n.object, r.ID), "delete it")
		}
	}
	if !stayed {
		t.add(SeverityOK, "trial", "everything was rolled back", "")
	}
	return nil
}

// trialPatience is how long to look for what stayed, also when the caller has
// stopped waiting.
const trialPatience = 30 * time.Second

// fieldText names fields in brackets.
func fieldText(fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	return fmt.Sprintf(" %v", fields)
}

// messageLength is how much of an org's own message is shown.
const messageLength = 300

func clipped(message string) string {
	if cut := cutTo(message, messageLength); cut != message {
		return cut + "…"
	}
	return message
}
