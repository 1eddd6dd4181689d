package crmtest

import "github.com/onward-crm/onward/crm"

func landedCases() []testCase {
	return []testCase{
		{"knows what has arrived at once", landedAtOnce},
		{"keeps objects apart", landedByObject},
		{"knows event records", landedEvents},
	}
}

func (k *kit) landed(o crm.Object, keys ...crm.Key) map[crm.Key]string {
	k.Helper()
	found, err := k.Driver.Landed(k.Context(), o, keys)
	if err != nil {
		k.Fatalf("landed: %v", err)
	}
	return found
}

func landedAtOnce(k *kit) {
	for n := range 5 {
		id := k.write(create(key(n), crm.ObjectContact, crm.Fields{"LastName": "Lee"})).ID
		found := k.landed(crm.ObjectContact, key(n), key(n+100))
		if found[key(n)] != id || found[key(n+100)] != "" {
			k.Fatalf("landed %v, want %s alone", found, id)
		}
	}
	if found := k.landed(crm.ObjectContact, key(0), key(3), key(4)); len(found) != 3 {
		k.Errorf("landed %v, want three", found)
	}
}

func landedByObject(k *kit) {
	k.write(create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee"}))
	if found := k.landed(crm.ObjectAccount, key(1)); found[key(1)] != "" {
		k.Error("a contact's key was found among accounts")
	}
}

func landedEvents(k *kit) {
	k.needs(LacksEventRecord)
	id := k.write(event(key(1), nil)).ID
	if found := k.landed(crm.ObjectJobChange, key(1)); found[key(1)] != id {
		k.Errorf("landed %v, want %s", found, id)
	}
}
