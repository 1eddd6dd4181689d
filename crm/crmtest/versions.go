package crmtest

import "github.com/onward-crm/onward/crm"

func versionCases() []testCase {
	return []testCase{
		{"every change moves the version", versionMoves},
		{"a write asks for a version", versionGuards},
		{"the client asks before it writes", versionClient},
	}
}

func (k *kit) version(id string) crm.Version {
	k.Helper()
	rows := k.ask(where(crm.ObjectContact, "Id", id))
	if len(rows) != 1 || rows[0].Version == "" {
		k.Fatalf("found %v, want one record with a version", rows)
	}
	return rows[0].Version
}

func versionMoves(k *kit) {
	k.needs(LacksVersions)
	id := k.seed(contact("Lee", nil))[0]
	first := k.version(id)
	if again := k.version(id); again != first {
		k.Errorf("reading moved the version from %s to %s", first, again)
	}
	k.write(update(key(1), crm.ObjectContact, id, crm.Fields{"Title": "CEO"}))
	if k.version(id) == first {
		k.Error("a write left the version")
	}
}

func versionGuards(k *kit) {
	k.needs(LacksVersions)
	k.can("edit", k.Edit != nil)
	id := k.seed(contact("Lee", nil))[0]
	w := update(key(1), crm.ObjectContact, id, crm.Fields{"Title": "CEO"})
	w.If = k.version(id)
	k.must(k.Edit(id, crm.Fields{"Phone": "1"}))
	k.refuse(w, crm.ErrStale)
	k.wantFields(k.get(crm.ObjectContact, id, "Title", "Phone"), crm.Fields{"Title": "", "Phone": "1"})
	w.If = k.version(id)
	k.write(w)
}

func versionClient(k *kit) {
	k.needs(LacksVersions)
	k.can("edit", k.Edit != nil)
	id := k.seed(contact("Lee", nil))[0]
	w := update(key(1), crm.ObjectContact, id, crm.Fields{"Title": "CEO"})
	w.If = k.version(id)
	k.must(k.Edit(id, crm.Fields{"Phone": "1"}))
	c, _ := k.client(k.Driver)
	k.wantClass(k.applyOne(c, w).Err, crm.ErrStale)
	if n := c.Calls().Write; n != 0 {
		k.Errorf("%d write calls for a stale update, want none", n)
	}
	k.must(k.Edit(id, crm.Fields{"Title": "CEO"}))
	if r := k.applyOne(c, w); r.Err != nil || len(r.Changed) != 0 {
		k.Errorf("what is there already is %+v, want success without a change", r)
	}
}
