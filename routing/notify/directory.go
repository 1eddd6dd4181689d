package notify

import (
	"context"
	"maps"
	"slices"

	"github.com/onward-crm/onward/crm"
)

// Directory knows the users and accounts that messages name. Safe for concurrent use.
// Ids that are not known are left out of the answers.
type Directory interface {
	Users(ctx context.Context, ids []string) ([]crm.User, error)
	// AccountNames gives names by id.
	AccountNames(ctx context.Context, ids []string) (map[string]string, error)
}

// CRMDirectory asks a CRM.
type CRMDirectory struct {
	Client *crm.Client
	// Names are the org's field names.
	Names crm.Names
}

var _ Directory = CRMDirectory{}

// Users reads users by id.
func (d CRMDirectory) Users(ctx context.Context, ids []string) ([]crm.User, error) {
	rows, err := d.rows(ctx, crm.ObjectUser, d.Names.UserFields(), ids)
	users := make([]crm.User, len(rows))
	for i, r := range rows {
		users[i] = d.Names.User(r)
	}
	return users, err
}

// AccountNames reads the names of accounts.
func (d CRMDirectory) AccountNames(ctx context.Context, ids []string) (map[string]string, error) {
	rows, err := d.rows(ctx, crm.ObjectAccount, []string{"Name"}, ids)
	names := map[string]string{}
	for _, r := range rows {
		names[r.ID] = r.Fields["Name"]
	}
	return names, err
}

func (d CRMDirectory) rows(ctx context.Context, o crm.Object, fields, ids []string) ([]crm.Record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := d.Client.Find(ctx, []crm.Query{{Object: o, Select: fields, Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: ids}}}})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// maxLevels bounds how far up managers are looked for.
const maxLevels = 10

// withManagers reads users and everybody above them.
func withManagers(ctx context.Context, d Directory, ids []string) ([]crm.User, error) {
	var all []crm.User
	asked := map[string]bool{}
	for range maxLevels {
		next := map[string]bool{}
		for _, id := range ids {
			if id != "" && !asked[id] {
				next[id], asked[id] = true, true
			}
		}
		if len(next) == 0 {
			break
		}
		users, err := d.Users(ctx, slices.Sorted(maps.Keys(next)))
		if err != nil {
			return nil, err
		}
		all = append(all, users...)
		ids = nil
		for _, u := range users {
			ids = append(ids, u.ManagerID)
		}
	}
	return all, nil
}
