package crmtest

import (
	"strings"

	"github.com/onward-crm/onward/crm"
)

func errorCases() []testCase {
	return []testCase{
		{"no person and no secret in any error of a write", errorsOfWrites},
		{"no person in any error of a query", errorsOfQueries},
		{"the same through the client", errorsThroughClient},
	}
}

// canaries are values that must never be seen in an error.
func canaries() []string {
	return []string{"Zoltan", "Canary-Kovacs", "zoltan.canary@example.com", "no canary address", "+36 1 555 7788"}
}

func canaryFields(more crm.Fields) crm.Fields {
	c := canaries()
	f := crm.Fields{"FirstName": c[0], "LastName": c[1], "Email": c[2], "Phone": c[4]}
	for name, value := range more {
		f[name] = value
	}
	return f
}

// failing gives writes that all must fail, each in another way.
func (k *kit) failing() []crm.Write {
	k.Helper()
	writes := []crm.Write{
		create(key(1), crm.ObjectContact, canaryFields(crm.Fields{"No_Such_Field__c": canaries()[1]})),
		create(key(2), "No_Such_Object__c", canaryFields(nil)),
	}
	if !k.lacks(LacksEmailForm) {
		writes = append(writes, create(key(3), crm.ObjectContact, canaryFields(crm.Fields{"Email": canaries()[3]})))
	}
	if !k.lacks(LacksLengths) {
		long := strings.Repeat(canaries()[1], 100)
		writes = append(writes, create(key(4), crm.ObjectContact, canaryFields(crm.Fields{"LastName": long})))
	}
	if !k.lacks(LacksReferences) {
		writes = append(writes, create(key(5), crm.ObjectContact, canaryFields(crm.Fields{"AccountId": canaries()[1]})))
	}
	if !k.lacks(LacksOwnerRules) {
		gone := k.user(canaries()[1], false)
		writes = append(writes, create(key(6), crm.ObjectContact, canaryFields(crm.Fields{"OwnerId": gone})))
	}
	if !k.lacks(LacksRequired) {
		writes = append(writes, create(key(7), crm.ObjectContact, canaryFields(crm.Fields{"LastName": ""})))
	}
	if k.AddDuplicateRule != nil {
		k.AddDuplicateRule(DuplicateRule{
			Name: "Same_Phone", Object: crm.ObjectContact, Against: crm.ObjectContact, Fields: []string{"Phone"}, Block: true,
		})
		k.seed(contact("There", crm.Fields{"Phone": canaries()[4]}))
		writes = append(writes, create(key(8), crm.ObjectContact, canaryFields(nil)))
	}
	if k.Refuse != nil {
		k.Refuse(crm.ObjectContact, "Title", canaries()[1])
		f := crm.Fields{"LastName": "Lee", "Title": canaries()[1]}
		writes = append(writes, create(key(9), crm.ObjectContact, f))
	}
	known := k.seed(contact("Known", nil))[0]
	writes = append(writes, update(key(11), crm.ObjectContact, known, canaryFields(crm.Fields{"No_Such_Field__c": canaries()[1]})))
	if k.Hide != nil {
		writes = append(writes, update(key(10), crm.ObjectContact, k.hidden(), canaryFields(nil)))
	}
	return writes
}

func errorsOfWrites(k *kit) {
	for _, w := range k.failing() {
		err := k.tryWrite(w)[0].Err
		if err == nil {
			k.Errorf("write %s succeeded, want an error", w.Key)
			continue
		}
		if crm.ClassOf(err) == nil {
			k.Errorf("write %s: the error has no class", w.Key)
		}
		NoLeak(k, err, canaries()...)
	}
}

func errorsOfQueries(k *kit) {
	k.seed(account("A"))
	q := where(crm.ObjectContact, "No_Such_Field__c", canaries()...)
	err := k.page(q).Err
	k.wantClass(err, crm.ErrInvalid)
	NoLeak(k, err, canaries()...)
	_, err = k.Driver.Landed(k.Context(), "No_Such_Object__c", []crm.Key{key(1)})
	if crm.ClassOf(err) == nil {
		k.Errorf("looking up keys of an unknown object: %v, want an error with a class", err)
	}
}

func errorsThroughClient(k *kit) {
	writes := k.failing()
	c, _ := k.client(k.Driver)
	results, err := c.Apply(k.Context(), writes)
	if err != nil {
		k.Fatal(err)
	}
	for i, r := range results {
		e := k.wantClass(r.Err, crm.ClassOf(r.Err))
		if e.Key != writes[i].Key {
			k.Errorf("result %d is about key %s, want %s", i, e.Key, writes[i].Key)
		}
		NoLeak(k, r.Err, canaries()...)
	}
}
