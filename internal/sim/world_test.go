package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
)

// start is when every simulated world begins.
var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// world is a CRM with people in it, a configuration, and the reports to come.
type world struct {
	seed   uint64
	dice   *rand.Rand
	now    time.Time
	db     *memcrm.CRM
	cfg    routing.Config
	users  []string
	places []place
	movers []mover
	events []routing.Event
	roster roster
}

// place is a company that people come from or go to; account is "" when it is
// not in the CRM.
type place struct {
	name, domain, country, account string
}

// mover is somebody who may move; record is "" when they are not in the CRM.
type mover struct {
	first, last, email, page, record string
	at                               int
}

// newWorld makes a world with n reports, all from one seed.
func newWorld(seed uint64, n int) *world {
	w := &world{seed: seed, dice: rand.New(rand.NewPCG(seed, 7)), now: start}
	w.db = memcrm.New(&memcrm.Options{Now: func() time.Time { return w.now }})
	w.addUsers()
	w.addPlaces()
	w.addMovers()
	w.follow()
	w.configure()
	for i := range n {
		w.events = append(w.events, w.report(i))
	}
	return w
}

func (w *world) must(id string, err error) string {
	if err != nil {
		panic(fmt.Sprintf("seed %d: %v", w.seed, err))
	}
	return id
}

func (w *world) addUsers() {
	for i := range 4 {
		w.users = append(w.users, w.must(w.db.Add(crm.ObjectUser, crm.Fields{
			"Name": fmt.Sprintf("User %d", i), "Email": fmt.Sprintf("u%d@onward.example", i), "IsActive": crm.FormatBool(i != 2),
		})))
	}
}

// addPlaces makes eight companies that are accounts and five that are not.
func (w *world) addPlaces() {
	names := []string{
		"Northwind Traders", "Contoso", "Fabrikam", "Litware", "Proseware", "Tailspin Toys", "Wingtip", "Adventure Works",
		"Zuriel Labs", "Quorvia", "Mistral Foundry", "Ostrava Optics", "Kestrel Bank",
	}
	for i, name := range names {
		p := place{name: name, domain: fmt.Sprintf("%s%d.example.com", "c", i), country: "US"}
		p.domain = fmt.Sprintf("company%d.com", i)
		if i < 8 {
			set := crm.Fields{"Name": name, "Website": p.domain, "OwnerId": w.users[w.dice.IntN(len(w.users))], "BillingCountry": "US"}
			if set["OwnerId"] == w.users[2] {
				set["OwnerId"] = w.users[0]
			}
			if i == 7 {
				set["Type"] = "Competitor"
			}
			p.account = w.must(w.db.Add(crm.ObjectAccount, set))
		}
		w.places = append(w.places, p)
	}
}

func (w *world) addMovers() {
	firsts := []string{"Ada", "Bela", "Chidi", "Dora", "Emil", "Farah", "Goran", "Hana"}
	lasts := []string{"Okafor", "Lindqvist", "Moreau", "Tanaka", "Silva", "Novak", "Haddad", "Petrov"}
	for i := range 24 {
		m := mover{first: firsts[i%8], last: lasts[(i/8*3+i)%8] + []string{"", "son", "ova"}[i/8], at: w.dice.IntN(8)}
		m.email = fmt.Sprintf("p%d@%s", i, w.places[m.at].domain)
		m.page = fmt.Sprintf("https://www.linkedin.com/in/person-%d", i)
		if i%4 != 3 {
			set := crm.Fields{"FirstName": m.first, "LastName": m.last, "Email": m.email, "AccountId": w.places[m.at].account, "OwnerId": w.users[0]}
			if i%2 == 0 {
				set["LinkedIn_URL__c"] = m.page
			}
			m.record = w.must(w.db.Add(crm.ObjectContact, set))
			if i%8 == 0 { // a duplicate record of the same person
				w.must(w.db.Add(crm.ObjectContact, set))
			}
		}
		w.movers = append(w.movers, m)
	}
}

func (w *world) configure() {
	c := routing.DefaultConfig()
	strategies := []routing.Strategy{routing.StrategyAlwaysLead, routing.StrategyContactAndAccount, routing.StrategyContactOrLead}
	c.Strategy = strategies[w.dice.IntN(len(strategies))]
	c.Owners.Default, c.DRI.Default = w.users[0], w.users[0]
	c.Owners.Pools = map[string][]string{"reps": w.users}
	turn, err := dri.ParseFinder("round_robin(reps)")
	if err != nil {
		panic(err)
	}
	if w.dice.IntN(2) == 0 {
		c.Owners.Contact = dri.Chain{turn}
		c.Owners.Lead = dri.Chain{turn}
	}
	if w.dice.IntN(3) == 0 {
		w.db.AddDuplicateRule(memcrm.DuplicateRule{
			Name: "same_email", Object: crm.ObjectContact, Against: crm.ObjectContact, Fields: []string{"Email"}, Block: true,
		})
	}
	w.cfg = c
}

// report makes the i-th report: who, where to, told by whom and how completely.
func (w *world) report(i int) routing.Event {
	m := w.movers[w.dice.IntN(len(w.movers))]
	to := w.places[w.dice.IntN(len(w.places))]
	ev := routing.Event{
		ID: fmt.Sprintf("e%d", i), Source: []string{"file:a", "file:b", "flow"}[w.dice.IntN(3)],
		OccurredAt: start.Add(time.Duration(i-60) * time.Minute),
		Person:     routing.Person{FirstName: m.first, LastName: m.last},
		From:       &routing.Place{Company: w.places[m.at].name, Domain: w.places[m.at].domain},
	}
	if i > 0 && w.dice.IntN(10) == 0 { // the same report once more
		return w.events[w.dice.IntN(i)]
	}
	if m.record != "" && w.dice.IntN(2) == 0 {
		ev.Person.CRMID = m.record
	}
	if ev.Person.CRMID == "" || w.dice.IntN(2) == 0 {
		ev.Person.LinkedInURL = m.page
	}
	ev.Person.Email = m.email
	if w.dice.IntN(10) == 0 {
		return ev // left, nobody knows where to
	}
	ev.To = &routing.Place{Company: to.name, Title: "Director of Sales"}
	switch w.dice.IntN(4) {
	case 0:
		ev.To.Domain = to.domain
	case 1:
		ev.To.Country = to.country
	case 2:
		ev.To.Domain, ev.To.Email = to.domain, m.first+"."+m.last+"@"+to.domain
	}
	switch w.dice.IntN(12) {
	case 0:
		ev.To.StartedOn = routing.DateOf(start.AddDate(-1, 0, 0)) // stale
	case 1:
		ev.To.StartedOn = routing.DateOf(start.AddDate(0, 0, 5)) // begins later
	}
	return ev
}
