package sponsors

import (
	"context"
	"slices"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// KeyAccounts are the accounts of a CRM for which one of the predicates holds, in order
// of id.
func KeyAccounts(ctx context.Context, client *crm.Client, rules []routing.Predicate) ([]sponsor.KeyAccount, error) {
	fields := []string{"Name", "OwnerId"}
	for _, r := range rules {
		if r.Field() != "Id" && !slices.Contains(fields, r.Field()) {
			fields = append(fields, r.Field())
		}
	}
	var out []sponsor.KeyAccount
	for row, err := range client.All(ctx, crm.Query{Object: crm.ObjectAccount, Select: fields}) {
		if err != nil {
			return nil, err
		}
		a := crm.Account{ID: row.ID, Name: row.Fields["Name"], OwnerID: row.Fields["OwnerId"], Type: row.Fields["Type"], Fields: row.Fields}
		if slices.ContainsFunc(rules, func(r routing.Predicate) bool { return r.Holds(a) }) {
			out = append(out, sponsor.KeyAccount{ID: a.ID, Name: a.Name, OwnerID: a.OwnerID})
		}
	}
	return out, nil
}

// NamedAccounts are accounts by id, in the order given, with what the CRM knows of them.
func NamedAccounts(ctx context.Context, client *crm.Client, ids []string) ([]sponsor.KeyAccount, error) {
	found, err := client.Find(ctx, []crm.Query{{
		Object: crm.ObjectAccount, Select: []string{"Name", "OwnerId"}, Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: ids}},
	}})
	if err != nil {
		return nil, err
	}
	out := make([]sponsor.KeyAccount, len(ids))
	for i, id := range ids {
		out[i].ID = id
		for _, row := range found[0] {
			if crm.SameID(row.ID, id) {
				out[i] = sponsor.KeyAccount{ID: row.ID, Name: row.Fields["Name"], OwnerID: row.Fields["OwnerId"]}
			}
		}
	}
	return out, nil
}
