package notify_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// toldOf is the notice of the desk that a person has a new company.
func toldOf(user string, p tracking.Person, company string) sponsor.Notice {
	to := matching.Company{Name: company}
	return sponsor.Notice{
		UserID: user, Person: p, Keys: sponsor.NoticeKeys(user, p, to), Move: "move-1",
		Changes: []sponsor.Change{{Attribute: sponsor.Company, Old: "Northwind", New: company, Company: to}},
	}
}

// news are those of a world, at a time.
func (w *world) news(when string) notify.News {
	return notify.News{
		Directory: w.opt.Directory, Sent: w.sent, Courier: w.opt.Courier, BaseURL: "https://acme.my.salesforce.com",
		Now: func() time.Time { return at(when) },
	}
}

// TestSP15NoDoubleNotification: the desk tells the owner of the account, the routing of
// the move tells who is responsible; one user who is both is told once, whoever is first.
func TestSP15NoDoubleNotification(t *testing.T) {
	rec := moved("1AYA2", "2026-11-18T10:00:00Z", joins(una), leaves(uwe))
	rec.Event.Person.Email = "person@northwind.example"
	same := tracking.Person{RecordID: "hub-1", Emails: []string{"PERSON@northwind.example"}, FirstName: "Person", LastName: "1AYA2"}
	by := func(user, company string) sponsor.Notice { return toldOf(user, same, company) }
	for _, row := range []struct {
		name string
		desk sponsor.Notice
		want []string
	}{
		{"the same user, another spelling of the company", by(una, "Acme, Inc."), []string{"una"}},
		{"who is responsible for the old account", by(uwe, "ACME"), []string{"una", "uwe"}},
		{"another user", by(mia, "ACME Inc"), []string{"una", "mia"}},
		{"another company", by(una, "Globex"), []string{"una", "una"}},
		{"somebody else", toldOf(una, tracking.Person{Emails: []string{"other@northwind.example"}}, "ACME Inc"), []string{"una", "una"}},
	} {
		for _, deskFirst := range []bool{true, false} {
			t.Run(row.name, func(t *testing.T) {
				w := newWorld(t, rec)
				steps := []func(){
					func() {
						if err := w.news("2026-11-18T10:20:00Z").Tell(t.Context(), row.desk); err != nil {
							t.Error(err)
						}
					},
					func() { send(t, w.notices(t, nil), notice(rec, una, dri.Joins)) },
				}
				if deskFirst {
					steps[0], steps[1] = steps[1], steps[0]
				}
				for range 2 {
					steps[1]()
					steps[0]()
				}
				want := map[string]int{}
				for _, name := range row.want {
					want[name]++
				}
				if row.name == "who is responsible for the old account" {
					send(t, w.notices(t, nil), notice(rec, uwe, dri.Leaves))
				}
				got := map[string]int{}
				for _, m := range w.mail.got {
					name, _, _ := strings.Cut(m.To.Email, "@")
					got[name]++
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestNewsWaits: while a channel is away neither world tells, and afterwards one does.
func TestNewsWaits(t *testing.T) {
	rec := moved("1AYA2", "2026-11-18T10:00:00Z", joins(una))
	who := tracking.Person{RecordID: "003RM0000000001AYA2"}
	rec.Outcome.ContactID = who.RecordID
	w := newWorld(t, rec)
	w.mail.says = always(notify.ErrAway, "timeout")
	if err := w.news("2026-11-18T10:20:00Z").Tell(t.Context(), toldOf(una, who, "ACME Inc")); err == nil {
		t.Error("told while the channel was away")
	}
	w.mail.says = nil
	if again := send(t, w.notices(t, func(o *notify.NoticesOptions) { o.Now = func() time.Time { return at("2026-11-18T10:21:00Z") } }), notice(rec, una, dri.Joins)); !again[0] {
		t.Error("the notice did not wait for the one that is being sent")
	}
	if err := w.news("2026-11-18T10:40:00Z").Tell(t.Context(), toldOf(una, who, "ACME Inc")); err != nil {
		t.Error(err)
	}
	if again := send(t, w.notices(t, nil), notice(rec, una, dri.Joins)); again[0] || len(w.mail.got) != 1 {
		t.Errorf("again %v, %d messages", again, len(w.mail.got))
	}
}

// TestNewsThatIsNoMove: a new title is told, and a new role of a move is not taken for
// the arrival before it; coming back after months is news again.
func TestNewsThatIsNoMove(t *testing.T) {
	who := tracking.Person{RecordID: "003RM0000000001AYA2", FirstName: "Ida", LastName: "Roe"}
	first, role := moved("1AYA2", "2026-11-18T10:00:00Z", joins(una)), moved("2AYA2", "2026-11-18T10:00:00Z", joins(una))
	role.Plan.Kind = tracking.Promotion
	role.Event.Person = first.Event.Person
	w := newWorld(t, first, role)
	n := w.notices(t, nil)
	send(t, n, notice(first, una, dri.Joins), notice(role, una, dri.Joins))
	title := sponsor.Notice{UserID: una, Person: who, Keys: []string{"k1"}, Changes: []sponsor.Change{{Attribute: sponsor.Title, Old: "VP", New: "CRO"}, {Attribute: sponsor.Location, Old: "Bonn", New: "Berlin"}}}
	for range 2 {
		if err := w.news("2026-11-18T10:30:00Z").Tell(t.Context(), title); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.mail.got; len(got) != 3 || got[2].Content.Title != "Ida Roe: new title and location" || got[2].Content.Sections[0].Rows[0].Person.URL != "https://acme.my.salesforce.com/003RM0000000001AYA2" {
		t.Fatalf("messages %+v", got)
	}
	back := first
	back.Delivery.Key, back.Event.ID, back.FinishedAt = "kback", "back", at("2027-03-18T10:00:00Z")
	w.records.all = append(w.records.all, back)
	late := w.notices(t, func(o *notify.NoticesOptions) { o.Now = func() time.Time { return at("2027-03-18T10:01:00Z") } })
	if send(t, late, notice(back, una, dri.Joins)); len(w.mail.got) != 4 {
		t.Errorf("%d messages after coming back", len(w.mail.got))
	}
}

// TestNewsForNobody: users who are not there or not active, and notices of nothing, are
// dropped; what is not wired is an error.
func TestNewsForNobody(t *testing.T) {
	w := newWorld(t)
	who := tracking.Person{RecordID: "003RM0000000001AYA2"}
	for _, n := range []sponsor.Notice{toldOf(gone, who, "Acme"), toldOf("005RM0000000x1AYAQ", who, "Acme"), {UserID: una, Keys: []string{"k"}}, {UserID: una, Changes: []sponsor.Change{{}}}} {
		if err := w.news("2026-11-18T10:30:00Z").Tell(t.Context(), n); err != nil || len(w.mail.got) != 0 {
			t.Errorf("%v, %d messages", err, len(w.mail.got))
		}
	}
	if err := (notify.News{}).Tell(t.Context(), sponsor.Notice{}); err == nil {
		t.Error("news without parts")
	}
	broken := w.news("2026-11-18T10:30:00Z")
	broken.Directory = directory{errBroken}
	if err := broken.Tell(t.Context(), toldOf(una, who, "Acme")); !errors.Is(err, errBroken) {
		t.Errorf("directory: %v", err)
	}
	var _ routing.Notifier = (*notify.Notices)(nil)
}

// TestNewsOfSponsorsAlone: who is no sponsor costs no marks beside the notice's own.
func TestNewsOfSponsorsAlone(t *testing.T) {
	rec := moved("1AYA2", "2026-11-18T10:00:00Z", joins(una))
	for _, known := range []bool{true, false} {
		w := newWorld(t, rec)
		var asked []string
		n := w.notices(t, func(o *notify.NoticesOptions) {
			o.Sponsors = func(_ context.Context, keys []string) (bool, error) {
				asked = keys
				return known, nil
			}
		})
		send(t, n, notice(rec, una, dri.Joins))
		who := tracking.Person{RecordID: rec.Outcome.ContactID}
		if err := w.news("2026-11-18T10:40:00Z").Tell(t.Context(), toldOf(una, who, "ACME Inc")); err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 1, false: 2}[known]; len(w.mail.got) != want || !slices.Contains(asked, "crm:"+rec.Outcome.ContactID) {
			t.Errorf("a sponsor %v: %d messages, asked for %v", known, len(w.mail.got), asked)
		}
	}
	w := newWorld(t, rec)
	n := w.notices(t, func(o *notify.NoticesOptions) {
		o.Sponsors = func(context.Context, []string) (bool, error) { return false, errBroken }
	})
	if again := send(t, n, notice(rec, una, dri.Joins)); !again[0] || len(w.mail.got) > 0 {
		t.Error("told without knowing")
	}
}
