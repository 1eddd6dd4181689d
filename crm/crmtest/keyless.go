package crmtest

import (
	"errors"
	"time"

	"github.com/onward-crm/onward/crm"
)

func keylessCases() []testCase {
	return []testCase{
		{"CR12 tells which objects leave no key", keylessObjects},
		{"CR12 seeks by name, creator and time", keylessSeek},
		{"CR12 a lost answer is found by name", keylessFound},
		{"CR12 what cannot be found is not sent again", keylessDoubtful},
	}
}

// keyless is a kit whose contacts have no key field.
func (k *kit) keyless() (*kit, crm.Seeker) {
	k.Helper()
	k.can("make a CRM without a key field", k.Harness.Keyless != nil)
	without := &kit{T: k.T, Harness: k.Harness.Keyless()}
	s, ok := without.Driver.(crm.Seeker)
	if !ok {
		k.Fatalf("%T is no crm.Seeker", without.Driver)
	}
	return without, s
}

func keylessObjects(k *kit) {
	_, s := k.keyless()
	for o, want := range map[crm.Object]bool{crm.ObjectContact: true, crm.ObjectAccount: false} {
		if got := s.Keyless(o); got != want {
			k.Errorf("Keyless(%s) is %v, want %v", o, got, want)
		}
	}
}

// ann is a create of Ann Lee, decided long ago.
func ann(n int) crm.Write {
	w := create(key(n), crm.ObjectContact, crm.Fields{"FirstName": "Ann", "LastName": "Lee"})
	w.Since = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	return w
}

func keylessSeek(k *kit) {
	k, s := k.keyless()
	k.seed(contact("Lee", crm.Fields{"FirstName": "Ann"}))
	c, _ := k.client(k.Driver)
	made := k.succeed(c, ann(1))[0].ID
	other, later := ann(3), ann(4)
	other.Set = crm.Fields{"FirstName": "Bob", "LastName": "Lee"}
	later.Since = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	got, err := s.Seek(k.Context(), []crm.Write{ann(2), other, later})
	if err != nil || len(got) != 3 {
		k.Fatalf("Seek gave %d results: %v", len(got), err)
	}
	if len(got[0]) != 1 || got[0][0] != made {
		k.Errorf("the create is found as %v, want [%s]", got[0], made)
	}
	if len(got[1])+len(got[2]) > 0 {
		k.Errorf("another name is found as %v, a later time as %v", got[1], got[2])
	}
}

func keylessFound(k *kit) {
	k, _ = k.keyless()
	c, d := k.lostOnce(LostAfterLanding)
	if r := k.succeed(c, ann(1))[0]; !r.Created || r.ID == "" {
		k.Errorf("result %+v", r)
	}
	k.wantCount(crm.ObjectContact, "LastName", "Lee", 1)
	if n := d.Calls().Write; n != 1 {
		k.Errorf("%d writes, want 1", n)
	}
}

func keylessDoubtful(k *kit) {
	k, _ = k.keyless()
	c, d := k.lostOnce(LostBeforeLanding)
	results, err := c.Apply(k.Context(), []crm.Write{ann(1)})
	if err != nil || len(results) != 1 || !errors.Is(results[0].Err, crm.ErrDoubtful) {
		k.Errorf("results %+v (%v), want ErrDoubtful", results, err)
	}
	if n := d.Calls().Write; n != 1 {
		k.Errorf("%d writes, want 1", n)
	}
}
