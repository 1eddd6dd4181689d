package track_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/track"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
)

// champions are people of a deal, by name.
type champions []string

func (c *champions) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for i, name := range *c {
			p := tracking.Person{RecordID: fmt.Sprintf("003Lu000000000%dIAA", i+1), FirstName: name, LastName: "Lee", Title: "CTO"}
			d := &tracking.Deal{OpportunityID: "006", Name: "Renewal", Role: "Evaluator", Account: "Acme"}
			if !yield(tracking.Row{Number: i + 1, Relationship: tracking.ClosedWon, Person: p, Deal: d}, nil) {
				return
			}
		}
	}
}

// admins are users by id.
type admins []string

func (a admins) Users(_ context.Context, ids []string) ([]crm.User, error) {
	if !slices.Contains(a, ids[0]) {
		return nil, nil
	}
	return []crm.User{{ID: ids[0], Name: "Mia", Email: "mia@acme.example", Active: true}}, nil
}

func (admins) AccountNames(context.Context, []string) (map[string]string, error) {
	return map[string]string{"001Lu0000000001IAA": "Acme"}, nil
}

// postman keeps what it is given, or is away.
type postman struct {
	away bool
	got  []notify.Message
}

func (p *postman) Name() string { return "mail" }

func (p *postman) Send(_ context.Context, m notify.Message) error {
	if p.away {
		return &notify.SendError{Class: notify.ErrAway, Reason: "timeout"}
	}
	p.got = append(p.got, m)
	return nil
}

// TestChampionWatch: the admin hears once a week, only when there are more, and again what
// could not be sent.
func TestChampionWatch(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s, err := contacts.New(contacts.Deps{Store: new(memstore.Store), Secret: []byte("a secret of many bytes")}, &contacts.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	mail, missing := &postman{}, &champions{"Ann", "Bob"}
	courier, err := notify.NewCourier([]notify.Sender{mail}, &notify.CourierOptions{Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	w := track.ChampionWatch{
		Contacts: s, Source: missing, Alerts: notify.Alerts{Directory: admins{"005A"}, Sent: notify.NewMemSent(), Courier: courier},
		BaseURL: "https://acme.my.salesforce.com/", Now: clock,
	}
	for _, step := range []struct {
		what  string
		admin string
		hours int
		away  bool
		who   champions
		sent  int
	}{
		{"nobody is to hear", "", 0, false, champions{"Ann", "Bob"}, 0},
		{"the mail is away", "005A", 1, true, champions{"Ann", "Bob"}, 0},
		{"it is back", "005A", 1, false, champions{"Ann", "Bob"}, 1},
		{"not twice in a week", "005A", 100, false, champions{"Ann", "Bob", "Cid"}, 1},
		{"a week later, as many", "005A", 80, false, champions{"Ann", "Bob"}, 1},
		{"a week later, one more", "005A", 168, false, champions{"Ann", "Bob", "Cid"}, 2},
		{"a user who is gone", "005B", 168, false, champions{"Ann", "Bob", "Cid", "Dee"}, 2},
		{"who is not asked again for a week", "005A", 1, false, champions{"Ann", "Bob", "Cid", "Dee"}, 2},
	} {
		now = now.Add(time.Duration(step.hours) * time.Hour)
		mail.away, *missing = step.away, step.who
		if err := s.SetChampionAdmin(t.Context(), step.admin); err != nil {
			t.Fatal(err)
		}
		if err := w.Look(t.Context()); err != nil || len(mail.got) != step.sent {
			t.Fatalf("%s: %d sent, want %d; %v", step.what, len(mail.got), step.sent, err)
		}
	}
	m := mail.got[1]
	if c := m.Content; m.To.Email != "mia@acme.example" || c.Title != "3 people are missing" || !strings.Contains(c.Lead, "at the last look there were 2.") {
		t.Errorf("%+v", m)
	}
	row := m.Content.Sections[0].Rows[2]
	if row.Person.Name != "Cid Lee" || row.Person.URL != "https://acme.my.salesforce.com/003Lu0000000003IAA" || row.Role != "CTO" || row.Notes[0] != "Evaluator on Renewal, Acme" {
		t.Errorf("%+v", row)
	}
}
