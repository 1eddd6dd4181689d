package crmtest

import (
	"errors"

	"github.com/onward-crm/onward/crm"
)

func linkCases() []testCase {
	return []testCase{
		{"children get the ids of their parents", linkChildren},
		{"a parent that was there already", linkExisting},
		{"a parent written earlier", linkEarlier},
		{"a parent that is nowhere", linkNowhere},
		{"children of a failed parent fail with it", linkFailed},
		{"links in a circle", linkCircle},
	}
}

// child creates a contact in the account that another write makes.
func child(k, parent crm.Key, last string) crm.Write {
	w := create(k, crm.ObjectContact, crm.Fields{"LastName": last})
	w.Link = map[string]crm.Key{"AccountId": parent}
	return w
}

func linkChildren(k *kit) {
	c, _ := k.client(Limited(k.Driver, crm.Limits{}))
	results := k.succeed(c,
		child(key(1), key(9), "Lee"), child(key(2), key(9), "Mo"),
		create(key(9), crm.ObjectAccount, crm.Fields{"Name": "Acme"}))
	for _, r := range results[:2] {
		k.wantFields(k.get(crm.ObjectContact, r.ID, "AccountId"), crm.Fields{"AccountId": results[2].ID})
	}
	if n := c.Calls().Write; n != 2 {
		k.Errorf("%d write calls for parents and children, want 2", n)
	}
}

func linkExisting(k *kit) {
	c, _ := k.client(k.Driver)
	firm := create(key(9), crm.ObjectAccount, crm.Fields{"Name": "Acme"})
	there := k.succeed(c, firm)[0].ID
	moved := k.seed(contact("Mo", nil))[0]
	w := update(key(2), crm.ObjectContact, moved, nil)
	w.Link = map[string]crm.Key{"AccountId": key(9)}
	results := k.succeed(c, firm, child(key(1), key(9), "Lee"), w)
	if results[0].ID != there || results[0].Created {
		k.Errorf("the account is %+v, want %s as it was", results[0], there)
	}
	k.wantFields(results[2].Changed, crm.Fields{"AccountId": there})
	for _, r := range results[1:] {
		k.wantFields(k.get(crm.ObjectContact, r.ID, "AccountId"), crm.Fields{"AccountId": there})
	}
}

func linkEarlier(k *kit) {
	c, _ := k.client(k.Driver)
	firm := k.succeed(c, create(key(9), crm.ObjectAccount, crm.Fields{"Name": "Acme"}))[0].ID
	r := k.succeed(c, child(key(1), key(9), "Lee"))[0]
	k.wantFields(k.get(crm.ObjectContact, r.ID, "AccountId"), crm.Fields{"AccountId": firm})
}

func linkNowhere(k *kit) {
	c, _ := k.client(k.Driver)
	results := k.apply(c, child(key(1), key(9), "Lee"), create(key(2), crm.ObjectContact, crm.Fields{"LastName": "Mo"}))
	k.wantField(k.wantClass(results[0].Err, crm.ErrInvalid), "AccountId")
	if results[1].Err != nil {
		k.Errorf("the write beside it: %v", results[1].Err)
	}
	k.wantCount(crm.ObjectContact, "LastName", "Lee", 0)
}

func linkFailed(k *kit) {
	c, _ := k.client(k.Driver)
	bad := create(key(9), crm.ObjectAccount, crm.Fields{"Name": "Acme", "No_Such_Field__c": "x"})
	results := k.apply(c, child(key(1), key(9), "Lee"), bad)
	k.wantClass(results[0].Err, crm.ErrParent)
	if !errors.Is(results[0].Err, crm.ErrInvalid) || crm.Retryable(results[0].Err) {
		k.Errorf("the child failed with %v, want it to wrap its parent's class", results[0].Err)
	}
	k.wantCount(crm.ObjectContact, "LastName", "Lee", 0)

	script := Script{{Call: WriteCall, Kind: LockedItem, Sticky: true}}
	c, _ = k.client(Faulty(k.Driver, script))
	good := create(key(8), crm.ObjectAccount, crm.Fields{"Name": "Acme"})
	results = k.apply(c, child(key(2), key(8), "Lee"), good)
	k.wantClass(results[1].Err, crm.ErrLocked)
	if k.wantClass(results[0].Err, crm.ErrParent); !crm.Retryable(results[0].Err) {
		k.Error("the child of a locked parent can be tried again")
	}
}

func linkCircle(k *kit) {
	c, _ := k.client(k.Driver)
	for _, r := range k.apply(c, child(key(1), key(2), "Lee"), child(key(2), key(1), "Mo"), child(key(3), key(3), "Nu")) {
		k.wantClass(r.Err, crm.ErrInvalid)
	}
	if n := c.Calls().Write; n != 0 {
		k.Errorf("%d write calls, want none", n)
	}
}
