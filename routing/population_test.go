package routing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onward-crm/onward/internal/golden"
	"github.com/onward-crm/onward/routing"
)

// population is a number of people of whom the CRM and the reports know parts:
// names may be shared, pages and addresses are a person's own.
type population struct {
	people   []resident
	archive  golden.Archive
	accounts int
}

type resident struct{ first, last, page, private, work, crmID string }

// firms are the companies that people move between; not all have an account.
var firms = []struct{ name, domain string }{
	{"Acme Works", "acme.example"}, {"Borealis Foods", "borealis.example"}, {"Cobalt Systems", "cobalt.example"}, {"Dune Logistics", "dune.example"},
}

func drawPopulation(t *rapid.T) population {
	p := population{accounts: rapid.IntRange(0, len(firms)).Draw(t, "accounts")}
	accounts, contacts, leads := "Id,Name,Website,OwnerId\n", contactColumns, "Id,FirstName,LastName,Email,Company,LinkedIn_URL__c\n"
	for i := range p.accounts {
		accounts += fmt.Sprintf("@A%d,%s,%s,@U%d\n", i+1, firms[i].name, firms[i].domain, 1+i%2)
	}
	for i := range rapid.IntRange(1, 5).Draw(t, "people") {
		r := resident{
			first: pickOf(t, []string{"Jane", "Bob", "Robert"}, "first"), last: pickOf(t, []string{"Doe", "Roe", "Kim"}, "last"),
			page: fmt.Sprintf("https://www.linkedin.com/in/p%d", i), private: fmt.Sprintf("p%d@gmail.com", i),
		}
		firm := rapid.IntRange(0, len(firms)-1).Draw(t, "works at")
		r.work = fmt.Sprintf("p%d@%s", i, firms[firm].domain)
		known := func(value string) string {
			if rapid.Bool().Draw(t, "known") {
				return value
			}
			return ""
		}
		switch kind := rapid.IntRange(0, 2).Draw(t, "record"); {
		case kind == 1 && firm < p.accounts:
			r.crmID = id(fmt.Sprint("C", i+1))
			contacts += fmt.Sprintf("@C%d,%s,%s,%s,@A%d,%s,,\n", i+1, r.first, r.last, known(r.work), firm+1, known(r.page))
		case kind == 2:
			r.crmID = id(fmt.Sprint("L", i+1))
			leads += fmt.Sprintf("@L%d,%s,%s,%s,%s,%s\n", i+1, r.first, r.last, known(r.work), firms[firm].name, known(r.page))
		}
		p.people = append(p.people, r)
	}
	p.archive = golden.Archive{}.With("User.csv", "Id,Name,IsActive,ManagerId\n@U4,Gone,false,@U8\n").With("Account.csv", accounts).
		With("Contact.csv", contacts).With("Lead.csv", leads).With("config.json", drawConfig(t))
	return p
}

// drawReport draws what somebody tells of one of the people: parts, never wrong.
func (p population) drawReport(t *rapid.T) routing.Event {
	r := pickOf(t, p.people, "person")
	ev := routing.Event{
		Source: pickOf(t, sources, "source"), OccurredAt: start.AddDate(0, 0, -rapid.IntRange(0, 120).Draw(t, "days")),
		Relationship: pickOf(t, []string{"", "User"}, "relationship"),
	}
	says := func(what string) bool { return rapid.IntRange(0, 2).Draw(t, what) > 0 }
	if says("name") {
		ev.Person.FirstName, ev.Person.LastName = r.first, r.last
	}
	if says("page") {
		ev.Person.LinkedInURL = r.page
	}
	if says("address") {
		ev.Person.Email = pickOf(t, []string{r.work, r.private}, "which")
	}
	if says("id") {
		ev.Person.CRMID = r.crmID
	}
	ev.From, ev.To = drawFirm(t, "from"), drawFirm(t, "to")
	return ev
}

func drawFirm(t *rapid.T, what string) *routing.Place {
	i := rapid.IntRange(-1, len(firms)-1).Draw(t, what)
	if i < 0 {
		return nil
	}
	p := &routing.Place{Title: pickOf(t, titles, "title")}
	form := rapid.IntRange(0, 2).Draw(t, "form")
	if form != 1 {
		p.Company = firms[i].name
	}
	if form != 0 {
		p.Domain = firms[i].domain
	}
	return p
}

// TestDrawnEventsGiveTheSameRecordsAtEveryBatchSize is the same law as that of
// the scenarios, for drawn worlds.
func TestDrawnEventsGiveTheSameRecordsAtEveryBatchSize(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		people := drawPopulation(rt)
		parts := people.archive
		first := newWorld(t, parts, 1000)
		for i := range rapid.IntRange(1, 8).Draw(rt, "reports") {
			ev := people.drawReport(rt)
			ev.ID = fmt.Sprint(i + 1)
			first.events = append(first.events, ev)
		}
		first.dropUnusable()
		if err := first.handle("all"); err != nil {
			rt.Fatal(err)
		}
		first.finishAll()
		want := first.want()
		size := pickOf(rt, []int{1, 2, 7}, "batch size")
		w := newWorld(t, parts, size)
		w.events, w.keys = first.events, first.keys
		if err := w.handle("all"); err != nil {
			rt.Fatal(err)
		}
		w.finishAll()
		if diff := cmp.Diff(strings.Split(w.want(), "\n"), strings.Split(want, "\n")); diff != "" {
			rt.Fatalf("at batch size %d and 1000:\n%s\nevents %s\nworld %s", size, diff, encode(t, w.events), parts.Format())
		}
	})
}

func (w *world) dropUnusable() {
	w.events = slices.DeleteFunc(w.events, func(ev routing.Event) bool {
		_, err := routing.Normalize(ev, start)
		return err != nil
	})
	w.keys = nil
	for _, ev := range w.events {
		w.keys = append(w.keys, routing.DeliveryKey(ev))
	}
}
