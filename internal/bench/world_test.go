package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// world is a CRM of a given size and an engine over it.
type world struct {
	db       *memcrm.CRM
	cfg      routing.Config
	accounts []string
	people   []string
	mirror   *mirror.Mirror
}

func newWorld(tb testing.TB, accounts, people int) *world {
	tb.Helper()
	w := &world{db: newCRM()}
	user := w.add(tb, crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	for i := range accounts {
		w.accounts = append(w.accounts, w.add(tb, crm.ObjectAccount, crm.Fields{
			"Name": companyName(i), "Website": domain(i), "OwnerId": user, "BillingCountry": "US",
		}))
	}
	for i := range people {
		at := i % accounts
		w.people = append(w.people, w.add(tb, crm.ObjectContact, crm.Fields{
			"FirstName": firstName(i), "LastName": lastName(i), "Email": fmt.Sprintf("p%d@%s", i, domain(at)),
			"AccountId": w.accounts[at], "OwnerId": user,
		}))
	}
	w.cfg = routing.DefaultConfig()
	w.cfg.Owners.Default, w.cfg.DRI.Default = user, user
	policy, err := routing.NewPolicy(w.cfg)
	if err != nil {
		tb.Fatal(err)
	}
	if w.mirror, err = mirror.Load(context.Background(), crm.NewClient(w.db, nil), policy); err != nil {
		tb.Fatal(err)
	}
	return w
}

func (w *world) add(tb testing.TB, o crm.Object, f crm.Fields) string {
	id, err := w.db.Add(o, f)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

// Names are syllables put together, so that they differ as real ones do.
var syllables = []string{"ka", "ro", "mi", "ten", "lor", "vas", "ed", "ul", "gar", "nis", "po", "dra", "sel", "wim", "ta", "bor", "fen", "qui", "zo", "hal"}

func syllable(n, count int) string {
	s := ""
	for range count {
		s += syllables[n%len(syllables)]
		n /= len(syllables)
	}
	return s
}

func companyName(i int) string {
	return "C" + syllable(i*7919%160000, 4) + " " + syllable(i%400, 2) + " Works"
}
func domain(i int) string    { return fmt.Sprintf("%s%d.com", syllable(i, 3), i) }
func firstName(i int) string { return "F" + syllable(i%8000, 3) }
func lastName(i int) string  { return "L" + syllable(i*104729%3200000, 5) }

// moves are n reports: seven in ten of people who are new to the CRM, three in
// ten of contacts; half go to accounts, half to companies that are none.
func (w *world) moves(n int) []routing.Event {
	evs := make([]routing.Event, n)
	for i := range evs {
		to := (i*37 + 11) % len(w.accounts)
		ev := routing.Event{
			ID: fmt.Sprintf("m%d", i), Source: "file:bench", OccurredAt: start.Add(time.Duration(i) * time.Second),
			To: &routing.Place{Company: companyName(to), Domain: domain(to), Title: "Director of Operations"},
		}
		if i%2 == 0 {
			ev.To.Company, ev.To.Domain = "New "+syllable(i, 4)+" Foundry", fmt.Sprintf("new%s%d.com", syllable(i, 3), i)
		}
		if i%10 < 3 {
			person := (i*61 + 5) % len(w.people)
			ev.Person = routing.Person{FirstName: firstName(person), LastName: lastName(person), CRMID: w.people[person]}
		} else {
			ev.Person = routing.Person{
				FirstName: "N" + syllable(i, 3), LastName: "S" + syllable(i*31, 4),
				Email: fmt.Sprintf("n%d@old%d.com", i, i), LinkedInURL: fmt.Sprintf("linkedin.com/in/n-%d", i),
			}
			ev.From = &routing.Place{Company: "Old " + syllable(i*3, 3)}
		}
		ev.To.Email = fmt.Sprintf("x%d@%s", i, ev.To.Domain)
		evs[i] = ev
	}
	return evs
}

func (w *world) engine(tb testing.TB, d crm.Driver) *routing.Engine {
	return w.engineWith(tb, crm.NewClient(d, nil), w.mirror)
}

func (w *world) engineWith(tb testing.TB, c *crm.Client, finder routing.AccountFinder) *routing.Engine {
	e, err := routing.New(w.cfg, routing.Deps{CRM: c, Ledger: memledger.New(), Accounts: finder},
		&routing.Options{Now: func() time.Time { return start.Add(240 * time.Hour) }})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}
