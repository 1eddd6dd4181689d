package dispatch_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing/dispatch"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

func TestUpdatesForDigests(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	entity := func(kind, id, name, owner string) sponsor.Entity {
		return sponsor.Entity{EntityRef: sponsor.EntityRef{Kind: kind, ID: id}, Name: name, OwnerID: owner}
	}
	update := func(id string, at time.Time, state sponsor.UpdateState, cs ...sponsor.Change) sponsor.Update {
		return sponsor.Update{ID: id, At: at, State: state, Changes: cs}
	}
	title := sponsor.Change{Attribute: sponsor.Title, Old: "VP", New: "CRO"}
	store := sponsor.NewMemoryStore()
	errs, err := store.Save(t.Context(), []sponsor.Saving{{Sponsor: sponsor.Sponsor{
		ID: "s1", Status: sponsor.Tracked, Person: tracking.Person{RecordID: "003", HubSpotID: "7", FirstName: "Ann", LastName: "Lee"},
		Entities: []sponsor.Entity{entity("account", "001", "Acme", "una"), entity("account", "002", "Beta", "una"), entity("relationship", "nps-9", "", "uwe"), entity("account", "003", "Nobody's", "")},
		Updates: []sponsor.Update{
			update("early", noon.Add(-time.Second), sponsor.UpdateOpen, title), update("u1", noon, sponsor.UpdateAccepted, title, sponsor.Change{Attribute: sponsor.Location, New: "Bonn", Overtaken: true}),
			update("over", noon, sponsor.UpdateOvertaken, title), update("late", noon.Add(time.Hour), sponsor.UpdateOpen, title),
		},
	}}})
	if err != nil || errs[0] != nil {
		t.Fatal(err, errs)
	}
	got, err := dispatch.Updates(store)(t.Context(), noon, noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	row := func(user string, account digest.Party) digest.Update {
		return digest.Update{
			ID: "s1/u1/title/" + user, UserID: user, At: noon, Person: digest.Party{ID: "003", Name: "Ann Lee"}, PersonIDs: []string{"003", "7"},
			Account: account, Attribute: "title", Old: "VP", New: "CRO",
		}
	}
	want := []digest.Update{row("una", digest.Party{ID: "001", Name: "Acme"}), row("uwe", digest.Party{Name: "nps-9"})}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
