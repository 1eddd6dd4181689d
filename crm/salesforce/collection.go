package salesforce

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/onward-crm/onward/crm"
)

// maxRuns is how many runs of like type a collection may have.
const maxRuns = 10

// manner is what the writes of one call have in common.
type manner struct {
	verb          crm.Verb
	assign, allow bool
	// object is set for upserts alone: creates and updates take any mixture.
	object crm.Object
}

func (i *item) manner() manner {
	m := manner{verb: i.w.Verb, assign: i.w.Assign, allow: i.w.AllowDuplicate}
	if m.verb == crm.VerbUpsert {
		m.object = i.w.Object
	}
	return m
}

// header says how the org is to treat the writes. Assignment rules run unless
// they are switched off, and would override the owner.
func (m manner) header() map[string]string {
	rules := "allowSave=false"
	if m.allow {
		rules = "allowSave=true"
	}
	h := map[string]string{"Sforce-Duplicate-Rule-Header": rules + "; includeRecordDetails=true; runAsCurrentUser=true"}
	if m.assign {
		h["Sforce-Auto-Assign"] = "TRUE"
	} else {
		h["Sforce-Auto-Assign"] = "FALSE"
	}
	return h
}

// groups puts together what can go into one call. The order of the batch, which
// keeps the children of one account side by side, is kept.
func (b *writing) groups() [][]*item {
	var out [][]*item
	open := map[manner]int{} // where the latest group of a manner stands
	for _, i := range b.items {
		if i.done {
			continue
		}
		m := i.manner()
		at, ok := open[m]
		if !ok || len(out[at]) == maxWrites || runs(append(out[at], i)) > maxRuns {
			at = len(out)
			out = append(out, nil)
			open[m] = at
		}
		out[at] = append(out[at], i)
	}
	return out
}

func runs(items []*item) int {
	n := 0
	for at, i := range items {
		if at == 0 || i.w.Object != items[at-1].w.Object {
			n++
		}
	}
	return n
}

// wireResult is what became of one record.
type wireResult struct {
	ID      string      `json:"id"`
	Success bool        `json:"success"`
	Created bool        `json:"created"`
	Errors  []wireError `json:"errors"`
}

// send makes one collection call.
func (b *writing) send(ctx context.Context, group []*item) {
	if b.stop != nil {
		b.failCall(group, b.stop)
		return
	}
	k := collectionCall(group)
	r, err := b.org.do(ctx, k)
	if err != nil {
		b.failCall(group, err)
		return
	}
	var results []wireResult
	if err := b.org.decode(k, r, &results); err != nil {
		b.failCall(group, err)
		return
	}
	if len(results) != len(group) {
		b.failCall(group, wrongNumber(k))
		return
	}
	for n, i := range group {
		b.take(i, results[n])
	}
}

func collectionCall(group []*item) call {
	m := group[0].manner()
	var b bytes.Buffer
	b.WriteString(`{"allOrNone":false,"records":[`)
	for n, i := range group {
		if n > 0 {
			b.WriteByte(',')
		}
		b.Write(i.record())
	}
	b.WriteString("]}")
	k := call{
		op: "write", name: "composite/sobjects", object: group[0].w.Object,
		method: http.MethodPatch, path: "composite/sobjects", header: m.header(), body: b.Bytes(),
	}
	switch m.verb {
	case crm.VerbCreate:
		k.method = http.MethodPost
	case crm.VerbUpsert:
		k.path += "/" + url.PathEscape(string(m.object)) + "/" + url.PathEscape(group[0].key)
	}
	return k
}

// record is the item as a member of a collection.
func (i *item) record() json.RawMessage {
	first := []jsonField{{"attributes", jsonFields{jsonText("type", string(i.w.Object))}.object()}}
	switch i.w.Verb {
	case crm.VerbUpdate:
		first = append(first, jsonText("id", i.w.ID))
	case crm.VerbUpsert:
		first = append(first, jsonText(i.key, string(i.w.Key)))
	}
	return i.fields.object(first...)
}

// take reads what became of one record.
func (b *writing) take(i *item, r wireResult) {
	switch {
	case r.Success:
	case len(r.Errors) == 0:
		i.refuse(crm.ErrUnknownOutcome, "NO_CLEAR_RESULT") // neither done nor refused
		return
	default:
		i.finish(crm.Result{Err: b.org.itemError("write", i.w.Object, i.w.Key, r.Errors)})
		i.sharpen(r.Errors)
		return
	}
	id, err := crm.WidenID(r.ID)
	switch {
	case err != nil && i.w.Verb == crm.VerbUpdate:
		i.finish(crm.Result{ID: i.w.ID})
	case err != nil:
		i.refuse(crm.ErrUnknownOutcome, "NO_CLEAR_RESULT")
	default:
		i.finish(crm.Result{ID: id, Created: i.w.Verb == crm.VerbCreate || i.w.Verb == crm.VerbUpsert && r.Created})
	}
}
