package digest_test

import (
	"fmt"
	"time"

	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/dri/digest"
)

func ExampleBook_Weekly() {
	una := digest.Party{ID: "0051", Name: "Una Berg"}
	book := digest.NewBook(digest.Facts{Changes: []digest.Change{{
		ID: "m1", At: time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC), Person: digest.Party{Name: "Petra Lang"},
		From: digest.Party{Name: "Northwind"}, To: digest.Party{Name: "Acme"},
		Parts: []digest.Part{{Scenario: dri.Joins, Class: dri.Customer, UserID: una.ID, Account: digest.Party{Name: "Acme"}}},
	}}})
	schedule := digest.Schedule{Zone: time.UTC, Hour: 7}
	week := schedule.Due(time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC))
	m := book.Weekly(una, schedule.Window(week, time.Time{}))
	fmt.Println(week, "·", m.Subject)
	for _, s := range m.Sections {
		fmt.Println(s.Title, s.Rows[0].Person.Name, s.Rows[0].Events[0].Verb, s.Rows[0].Events[0].About.Name)
	}
	// Output:
	// 2026-W48 · 1 joined · 16 – 22 Nov 2026
	// Joined a customer Petra Lang joined Acme
}

func ExampleNotice() {
	rules := []digest.Rule{{Scenario: dri.Leaves, Class: dri.Customer, Say: "{person} left your customer {account}"}}
	una := digest.Party{ID: "0051", Name: "Una Berg"}
	m, ok := digest.Notice(rules, digest.Change{
		Person: digest.Party{Name: "Petra Lang"}, To: digest.Party{Name: "Acme"},
		Parts: []digest.Part{{Scenario: dri.Leaves, Class: dri.Customer, UserID: una.ID, Account: digest.Party{Name: "Northwind"}}},
	}, una)
	fmt.Println(ok, m.Subject)
	// Output: true Petra Lang left your customer Northwind
}
