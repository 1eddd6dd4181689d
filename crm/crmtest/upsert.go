package crmtest

import "github.com/onward-crm/onward/crm"

func upsertCases() []testCase {
	return []testCase{
		{"inserts, then overwrites", upsertTwice},
		{"fields that are not set stay", upsertKeeps},
	}
}

// event makes an upsert of the event record.
func event(k crm.Key, f crm.Fields) crm.Write {
	return crm.Write{Key: k, Verb: crm.VerbUpsert, Object: crm.ObjectJobChange, Set: f}
}

func upsertTwice(k *kit) {
	k.needs(LacksEventRecord)
	field := k.textField(crm.ObjectJobChange)
	first := k.write(event(key(1), crm.Fields{field: "one"}))
	second := k.write(event(key(1), crm.Fields{field: "two"}))
	other := k.write(event(key(2), crm.Fields{field: "three"}))
	if !first.Created || second.Created || first.ID != second.ID || other.ID == first.ID {
		k.Errorf("results %+v, %+v, %+v; want one record for each key", first, second, other)
	}
	k.wantFields(k.get(crm.ObjectJobChange, first.ID, field), crm.Fields{field: "two"})
	if rows := k.ask(crm.Query{Object: crm.ObjectJobChange}); len(rows) != 2 {
		k.Errorf("%d event records, want 2", len(rows))
	}
}

func upsertKeeps(k *kit) {
	k.needs(LacksEventRecord)
	field := k.textField(crm.ObjectJobChange)
	id := k.write(event(key(1), crm.Fields{field: "one"})).ID
	k.write(event(key(1), nil))
	k.wantFields(k.get(crm.ObjectJobChange, id, field), crm.Fields{field: "one"})
}
