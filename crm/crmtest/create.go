package crmtest

import (
	"strings"

	"github.com/onward-crm/onward/crm"
)

func createCases() []testCase {
	return []testCase{
		{"values come back as written", createKeepsValues},
		{"the key makes a create idempotent", createIdempotent},
		{"a required field is missing", createRequired},
		{"an unknown field is refused", createUnknownField},
		{"a text is too long", createTooLong},
		{"an e-mail address is none", createBadEmail},
		{"a reference leads nowhere", createBadReference},
		{"one bad item does not stop the others", createPositional},
		{"an unknown object is refused", createUnknownObject},
	}
}

func createKeepsValues(k *kit) {
	owner := k.user("Ann Owner", true)
	firm := k.seed(account("Acme"))[0]
	want := crm.Fields{
		"LastName": `O'Núñez "Jr"`, "FirstName": "葉", "Title": "VP, Sales & <Ops> \\ 50%",
		"Email": "jo@example.com", "AccountId": firm, "OwnerId": owner, "HasOptedOutOfEmail": "true",
	}
	r := k.write(create(key(1), crm.ObjectContact, want))
	if !r.Created {
		k.Error("a new record is not Created")
	}
	k.wantFields(k.get(crm.ObjectContact, r.ID, want.Names()...), want)
}

func createIdempotent(k *kit) {
	first := k.write(create(key(1), crm.ObjectContact, crm.Fields{"LastName": "First"}))
	second := k.write(create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Second"}))
	if !first.Created || second.Created || second.ID != first.ID {
		k.Errorf("first %+v, second %+v; want the same record, created once", first, second)
	}
	k.wantFields(k.get(crm.ObjectContact, first.ID, "LastName"), crm.Fields{"LastName": "First"})
	k.wantCount(crm.ObjectContact, "LastName", "Second", 0)
	if name := k.Names.KeyField(crm.ObjectContact); name != "" {
		k.wantFields(k.get(crm.ObjectContact, first.ID, name), crm.Fields{name: string(key(1))})
	}
}

func createRequired(k *kit) {
	k.needs(LacksRequired)
	e := k.refuse(create(key(1), crm.ObjectContact, crm.Fields{"FirstName": "Ann"}), crm.ErrInvalid)
	k.wantField(e, "LastName")
	k.refuse(create(key(2), crm.ObjectContact, crm.Fields{"LastName": ""}), crm.ErrInvalid)
	k.wantCount(crm.ObjectContact, "FirstName", "Ann", 0)
}

func createUnknownField(k *kit) {
	w := create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee", "No_Such_Field__c": "x"})
	k.wantField(k.refuse(w, crm.ErrInvalid), "No_Such_Field__c")
	k.wantCount(crm.ObjectContact, "LastName", "Lee", 0)
}

func createTooLong(k *kit) {
	k.needs(LacksLengths)
	f, _ := k.schema(crm.ObjectContact).Field("LastName")
	if f.Length == 0 {
		k.Skip("LastName has no length")
	}
	fits := create(key(1), crm.ObjectContact, crm.Fields{"LastName": strings.Repeat("é", f.Length)})
	k.write(fits)
	long := create(key(2), crm.ObjectContact, crm.Fields{"LastName": strings.Repeat("é", f.Length+1)})
	k.wantField(k.refuse(long, crm.ErrInvalid), "LastName")
}

func createBadEmail(k *kit) {
	k.needs(LacksEmailForm)
	w := create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee", "Email": "not an address"})
	k.wantField(k.refuse(w, crm.ErrInvalid), "Email")
}

func createBadReference(k *kit) {
	k.needs(LacksReferences)
	user := k.user("Ann", true)
	w := create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee", "AccountId": user})
	k.refuse(w, crm.ErrInvalid)
}

func createPositional(k *kit) {
	results := k.tryWrite(
		create(key(1), crm.ObjectContact, crm.Fields{"LastName": "One"}),
		create(key(2), crm.ObjectContact, crm.Fields{"LastName": "Two", "No_Such_Field__c": "x"}),
		create(key(3), crm.ObjectAccount, crm.Fields{"Name": "Three"}),
	)
	if results[0].Err != nil || results[2].Err != nil {
		k.Fatalf("good items failed: %v, %v", results[0].Err, results[2].Err)
	}
	e := k.wantClass(results[1].Err, crm.ErrInvalid)
	if e.Key != key(2) || e.Object != crm.ObjectContact || e.Op != "write" {
		k.Errorf("the error says %s %s %s, want the item it is about", e.Op, e.Object, e.Key)
	}
	k.wantFields(k.get(crm.ObjectContact, results[0].ID, "LastName"), crm.Fields{"LastName": "One"})
	k.wantFields(k.get(crm.ObjectAccount, results[2].ID, "Name"), crm.Fields{"Name": "Three"})
}

func createUnknownObject(k *kit) {
	err := k.tryWrite(create(key(1), "No_Such_Object__c", crm.Fields{"Name": "x"}))[0].Err
	if class := crm.ClassOf(err); class == nil || crm.Retryable(err) {
		k.Errorf("error is %v, class %v; want one that is not repeated", err, class)
	}
}
