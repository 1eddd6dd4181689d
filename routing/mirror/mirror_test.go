package mirror_test

import (
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/mirror"
)

// TestMA39MergedAccountLeadsToItsMaster also shows that contacts' addresses find
// an account without a website.
func TestMA39MergedAccountLeadsToItsMaster(t *testing.T) {
	db := memcrm.New(nil)
	add := func(o crm.Object, f crm.Fields) string {
		id, err := db.Add(o, f)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	rep := add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	old := add(crm.ObjectAccount, crm.Fields{"Name": "Acme", "Website": "acme.com", "OwnerId": rep})
	master := add(crm.ObjectAccount, crm.Fields{"Name": "Acme Group", "Website": "acme-group.com", "OwnerId": rep})
	bare := add(crm.ObjectAccount, crm.Fields{"Name": "Nordlys", "OwnerId": rep})
	for _, who := range []string{"ann", "bo"} {
		add(crm.ObjectContact, crm.Fields{"LastName": who, "Email": who + "@nordlys.io", "AccountId": bare})
	}
	if err := db.Merge(old, master); err != nil {
		t.Fatal(err)
	}
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = rep, rep
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mirror.Load(t.Context(), crm.NewClient(db, nil), policy)
	if err != nil {
		t.Fatal(err)
	}
	found, err := m.Candidates(t.Context(), policy.Profile(), []matching.Company{{Domain: "acme.com"}, {Email: "cy@nordlys.io"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{master, bare} {
		if found[i].Match.ID != want {
			t.Errorf("company %d is %q by %s, want %q", i, found[i].Match.ID, found[i].Match.Decisive, want)
		}
	}
}
