package chaos

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
)

// start is when every world begins.
var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// world is a CRM with people in it, and the reports to come.
type world struct {
	db    *memcrm.CRM
	users []string
	// lanes are the reports, those of one person in order.
	lanes [][]routing.Event
	// poisoned tells that the CRM refuses some of the people.
	poisoned atomic.Bool
}

// poison is the last name of those whom the CRM refuses while it is poisoned.
const poison = "Venom"

// newWorld makes a world in which n people will move. Equal arguments give equal
// worlds.
func newWorld(tb testing.TB, n int, now func() time.Time) *world {
	tb.Helper()
	w := &world{}
	w.db = memcrm.New(&memcrm.Options{Now: now, Schemas: sftest.Schemas(crm.DefaultNames())})
	add := func(o crm.Object, f crm.Fields) string {
		id, err := w.db.Add(o, f)
		if err != nil {
			tb.Fatal(err)
		}
		return id
	}
	for i := range 4 {
		w.users = append(w.users, add(crm.ObjectUser, crm.Fields{
			"Name": fmt.Sprint("Rep ", i), "Email": fmt.Sprintf("rep%d@onward.example", i), "IsActive": "true",
		}))
	}
	var accounts []string
	for i := range 20 {
		accounts = append(accounts, add(crm.ObjectAccount, crm.Fields{
			"Name": placeName(i), "Website": placeDomain(i), "OwnerId": w.users[i%4], "BillingCountry": "US",
		}))
	}
	for i := range n {
		known := ""
		if i%3 == 0 {
			known = add(crm.ObjectContact, crm.Fields{
				"FirstName": firstName(i), "LastName": lastName(i), "Email": email(i), "AccountId": accounts[i%20], "OwnerId": w.users[i%4],
				"LinkedIn_URL__c": page(i),
			})
		}
		w.lanes = append(w.lanes, lane(i, known))
	}
	w.db.AddValidation(memcrm.Validation{Name: "no_venom", Object: crm.ObjectContact, Check: w.refuse})
	w.db.AddValidation(memcrm.Validation{Name: "no_venom", Object: crm.ObjectLead, Check: w.refuse})
	return w
}

func (w *world) refuse(_, after crm.Fields) []string {
	if w.poisoned.Load() && strings.HasPrefix(after["LastName"], poison) {
		return []string{"LastName"}
	}
	return nil
}

// lane is what is reported about one person: mostly one move, of one in ten a
// second one, of one in twelve the same once more under another key.
func lane(i int, known string) []routing.Event {
	ev := routing.Event{
		ID: fmt.Sprintf("m%d", i), Source: "feed:chaos", OccurredAt: start.Add(-30*24*time.Hour + time.Duration(i)*time.Second),
		Person: routing.Person{FirstName: firstName(i), LastName: lastName(i), LinkedInURL: page(i), CRMID: known},
		From:   &routing.Place{Company: placeName(i % 20), Domain: placeDomain(i % 20)},
		To:     destination(i * 7 % 60), Relationship: "User",
	}
	if i%9 == 4 {
		ev.Strategy = routing.StrategyAlwaysLead
	}
	out := []routing.Event{ev}
	if i%12 == 5 {
		again := ev
		again.ID += "-again"
		out = append(out, again)
	}
	if i%10 == 2 {
		next := ev
		next.ID += "-next"
		next.OccurredAt = ev.OccurredAt.Add(24 * time.Hour)
		next.From, next.To, next.Person.CRMID = ev.To, destination((i*7+13)%60), ""
		out = append(out, next)
	}
	if i%25 == 3 {
		out[0].OccurredAt = start.AddDate(-2, 0, 0) // stale
	}
	return out
}

// destination is one of 60 companies; from the 20th on they are no accounts yet.
func destination(i int) *routing.Place {
	return &routing.Place{Company: placeName(i), Domain: placeDomain(i), Title: "Director of Operations", Country: "US"}
}

// Names are syllables put together, so that they differ as real ones do.
var syllables = []string{"ka", "ro", "mi", "ten", "lor", "vas", "ed", "ul", "gar", "nis", "po", "dra", "sel", "wim", "ta", "bor", "fen", "qui", "zo", "hal"}

func spelled(n, count int) string {
	s := ""
	for range count {
		s += syllables[n%len(syllables)]
		n /= len(syllables)
	}
	return s
}

func placeName(i int) string {
	return strings.ToUpper(spelled(i*7919+3, 1)) + spelled(i*7919%8000, 3) + " Works"
}
func placeDomain(i int) string { return fmt.Sprintf("%s%d.com", spelled(i, 2), i) }
func firstName(i int) string   { return "F" + spelled(i*37, 2) }
func lastName(i int) string {
	if i%20 == 7 {
		return poison + spelled(i, 4)
	}
	return "L" + spelled(i*104729%3200000, 5)
}
func page(i int) string  { return fmt.Sprintf("https://www.linkedin.com/in/p%d", i) }
func email(i int) string { return fmt.Sprintf("p%d@%s", i, placeDomain(i%20)) }

// events are all reports, each person's in order.
func (w *world) events() []routing.Event {
	var out []routing.Event
	for _, lane := range w.lanes {
		out = append(out, lane...)
	}
	return out
}

// configFor is the configuration of all worlds with these users.
func configFor(users []string) (routing.Config, error) {
	c := routing.DefaultConfig()
	c.Strategy, c.StrategyOverride = routing.StrategyContactAndAccount, true
	c.Owners.Default, c.DRI.Default = users[0], users[0]
	c.Owners.Pools = map[string][]string{"reps": users}
	turn, err := dri.ParseFinder("round_robin(reps)")
	c.Owners.Contact, c.Owners.Lead = dri.Chain{turn}, dri.Chain{turn}
	return c, err
}

func config(tb testing.TB, users []string) routing.Config {
	tb.Helper()
	c, err := configFor(users)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// state is what the CRM holds in the end, without ids, owners and times.
func (w *world) state() string {
	var lines []string
	account := map[string]string{}
	for _, a := range w.db.Records(crm.ObjectAccount) {
		account[a.ID] = a.Fields["Name"]
		lines = append(lines, "account "+a.Fields["Name"])
	}
	for _, o := range []crm.Object{crm.ObjectContact, crm.ObjectLead} {
		for _, p := range w.db.Records(o) {
			f := p.Fields
			lines = append(lines, fmt.Sprintf("%s %s %s at %s%s left=%t", o, f["FirstName"], f["LastName"],
				account[f["AccountId"]], f["Company"], crm.IsTrue(f["Left_Company__c"])))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// remains is the history as far as the CRM and the ledger tell it.
func (w *world) remains(tb testing.TB, l routing.Ledger, attempts []attempt, notices []string) history {
	h := history{Attempts: attempts, Records: readLedger(tb, l), Notices: notices, Effects: w.db.Effects()}
	for _, o := range []crm.Object{crm.ObjectAccount, crm.ObjectContact, crm.ObjectLead, crm.ObjectJobChange} {
		h.CRM = append(h.CRM, w.db.Records(o)...)
	}
	return h
}

// shuffled is a list in another order.
func shuffled[T any](dice *rand.Rand, list []T) []T {
	out := slices.Clone(list)
	dice.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// quantile is the q-th part of sorted durations, q from 0 to 1.
func quantile[T cmp.Ordered](sorted []T, q float64) T {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
