package crmtest

import (
	"slices"

	"github.com/onward-crm/onward/crm"
)

// A CRM that lacks creates is read, and its records updated: that is the reading part
// of the suite. Cases that need a create to show anything are skipped there, all
// others run as they do everywhere.

func readingCases() []testCase {
	return []testCase{
		{"creates are refused and nothing else is", readingRefuses},
		{"the client takes a refused create for final", readingClient},
	}
}

// creating marks cases that need a CRM in which records are created.
func creating(cases ...testCase) []testCase {
	out := slices.Clone(cases)
	for i, c := range out {
		out[i].test = func(k *kit) {
			k.needs(LacksCreates)
			c.test(k)
		}
	}
	return out
}

// withoutCreates skips a test of refusals where there are none.
func (k *kit) withoutCreates() {
	k.Helper()
	if !k.lacks(LacksCreates) {
		k.Skip("the CRM creates records")
	}
}

func readingRefuses(k *kit) {
	k.withoutCreates()
	id := k.seed(contact("Lee", crm.Fields{"Title": "CTO"}))[0]
	results := k.tryWrite(
		create(key(1), crm.ObjectContact, canaryFields(nil)),
		update(key(2), crm.ObjectContact, id, crm.Fields{"Title": "CEO"}),
		create(key(3), crm.ObjectAccount, crm.Fields{"Name": "Acme"}),
		crm.Write{Key: key(4), Verb: crm.VerbUpsert, Object: crm.ObjectContact, Set: canaryFields(nil)},
	)
	for _, n := range []int{0, 2, 3} {
		e := k.wantClass(results[n].Err, crm.ErrInvalid)
		if e.Key != key(n+1) || e.Code == "" {
			k.Errorf("the error says key %s and code %q, want the write's and a code", e.Key, e.Code)
		}
		NoLeak(k, e, canaries()...)
	}
	if results[1].Err != nil {
		k.Errorf("the update among them: %v", results[1].Err)
	}
	k.wantFields(k.get(crm.ObjectContact, id, "Title"), crm.Fields{"Title": "CEO"})
	k.wantCount(crm.ObjectContact, "LastName", canaries()[1], 0)
	k.wantCount(crm.ObjectAccount, "Name", "Acme", 0)
	found, err := k.Driver.Landed(k.Context(), crm.ObjectContact, []crm.Key{key(1), key(4)})
	if err != nil || len(found) != 0 {
		k.Errorf("landed %v, %v; want nothing, because nothing was sent", found, err)
	}
}

func readingClient(k *kit) {
	k.withoutCreates()
	c, slept := k.client(k.Driver)
	r := k.applyOne(c, create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee"}))
	k.wantClass(r.Err, crm.ErrInvalid)
	if n := c.Calls(); n.Write != 1 || n.Landed != 0 || len(slept.taken) != 0 {
		k.Errorf("%+v and %d pauses, want one write alone", n, len(slept.taken))
	}
}
