package hubspot

import (
	"context"
	"slices"
	"strconv"

	"github.com/onward-crm/onward/crm"
)

// Properties says which of a contact's properties in HubSpot hold what is written
// back. An empty name is not written. Ask CheckWritable at the start whether they are
// there.
type Properties struct {
	Outcome   string `json:"outcome" yaml:"outcome"`
	LeadID    string `json:"lead_id" yaml:"lead_id"`
	ContactID string `json:"contact_id" yaml:"contact_id"`
	AccountID string `json:"account_id" yaml:"account_id"`
	DRI       string `json:"dri" yaml:"dri"`
}

// DefaultProperties are names that an administrator may create them by.
func DefaultProperties() Properties {
	return Properties{
		Outcome: "onward_outcome", LeadID: "onward_salesforce_lead_id", ContactID: "onward_salesforce_contact_id",
		AccountID: "onward_salesforce_account_id", DRI: "onward_dri",
	}
}

// Names lists the names that are not empty, for CheckWritable.
func (p Properties) Names() []string {
	var out []string
	for _, name := range []string{p.Outcome, p.LeadID, p.ContactID, p.AccountID, p.DRI} {
		if name != "" {
			out = append(out, name)
		}
	}
	return out
}

// Back is what is written back to one contact. What is empty leaves its property as it
// is, unless Whole is set.
type Back struct {
	// Contact is the id that the contact had when it was read; it may have been merged
	// since.
	Contact int64
	// Outcome is the verdict, such as "lead_created"; the ids are Salesforce's; DRI
	// names the directly responsible person.
	Outcome, LeadID, ContactID, AccountID, DRI string
	// Whole empties the properties of what is empty: nothing of an earlier result
	// stands beside this one.
	Whole bool
}

func (b Back) values(p Properties) crm.Fields {
	out := crm.Fields{}
	for _, pair := range [][2]string{
		{p.Outcome, b.Outcome}, {p.LeadID, b.LeadID}, {p.ContactID, b.ContactID}, {p.AccountID, b.AccountID}, {p.DRI, b.DRI},
	} {
		if pair[0] != "" && (pair[1] != "" || b.Whole) {
			out[pair[0]] = pair[1]
		}
	}
	return out
}

// WriteBack writes to contacts what became of them, 100 with two calls. Results are
// positional, and Result.ID is the contact's present id: store it where it is another
// than Back.Contact, which was merged. Several Backs of one contact are one write, in
// which the later ones win; a value that is there already is not written again, and a
// contact to which there is nothing to write costs no second call.
//
// An answer that was lost is crm.ErrUnknownOutcome: to call again is safe. A contact
// that is not there any more is crm.ErrNotFound. The error is set only when the whole
// call failed and nothing is known to be written.
func (c *Client) WriteBack(ctx context.Context, p Properties, backs []Back) ([]crm.Result, error) {
	d, err := c.describe(ctx, crm.ObjectContact)
	if err == nil && slices.ContainsFunc(p.Names(), func(name string) bool { return !d.byName[name].Updatable }) {
		d, err = c.describeAgain(ctx, crm.ObjectContact) // somebody may have created it since
	}
	if err != nil {
		return nil, err
	}
	ids := make([]int64, 0, len(backs))
	for _, b := range backs {
		if b.Contact > 0 {
			ids = append(ids, b.Contact)
		}
	}
	found, err := c.byIDs(ctx, crm.ObjectContact, ids, readRequest{Properties: withOwn(p.Names())})
	if err != nil {
		return nil, err
	}
	w := &backWriting{described: d, properties: p, byID: map[int64]*backTo{}}
	results := make([]crm.Result, len(backs))
	for n, b := range backs {
		if err := w.add(n, b, found); err != nil {
			results[n].Err = about("write", crm.ObjectContact, "", err)
		}
	}
	return results, w.send(ctx, c, results)
}

// backWriting gathers what is to be written to each contact.
type backWriting struct {
	described  *described
	properties Properties
	byID       map[int64]*backTo
	order      []int64
}

// backTo is one contact to write to.
type backTo struct {
	at              []int // places among the results
	changed, before crm.Fields
}

// add puts one Back to its contact.
func (w *backWriting) add(n int, b Back, found map[int64]answered) error {
	a, ok := found[b.Contact]
	switch {
	case b.Contact <= 0:
		return &crm.Error{Class: crm.ErrInvalid, Code: codeBadID, Err: errBadID}
	case !ok:
		return &crm.Error{Class: crm.ErrNotFound, Code: categoryMissing}
	}
	values := b.values(w.properties)
	if _, err := w.described.wireValues(values); err != nil {
		return err
	}
	present := int64(a.record.ID)
	to := w.byID[present]
	if to == nil {
		to = &backTo{changed: crm.Fields{}, before: crm.Fields{}}
		w.byID[present] = to
		w.order = append(w.order, present)
	}
	to.at = append(to.at, n)
	for name, value := range values { // any order: each name once
		f := w.described.byName[name]
		have := canonical(f, string(a.record.Properties[name]))
		if have == canonical(f, value) {
			delete(to.changed, name)
			continue
		}
		to.changed[name], to.before[name] = value, have
	}
	return nil
}

// send writes to the contacts that lack something, and fills in the results.
func (w *backWriting) send(ctx context.Context, c *Client, results []crm.Result) error {
	var inputs []input
	var to []int64
	for _, present := range w.order {
		t := w.byID[present]
		for _, n := range t.at {
			results[n] = crm.Result{ID: formatID(present), Changed: crm.Fields{}, Before: crm.Fields{}}
		}
		if len(t.changed) == 0 {
			continue
		}
		properties, err := w.described.wireValues(t.changed)
		if err != nil {
			return err // it was looked at before
		}
		inputs = append(inputs, input{ID: formatID(present), Properties: properties, Trace: strconv.Itoa(len(inputs))})
		to = append(to, present)
	}
	var whole error
	all := len(inputs) > 0 && len(inputs) == len(w.order)
	for n, out := range c.sendAll(ctx, crm.ObjectContact, "update", inputs) {
		t := w.byID[to[n]]
		all = all && out.call
		for _, at := range t.at {
			if out.err != nil {
				results[at].Err = about("write", crm.ObjectContact, "", out.err)
				whole = results[at].Err
				continue
			}
			results[at].Changed = t.changed.Clone()
			for name := range t.changed { // any order: each name once
				results[at].Before[name] = t.before[name]
			}
		}
	}
	if !all {
		return nil
	}
	return whole
}
