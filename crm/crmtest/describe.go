package crmtest

import "github.com/onward-crm/onward/crm"

func describeCases() []testCase {
	return []testCase{
		{"fields that are read exist", describeFields},
		{"required fields say so", describeRequired},
		{"keys are unique external ids", describeKeys},
		{"an unknown object is not found", describeUnknown},
	}
}

func (k *kit) schema(o crm.Object) crm.Schema {
	k.Helper()
	s, err := k.Driver.Describe(k.Context(), o)
	if err != nil {
		k.Fatalf("describe %s: %v", o, err)
	}
	if s.Object != o {
		k.Errorf("describe %s answers for %q", o, s.Object)
	}
	return s
}

func describeFields(k *kit) {
	read := map[crm.Object][]string{
		crm.ObjectAccount: k.Names.AccountFields(),
		crm.ObjectContact: k.Names.ContactFields(),
		crm.ObjectUser:    k.Names.UserFields(),
	}
	for o, names := range read {
		s := k.schema(o)
		for _, name := range names {
			if _, ok := s.Field(name); !ok {
				k.Errorf("%s.%s is missing", o, name)
			}
		}
	}
}

func describeRequired(k *kit) {
	k.needs(LacksRequired)
	f, ok := k.schema(crm.ObjectContact).Field("LastName")
	if !ok || !f.Required || !f.Creatable || f.Type != crm.TypeText {
		k.Errorf("LastName of a contact is described as %+v", f)
	}
	f, _ = k.schema(crm.ObjectContact).Field("FirstName")
	if f.Required {
		k.Error("FirstName of a contact is not required")
	}
}

func describeKeys(k *kit) {
	for _, o := range []crm.Object{crm.ObjectAccount, crm.ObjectContact, crm.ObjectLead, crm.ObjectJobChange} {
		name := k.Names.KeyField(o)
		if name == "" || o == crm.ObjectLead && k.lacks(LacksLeads) || o == crm.ObjectJobChange && k.lacks(LacksEventRecord) {
			continue
		}
		f, ok := k.schema(o).Field(name)
		if !ok || !f.Unique || !f.Creatable || f.Length != 0 && f.Length < 64 {
			k.Errorf("%s.%s is described as %+v; keys of 64 characters must be unique in it", o, name, f)
		}
	}
}

func describeUnknown(k *kit) {
	_, err := k.Driver.Describe(k.Context(), "No_Such_Object__c")
	k.wantClass(err, crm.ErrNotFound)
}
