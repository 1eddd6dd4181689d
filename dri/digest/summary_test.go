package digest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/dri/digest"
)

// TestManagerSummary: a section for each report who has something, with figures and
// the most important rows.
func TestManagerSummary(t *testing.T) {
	book := digest.NewBook(digest.Facts{Changes: []digest.Change{
		move(t, "A", "2026-11-20T10:00:00Z", part(dri.Joins, dri.Other, una, "New")),
		move(t, "B", "2026-11-19T10:00:00Z", part(dri.Joins, dri.Target, una, "New")),
		move(t, "C", "2026-11-18T10:00:00Z", part(dri.Leaves, dri.Customer, una, "Old")),
		move(t, "D", "2026-11-17T10:00:00Z", part(dri.Leaves, dri.OpenOpportunity, una, "Old")),
		move(t, "E", "2026-11-17T10:00:00Z", part(dri.Joins, dri.Target, uwe, "New")),
	}})
	w := week48(t)
	silent := digest.Party{ID: "005u3", Name: "Aaron Quiet"}
	m := digest.Summary(mia, w, []digest.Message{book.Weekly(uwe, w), book.Weekly(silent, w), book.Weekly(una, w)})
	if d := cmp.Diff([]string{"Una Berg: Person D Person C Person B", "Uwe Stein: Person E"}, outline(m)); d != "" {
		t.Errorf("sections (-want +got):\n%s", d)
	}
	if s := m.Sections[0]; s.Total != 4 || len(s.Rows) != digest.MostImportant || len(s.Counts) != 2 {
		t.Errorf("Una's section: %d rows in all, %d shown, %v", s.Total, len(s.Rows), s.Counts)
	}
	if m.Subject != "Your team: 3 joined, 2 left · 16 – 22 Nov 2026" || m.Kind != digest.KindSummary || m.To != mia {
		t.Errorf("%s to %s: %q", m.Kind, m.To.Name, m.Subject)
	}
	if m.Lead != "Changes at the accounts of 2 people who report to you." {
		t.Errorf("lead %q", m.Lead)
	}
}

// TestReports: who reports to whom, through inactive managers and past loops.
func TestReports(t *testing.T) {
	users := []crm.User{
		{ID: "005u1", Active: true, ManagerID: "005m1"}, {ID: "005u2", Active: true, ManagerID: "005gone"},
		{ID: "005gone", ManagerID: "005m1"}, {ID: "005m1", Active: true, ManagerID: "005m2"}, {ID: "005m2", Active: true, ManagerID: "005m1"},
		{ID: "005alone", Active: true}, {ID: "005l1", Active: true, ManagerID: "005l2"}, {ID: "005l2", ManagerID: "005l1"},
	}
	got := digest.Reports(users, []string{"005u2", "005u1", "005m1", "005alone", "005l1", "005unknown"})
	want := map[string][]string{"005m1": {"005u1", "005u2"}, "005m2": {"005m1"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("reports (-want +got):\n%s", d)
	}
}
