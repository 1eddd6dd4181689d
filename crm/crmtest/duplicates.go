package crmtest

import (
	"slices"

	"github.com/onward-crm/onward/crm"
)

func duplicateCases() []testCase {
	return []testCase{
		{"a block rule refuses and names the matches", duplicateBlocked},
		{"an alert rule can be passed", duplicateAlert},
		{"a rule does not see our own record", duplicateOfItself},
		{"blank fields match nothing", duplicateBlank},
		{"a rule across objects", duplicateAcross},
	}
}

// byEmail is a rule that compares contacts by address.
func byEmail(block bool) DuplicateRule {
	return DuplicateRule{
		Name: "Same_Email", Object: crm.ObjectContact, Against: crm.ObjectContact,
		Fields: []string{"Email"}, Block: block,
	}
}

func lee(email string) crm.Fields { return crm.Fields{"LastName": "Lee", "Email": email} }

func (k *kit) rule(r DuplicateRule) {
	k.Helper()
	k.can("add duplicate rules", k.AddDuplicateRule != nil)
	k.AddDuplicateRule(r)
}

func duplicateBlocked(k *kit) {
	k.rule(byEmail(true))
	want := sorted(k.seed(contact("Lee", lee("lee@example.com")), contact("Li", lee("LEE@example.com")))...)
	for _, allow := range []bool{false, true} {
		w := create(key(1), crm.ObjectContact, lee("Lee@Example.com"))
		w.AllowDuplicate = allow
		e := k.refuse(w, crm.ErrDuplicate)
		if e.Rule != "Same_Email" || !slices.Equal(sorted(e.Matches...), want) {
			k.Errorf("rule %q, matches %v; want Same_Email and %v", e.Rule, e.Matches, want)
		}
	}
	k.write(create(key(2), crm.ObjectContact, lee("another@example.com")))
}

func duplicateAlert(k *kit) {
	k.rule(byEmail(false))
	there := k.seed(contact("Lee", lee("lee@example.com")))[0]
	w := create(key(1), crm.ObjectContact, lee("lee@example.com"))
	if e := k.refuse(w, crm.ErrDuplicate); !slices.Equal(e.Matches, []string{there}) {
		k.Errorf("matches %v, want %s", e.Matches, there)
	}
	w.AllowDuplicate = true
	if r := k.write(w); !r.Created || r.ID == there {
		k.Errorf("result %+v, want a second record", r)
	}
}

func duplicateOfItself(k *kit) {
	k.rule(byEmail(true))
	w := create(key(1), crm.ObjectContact, lee("lee@example.com"))
	first := k.write(w)
	if again := k.write(w); again.Created || again.ID != first.ID {
		k.Errorf("the same create gave %+v, want the record of the first", again)
	}
}

func duplicateBlank(k *kit) {
	k.rule(byEmail(true))
	k.seed(contact("Lee", nil))
	k.write(create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee"}))
}

func duplicateAcross(k *kit) {
	k.needs(LacksLeads)
	k.rule(DuplicateRule{
		Name: "Contact_Exists", Object: crm.ObjectLead, Against: crm.ObjectContact,
		Fields: []string{"Email"}, Block: true,
	})
	there := k.seed(contact("Lee", lee("lee@example.com")))[0]
	w := create(key(1), crm.ObjectLead, crm.Fields{"LastName": "Lee", "Company": "Acme", "Email": "lee@example.com"})
	if e := k.refuse(w, crm.ErrDuplicate); !slices.Equal(e.Matches, []string{there}) {
		k.Errorf("matches %v, want the contact %s", e.Matches, there)
	}
}
