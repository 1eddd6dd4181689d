package crmtest

import (
	"errors"

	"github.com/onward-crm/onward/crm"
)

func ownerCases() []testCase {
	return []testCase{
		{"an inactive user cannot own", ownerInactive},
		{"a queue owns leads alone", ownerQueue},
		{"a user without being told", ownerDefault},
	}
}

func ownerInactive(k *kit) {
	k.needs(LacksOwnerRules)
	gone, here := k.user("Gone", false), k.user("Here", true)
	e := k.refuse(create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee", "OwnerId": gone}), crm.ErrInactiveOwner)
	if !errors.Is(e, crm.ErrInvalid) {
		k.Error("an inactive owner is ErrInvalid as well")
	}
	k.wantField(e, "OwnerId")
	k.wantCount(crm.ObjectContact, "LastName", "Lee", 0)
	id := k.write(create(key(2), crm.ObjectContact, crm.Fields{"LastName": "Mo", "OwnerId": here})).ID
	k.refuse(update(key(3), crm.ObjectContact, id, crm.Fields{"OwnerId": gone}), crm.ErrInactiveOwner)
	k.wantFields(k.get(crm.ObjectContact, id, "OwnerId"), crm.Fields{"OwnerId": here})
}

func ownerQueue(k *kit) {
	k.needs(LacksOwnerRules, LacksQueues, LacksLeads)
	queue := k.seed(record(crm.ObjectGroup, crm.Fields{"Name": "Movers", "Type": "Queue"}))[0]
	id := k.write(create(key(1), crm.ObjectLead,
		crm.Fields{"LastName": "Lee", "Company": "Acme", "OwnerId": queue})).ID
	k.wantFields(k.get(crm.ObjectLead, id, "OwnerId"), crm.Fields{"OwnerId": queue})
	k.refuse(create(key(2), crm.ObjectContact, crm.Fields{"LastName": "Lee", "OwnerId": queue}), crm.ErrInvalid)
	k.refuse(create(key(3), crm.ObjectAccount, crm.Fields{"Name": "Acme", "OwnerId": queue}), crm.ErrInvalid)
}

func ownerDefault(k *kit) {
	k.needs(LacksOwnerRules)
	id := k.write(create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee"})).ID
	if k.get(crm.ObjectContact, id, "OwnerId")["OwnerId"] == "" {
		k.Error("a record without an owner")
	}
}
