package track_test

import (
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/track"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/tracking"
)

// leave lets contacts of Acme move away by name, one a day.
func (b *bench) leave(names ...string) {
	b.Helper()
	for _, name := range names {
		b.now = b.now.AddDate(0, 0, 1)
		b.deliver(map[string]string{"id": "left-" + name, "full_name": name + " Lee", "email": name + "@acme.com", "past_company": "Acme",
			"new_company": "Zenith", "new_domain": "zenith.com"})
	}
}

// TestChurn: three people who left one account within the rule's days, each counted once;
// who went to another part of the same group has not left.
func TestChurn(t *testing.T) {
	b := newBench(t)
	b.crm(deal{"true true 100", "ann bob cid dee"})
	b.deliver(map[string]string{"id": "stays", "full_name": "dee Lee", "email": "dee@acme.com", "past_company": "Acme", "new_company": "Acme Labs", "new_domain": "acmelabs.com"})
	b.leave("ann", "bob")
	b.shows("churn", "no account was left by several people")
	b.leave("cid")
	b.shows("churn", "ACCOUNT PEOPLE FROM TO WHO", "Acme 3 2026-11-22 2026-11-24 ann Lee, bob Lee, cid Lee")
	var got []track.Churn
	if b.read("churn", &got); len(got) != 1 || got[0].AccountID != "001Lu0000000001IAA" || got[0].UserID == "" || len(got[0].People) != 3 {
		t.Errorf("%+v", got)
	}
	b.file("onward.yaml", "tracking: {churn: {people: 2, days: 2}}\n")
	b.shows("churn --config $DIR/onward.yaml", "ACCOUNT PEOPLE FROM TO WHO", "Acme 2 2026-11-23 2026-11-24 bob Lee, cid Lee")
	b.now = b.now.AddDate(0, 0, 91)
	b.shows("churn", "no account was left by several people")
}

// TestChurnWatch: who is responsible hears once, and again when somebody more leaves.
func TestChurnWatch(t *testing.T) {
	b := newBench(t)
	b.crm(deal{"true true 100", "ann bob cid dee"})
	b.leave("ann", "bob", "cid")
	mail := &postman{}
	courier, err := notify.NewCourier([]notify.Sender{mail}, &notify.CourierOptions{Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	w := track.ChurnWatch{
		Ledger: b.open().Ledger, Rule: tracking.ChurnRule{}, BaseURL: "https://acme.my.salesforce.com", Now: func() time.Time { return b.now },
		Alerts: notify.Alerts{Directory: admins{"005Lu0000000001IAA", "005Lu0000000002IAA"}, Sent: notify.NewMemSent(), Courier: courier},
	}
	for _, sent := range []int{1, 1, 2} {
		if err := w.Look(t.Context()); err != nil || len(mail.got) != sent {
			t.Fatalf("%d sent, want %d; %v", len(mail.got), sent, err)
		}
		if sent == 1 {
			b.now = b.now.AddDate(0, 0, 1)
		}
		if b.now.Day() == 26 {
			b.leave("dee")
		}
	}
	m := mail.got[0].Content
	if m.Title != "3 people have left Acme" || !strings.Contains(m.Lead, "Between 2026-11-22 and 2026-11-24.") || len(m.Sections[0].Rows) != 3 ||
		m.Sections[0].Rows[0].Person.URL != "https://acme.my.salesforce.com/003Lu0000000001IAA" {
		t.Errorf("%+v", m)
	}
	if mail.got[1].Content.Title != "4 people have left Acme" {
		t.Errorf("%+v", mail.got[1])
	}
}
