package crmtest

import (
	"slices"

	"github.com/onward-crm/onward/crm"
)

func mergedCases() []testCase {
	return []testCase{
		{"deleted records show only when asked for", deletedShows},
		{"merged records name their master", mergedShows},
		{"writing to a deleted record", deletedWrite},
		{"writing to a merged record", mergedWrite},
		{"the client tells deleted from merged", mergedClient},
	}
}

// withDeleted reads one record by id, the recycle bin included.
func (k *kit) withDeleted(o crm.Object, id string) crm.Record {
	k.Helper()
	q := where(o, "Id", id)
	q.Deleted = true
	rows := k.ask(q)
	if len(rows) != 1 {
		k.Fatalf("found %d records with the deleted ones, want 1", len(rows))
	}
	return rows[0]
}

func (k *kit) deleted() string {
	k.Helper()
	k.needs(LacksDeleted)
	k.can("delete", k.Delete != nil)
	id := k.seed(contact("Lee", nil))[0]
	k.must(k.Delete(id))
	return id
}

func (k *kit) merged() (loser, master string) {
	k.Helper()
	k.needs(LacksDeleted)
	k.can("merge", k.Merge != nil)
	made := k.seed(contact("Lee", nil), contact("Lee", nil))
	k.must(k.Merge(made[0], made[1]))
	return made[0], made[1]
}

func deletedShows(k *kit) {
	id := k.deleted()
	k.wantCount(crm.ObjectContact, "Id", id, 0)
	k.wantCount(crm.ObjectContact, "LastName", "Lee", 0)
	if r := k.withDeleted(crm.ObjectContact, id); !r.Deleted || r.MasterID != "" {
		k.Errorf("deleted %v, master %q; want a deleted record without master", r.Deleted, r.MasterID)
	}
}

func mergedShows(k *kit) {
	loser, master := k.merged()
	k.wantCount(crm.ObjectContact, "LastName", "Lee", 1)
	if r := k.withDeleted(crm.ObjectContact, loser); !r.Deleted || r.MasterID != master {
		k.Errorf("deleted %v, master %q; want master %s", r.Deleted, r.MasterID, master)
	}
	if r := k.withDeleted(crm.ObjectContact, master); r.Deleted || r.MasterID != "" {
		k.Errorf("the master is deleted %v, master %q", r.Deleted, r.MasterID)
	}
}

func deletedWrite(k *kit) {
	w := update(key(1), crm.ObjectContact, k.deleted(), crm.Fields{"Title": "CEO"})
	if e := k.refuse(w, crm.ErrStale); len(e.Matches) != 0 {
		k.Errorf("the error names %v, want nothing", e.Matches)
	}
}

func mergedWrite(k *kit) {
	loser, master := k.merged()
	e := k.refuse(update(key(1), crm.ObjectContact, loser, crm.Fields{"Title": "CEO"}), crm.ErrStale)
	if !slices.Equal(e.Matches, []string{master}) {
		k.Errorf("the error names %v, want the master %s", e.Matches, master)
	}
}

func mergedClient(k *kit) {
	loser, master := k.merged()
	gone := k.deleted()
	c, _ := k.client(k.Driver)
	results, err := c.Apply(k.Context(), []crm.Write{
		update(key(1), crm.ObjectContact, loser, crm.Fields{"Title": "CEO"}),
		update(key(2), crm.ObjectContact, gone, crm.Fields{"Title": "CEO"}),
		update(key(3), crm.ObjectContact, master, crm.Fields{"Title": "CEO"}),
	})
	if err != nil || results[2].Err != nil {
		k.Fatalf("apply: %v, %v", err, results[2].Err)
	}
	if e := k.wantClass(results[0].Err, crm.ErrStale); !slices.Equal(e.Matches, []string{master}) {
		k.Errorf("merged: matches %v, want %s", e.Matches, master)
	}
	if e := k.wantClass(results[1].Err, crm.ErrStale); len(e.Matches) != 0 {
		k.Errorf("deleted: matches %v, want none", e.Matches)
	}
}
