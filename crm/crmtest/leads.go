package crmtest

import (
	"slices"

	"github.com/onward-crm/onward/crm"
)

func leadCases() []testCase {
	return []testCase{
		{"a lead needs a company", leadRequired},
		{"a converted lead is read-only and says where it went", leadConverted},
		{"a converted lead through the client", leadConvertedClient},
	}
}

func leadRequired(k *kit) {
	k.needs(LacksCreates, LacksLeads, LacksRequired)
	e := k.refuse(create(key(1), crm.ObjectLead, crm.Fields{"LastName": "Lee"}), crm.ErrInvalid)
	k.wantField(e, "Company")
	k.write(create(key(2), crm.ObjectLead, crm.Fields{"LastName": "Lee", "Company": "Acme"}))
}

// converted makes a lead and the contact that it was converted into.
func (k *kit) converted() (lead_, contact_ string) {
	k.Helper()
	k.needs(LacksLeads)
	k.can("convert leads", k.Convert != nil)
	firm := k.seed(account("Acme"))[0]
	made := k.seed(lead("Lee", "Acme"), contact("Lee", crm.Fields{"AccountId": firm}))
	k.must(k.Convert(made[0], made[1], firm))
	f := k.get(crm.ObjectLead, made[0], "IsConverted", "ConvertedContactId", "ConvertedAccountId")
	k.wantFields(f, crm.Fields{
		"IsConverted": "true", "ConvertedContactId": made[1], "ConvertedAccountId": firm,
	})
	return made[0], made[1]
}

func leadConverted(k *kit) {
	old, now := k.converted()
	e := k.refuse(update(key(1), crm.ObjectLead, old, crm.Fields{"Title": "CEO"}), crm.ErrStale)
	if !slices.Contains(e.Matches, now) {
		k.Errorf("the error names %v, want the contact %s", e.Matches, now)
	}
}

func leadConvertedClient(k *kit) {
	old, now := k.converted()
	c, _ := k.client(k.Driver)
	results, err := c.Apply(k.Context(), []crm.Write{update(key(1), crm.ObjectLead, old, crm.Fields{"Title": "CEO"})})
	if err != nil {
		k.Fatal(err)
	}
	if e := k.wantClass(results[0].Err, crm.ErrStale); !slices.Contains(e.Matches, now) {
		k.Errorf("the error names %v, want the contact %s", e.Matches, now)
	}
}
