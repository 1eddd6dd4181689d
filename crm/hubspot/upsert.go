package hubspot

import (
	"context"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Upsert inserts or overwrites records of HubSpot by a unique property, 100 a call:
// the e-mail address of a contact, or any property whose values HubSpot keeps unique.
// Each row must have a value for it. Results are positional. onward itself creates
// nothing in HubSpot; this is for who wants the same people there too. To do it twice
// gives one record, so that crm.ErrUnknownOutcome may be repeated as it is.
//
// A property that is not unique is crm.ErrInvalid and nothing is sent. The error is
// set only when the whole call failed.
func (c *Client) Upsert(ctx context.Context, o crm.Object, by string, rows []crm.Fields) ([]crm.Result, error) {
	if kindOf(o) == "" {
		return nil, &crm.Error{Op: "write", Object: o, Class: crm.ErrNotFound, Code: codeNoObject}
	}
	d, err := c.describe(ctx, o)
	if err != nil {
		return nil, err
	}
	f, ok := d.byName[by]
	if !ok || !f.Unique || !f.Updatable {
		return nil, &crm.Error{Op: "write", Object: o, Class: crm.ErrInvalid, Code: "NOT_UNIQUE", Fields: []string{by}}
	}
	results := make([]crm.Result, len(rows))
	var inputs []input
	var at []int
	seen := map[string]bool{}
	for n, row := range rows {
		in, err := d.upserted(by, row, len(inputs))
		if key := strings.ToLower(in.ID); err == nil && seen[key] {
			err = &crm.Error{Class: crm.ErrInvalid, Code: "VALUE_USED_TWICE", Fields: []string{by}}
		} else {
			seen[key] = true
		}
		if err != nil {
			results[n].Err = about("write", o, "", err)
			continue
		}
		inputs, at = append(inputs, in), append(at, n)
	}
	failed := len(inputs) > 0 && len(inputs) == len(rows)
	outs := c.sendAll(ctx, o, "upsert", inputs)
	for n, out := range outs {
		failed = failed && out.call
		if out.err != nil {
			results[at[n]].Err = about("write", o, "", out.err)
			continue
		}
		results[at[n]] = crm.Result{ID: formatID(out.id), Created: out.created, Changed: rows[at[n]].Clone()}
	}
	if failed {
		return nil, results[0].Err
	}
	return results, nil
}

// upserted is the input for one row.
func (d *described) upserted(by string, row crm.Fields, n int) (input, error) {
	value := strings.TrimSpace(row[by])
	if value == "" {
		return input{}, &crm.Error{Class: crm.ErrInvalid, Code: codeNoValues, Fields: []string{by}}
	}
	properties, err := d.wireValues(row)
	if err != nil {
		return input{}, err
	}
	return input{ID: value, IDProperty: d.property[by], Properties: properties, Trace: strconv.Itoa(n)}, nil
}
