package crmtest

import (
	"errors"

	"github.com/onward-crm/onward/crm"
)

func visibilityCases() []testCase {
	return []testCase{
		{"CR07 a hidden record is not found", hiddenFind},
		{"CR07 a write to a hidden record is not visible, not deleted", hiddenWrite},
		{"CR07 the same through the client", hiddenClient},
	}
}

func (k *kit) hidden() string {
	k.Helper()
	k.can("hide records", k.Hide != nil)
	made := k.seed(contact("Hidden", nil), contact("Seen", nil))
	k.must(k.Hide(made[0]))
	return made[0]
}

func hiddenFind(k *kit) {
	id := k.hidden()
	k.wantCount(crm.ObjectContact, "LastName", "Seen", 1)
	k.wantCount(crm.ObjectContact, "LastName", "Hidden", 0)
	q := where(crm.ObjectContact, "Id", id)
	q.Deleted = true
	if rows := k.ask(q); len(rows) != 0 {
		k.Error("asking for deleted records shows a hidden one")
	}
}

// wantNotVisible checks that a hidden record is taken for nothing else.
func (k *kit) wantNotVisible(err error) {
	k.Helper()
	k.wantClass(err, crm.ErrNotVisible)
	if errors.Is(err, crm.ErrStale) || errors.Is(err, crm.ErrNotFound) || crm.Retryable(err) {
		k.Errorf("error %v must not read as deleted, nor be repeated", err)
	}
}

func hiddenWrite(k *kit) {
	w := update(key(1), crm.ObjectContact, k.hidden(), crm.Fields{"Title": "CEO"})
	k.wantNotVisible(k.tryWrite(w)[0].Err)
}

func hiddenClient(k *kit) {
	id := k.hidden()
	c, _ := k.client(k.Driver)
	k.wantNotVisible(k.applyOne(c, update(key(1), crm.ObjectContact, id, crm.Fields{"Title": "CEO"})).Err)
}
