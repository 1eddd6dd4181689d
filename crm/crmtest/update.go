package crmtest

import "github.com/onward-crm/onward/crm"

func updateCases() []testCase {
	return []testCase{
		{"only the fields that are set change", updateSets},
		{"an empty value blanks a field", updateBlanks},
		{"a required field stays", updateRequired},
		{"an unknown field is refused", updateUnknownField},
		{"a validation rule refuses", updateRefused},
		{"a validation rule refuses a create", updateRefusedCreate},
		{"a record that never was", updateNowhere},
		{"a locked row", updateLocked},
	}
}

func updateSets(k *kit) {
	id := k.seed(contact("Lee", crm.Fields{"Title": "CTO", "Phone": "1"}))[0]
	r := k.write(update(key(1), crm.ObjectContact, id, crm.Fields{"Title": "CEO"}))
	if r.Created || r.ID != "" && r.ID != id {
		k.Errorf("result %+v, want the record that was there", r)
	}
	k.wantFields(k.get(crm.ObjectContact, id, "LastName", "Title", "Phone"),
		crm.Fields{"LastName": "Lee", "Title": "CEO", "Phone": "1"})
}

func updateBlanks(k *kit) {
	id := k.seed(contact("Lee", crm.Fields{"Title": "CTO"}))[0]
	k.write(update(key(1), crm.ObjectContact, id, crm.Fields{"Title": ""}))
	k.wantFields(k.get(crm.ObjectContact, id, "Title"), crm.Fields{"Title": ""})
}

func updateRequired(k *kit) {
	k.needs(LacksRequired)
	id := k.seed(contact("Lee", nil))[0]
	k.wantField(k.refuse(update(key(1), crm.ObjectContact, id, crm.Fields{"LastName": ""}), crm.ErrInvalid), "LastName")
}

func updateUnknownField(k *kit) {
	id := k.seed(contact("Lee", crm.Fields{"Title": "CTO"}))[0]
	w := update(key(1), crm.ObjectContact, id, crm.Fields{"Title": "CEO", "No_Such_Field__c": "x"})
	k.refuse(w, crm.ErrInvalid)
	k.wantFields(k.get(crm.ObjectContact, id, "Title"), crm.Fields{"Title": "CTO"})
}

func updateRefused(k *kit) {
	k.can("add validation rules", k.Refuse != nil)
	k.Refuse(crm.ObjectContact, "Title", "Emperor")
	id := k.seed(contact("Lee", crm.Fields{"Title": "CTO"}))[0]
	k.refuse(update(key(1), crm.ObjectContact, id, crm.Fields{"Title": "Emperor"}), crm.ErrInvalid)
	k.write(update(key(2), crm.ObjectContact, id, crm.Fields{"Title": "CEO"}))
}

func updateRefusedCreate(k *kit) {
	k.needs(LacksCreates)
	k.can("add validation rules", k.Refuse != nil)
	k.Refuse(crm.ObjectContact, "Title", "Emperor")
	k.refuse(create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Mo", "Title": "Emperor"}), crm.ErrInvalid)
}

func updateNowhere(k *kit) {
	k.needs(LacksIDForms)
	id := k.seed(contact("Lee", nil))[0]
	nowhere, err := crm.WidenID(id[:3] + "zzzzzzzzzzzz")
	if err != nil {
		k.Fatal(err)
	}
	k.refuse(update(key(1), crm.ObjectContact, nowhere, crm.Fields{"Title": "CEO"}), crm.ErrNotFound)
}

func updateLocked(k *kit) {
	k.can("lock rows", k.Lock != nil)
	id := k.seed(contact("Lee", nil))[0]
	k.must(k.Lock(id, 1))
	w := update(key(1), crm.ObjectContact, id, crm.Fields{"Title": "CEO"})
	k.refuse(w, crm.ErrLocked)
	k.write(w)
}
