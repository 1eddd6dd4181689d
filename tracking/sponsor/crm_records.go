package sponsor

import (
	"context"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/tracking"
)

// CRMRecords reads contacts and leads: title, company (a contact's is its account's
// name), and the location where the rules name a field for it. It is Records.
type CRMRecords struct {
	// Client is needed.
	Client *crm.Client
	// LocationField is the field of contacts and leads that holds the location
	// (Rules.Fields); "" for none.
	LocationField string
}

// Read reads the records of people, positionally, in two calls at most. A person
// without a record, or with one that is gone, has a blank one.
func (c CRMRecords) Read(ctx context.Context, ps []tracking.Person) ([]Record, error) {
	ids := map[crm.Object][]string{}
	for _, p := range ps {
		if id := recordID(p.RecordID); id != "" {
			ids[objectOf(id)] = append(ids[objectOf(id)], id)
		}
	}
	rows, err := c.find(ctx, ids)
	if err != nil {
		return nil, err
	}
	names, err := c.accounts(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]Record, len(ps))
	for i, p := range ps {
		if row, ok := rows[recordID(p.RecordID)]; ok {
			out[i] = Record{Title: row.Fields["Title"], Company: row.Fields["Company"], Location: row.Fields[c.LocationField]}
			if row.Object == crm.ObjectContact {
				out[i].Company = names[row.Fields["AccountId"]]
			}
		}
	}
	return out, nil
}

// find reads contacts and leads by id.
func (c CRMRecords) find(ctx context.Context, ids map[crm.Object][]string) (map[string]crm.Record, error) {
	var qs []crm.Query
	for _, q := range []crm.Query{
		{Object: crm.ObjectContact, Select: []string{"Title", "AccountId"}},
		{Object: crm.ObjectLead, Select: []string{"Title", "Company"}},
	} {
		if len(ids[q.Object]) == 0 {
			continue
		}
		if c.LocationField != "" {
			q.Select = append(q.Select, c.LocationField)
		}
		q.Where = []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: ids[q.Object]}}
		qs = append(qs, q)
	}
	return c.read(ctx, qs)
}

// accounts are the names of the contacts' accounts.
func (c CRMRecords) accounts(ctx context.Context, rows map[string]crm.Record) (map[string]string, error) {
	q := crm.Query{Object: crm.ObjectAccount, Select: []string{"Name"}}
	var ids []string
	for _, row := range rows {
		if id := row.Fields["AccountId"]; id != "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	if len(ids) == 0 {
		return nil, nil
	}
	q.Where = []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: slices.Compact(ids)}}
	found, err := c.read(ctx, []crm.Query{q})
	names := map[string]string{}
	for id, row := range found {
		names[id] = row.Fields["Name"]
	}
	return names, err
}

func (c CRMRecords) read(ctx context.Context, qs []crm.Query) (map[string]crm.Record, error) {
	out := map[string]crm.Record{}
	if len(qs) == 0 {
		return out, nil
	}
	found, err := c.Client.Find(ctx, qs)
	if err != nil {
		return nil, err
	}
	for _, rows := range found {
		for _, row := range rows {
			out[row.ID] = row
		}
	}
	return out, nil
}

// objectOf tells a lead's id from a contact's.
func objectOf(id string) crm.Object {
	if strings.HasPrefix(id, leadPrefix) {
		return crm.ObjectLead
	}
	return crm.ObjectContact
}
