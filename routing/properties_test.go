package routing_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/internal/golden"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
)

// TestDecideDoesNotSeeTheOrderOfFacts shuffles the lists of the facts of all
// scenarios a hundred times: the plan is the same, byte by byte.
func TestDecideDoesNotSeeTheOrderOfFacts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, path := range scenarios(t) {
		w := newWorld(t, readScenario(t, path), 0)
		events, facts, err := w.engine.Gather(t.Context(), w.events)
		if err != nil {
			t.Fatal(err)
		}
		for i := range events {
			f := decode[routing.Facts](t, encode(t, facts[i]))
			want := encode(t, routing.Evaluate(w.engine.Policy(), events[i], f))
			for range 100 {
				shuffle(r, &f)
				if got := encode(t, routing.Evaluate(w.engine.Policy(), events[i], f)); got != want {
					t.Fatalf("%s: the order of the facts is seen in the plan of event %d:\n%s\n%s", nameOf(path), i+1, want, got)
				}
			}
		}
	}
}

func shuffle(r *rand.Rand, f *routing.Facts) {
	shuffled(r, f.People)
	shuffled(r, f.Accounts)
	shuffled(r, f.Users)
	shuffled(r, f.Opportunities)
	shuffled(r, f.Roles)
	shuffled(r, f.Candidates)
	shuffled(r, f.Priors)
	for i := range f.Candidates {
		shuffled(r, f.Candidates[i].ContactDomains)
	}
}

func shuffled[T any](r *rand.Rand, list []T) {
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func encode(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func decode[T any](t testing.TB, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The pools that worlds are drawn from: small, so that people meet.
var (
	firsts    = []string{"Jane", "Bob", "Robert", "Ida", ""}
	lasts     = []string{"Doe", "Roe", "Kim", "Lee", ""}
	companies = []string{"Acme", "Acme Inc", "Beta Ltd", "Gamma AG", "Delta Works", ""}
	domains   = []string{"acme.com", "acme.de", "beta.io", "gamma.de", "delta.example", "gmail.com", ""}
	titles    = []string{"CFO", "VP Sales", "Advisor", "Office Assistant", ""}
	sources   = []string{"flow", "feed:one", "feed:two", "file:x"}
	pages     = []string{"linkedin.com/in/p1", "https://www.linkedin.com/in/p2", ""}
	strategy  = []string{"always-lead", "contact-and-account", "contact-or-lead", "flow"}
)

func pickOf[T any](t *rapid.T, list []T, what string) T { return rapid.SampledFrom(list).Draw(t, what) }

// drawWorld draws the CSV files of a CRM.
func drawWorld(t *rapid.T) golden.Archive {
	accounts, contacts, leads := "Id,Name,Website,Type,OwnerId,ParentId\n", contactColumns, "Id,FirstName,LastName,Email,Company,LinkedIn_URL__c\n"
	n := rapid.IntRange(0, 4).Draw(t, "accounts")
	for i := range n {
		parent := ""
		if i > 0 && rapid.Bool().Draw(t, "child") {
			parent = "@A1"
		}
		accounts += fmt.Sprintf("@A%d,%s,%s,%s,%s,%s\n", i+1, "Co "+pickOf(t, companies, "name"), pickOf(t, domains, "website"),
			pickOf(t, []string{"", "Customer", "Competitor"}, "type"), pickOf(t, []string{"@U1", "@U2", "@U4"}, "owner"), parent)
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "contacts") {
		account := ""
		if n > 0 {
			account = fmt.Sprintf("@A%d", rapid.IntRange(1, n).Draw(t, "account"))
		}
		contacts += fmt.Sprintf("@C%d,%s,%s,%s,%s,%s,%s,%t\n", i+1, pickOf(t, firsts, "first"), "X"+pickOf(t, lasts, "last"), drawEmail(t), account,
			pickOf(t, pages, "page"), pickOf(t, titles, "title"), rapid.IntRange(0, 4).Draw(t, "left") == 0)
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "leads") {
		leads += fmt.Sprintf("@L%d,%s,%s,%s,%s,%s\n", i+1, pickOf(t, firsts, "first"), "X"+pickOf(t, lasts, "last"), drawEmail(t),
			"Co "+pickOf(t, companies, "company"), pickOf(t, pages, "page"))
	}
	return golden.Archive{}.With("User.csv", "Id,Name,IsActive,ManagerId\n@U4,Gone,false,@U8\n").With("Account.csv", accounts).
		With("Contact.csv", contacts).With("Lead.csv", leads).With("config.json", drawConfig(t))
}

const contactColumns = "Id,FirstName,LastName,Email,AccountId,LinkedIn_URL__c,Title,Left_Company__c\n"

func drawConfig(t *rapid.T) string {
	return fmt.Sprintf(`{"strategy": %q, "strategy_override": %t, "owners": {"lead": ["round_robin(west)"], "account": ["round_robin(west)"],
		"pools": {"west": ["@U1", "@U4", "@U2"]}}, "matching": {"profile": %q}, "filters": {"future_start": %q, "additional_role": %q}}`,
		pickOf(t, strategy, "strategy"), rapid.Bool().Draw(t, "override"), pickOf(t, []string{"strict", "balanced", "lenient"}, "profile"),
		pickOf(t, []string{"hold", "process"}, "future"), pickOf(t, []string{"filter", "process"}, "role"))
}

func drawEmail(t *rapid.T) string {
	local, domain := pickOf(t, []string{"jane", "bob", "info", ""}, "local"), pickOf(t, domains, "domain")
	if local == "" || domain == "" {
		return ""
	}
	return local + "@" + domain
}

// drawEvents draws reports; about the people and companies of the pools, and
// possibly naming records that are not there.
func drawEvents(t *rapid.T, w *world) {
	for i := range rapid.IntRange(1, 8).Draw(t, "events") {
		ev := drawEvent(t)
		ev.ID = fmt.Sprint(i + 1)
		w.events = append(w.events, ev)
		w.keys = append(w.keys, routing.DeliveryKey(ev))
	}
}

func drawEvent(t *rapid.T) routing.Event {
	ev := routing.Event{
		Source: pickOf(t, sources, "source"), OccurredAt: start.AddDate(0, 0, -rapid.IntRange(0, 120).Draw(t, "days")),
		Person: routing.Person{
			FirstName: pickOf(t, firsts, "first"), LastName: "X" + pickOf(t, lasts, "last"), Email: drawEmail(t), LinkedInURL: pickOf(t, pages, "page"),
		},
		To: drawPlace(t, "to"), From: drawPlace(t, "from"), Relationship: pickOf(t, []string{"", "User", "Customer Contact"}, "relationship"),
	}
	if rapid.IntRange(0, 3).Draw(t, "named") == 0 {
		ev.Person.CRMID = id(pickOf(t, []string{"C1", "C2", "L1", "C99"}, "id"))
	}
	if rapid.IntRange(0, 4).Draw(t, "override") == 0 {
		ev.Strategy = routing.Strategy(pickOf(t, strategy, "its strategy"))
	}
	if ev.To == nil && ev.From == nil {
		ev.From = &routing.Place{Company: "Co Acme"}
	}
	return ev
}

func drawPlace(t *rapid.T, what string) *routing.Place {
	if rapid.IntRange(0, 3).Draw(t, what) == 0 {
		return nil
	}
	p := routing.Place{
		Company: pickOf(t, companies, "company"), Domain: pickOf(t, domains, "domain"), Email: drawEmail(t), Title: pickOf(t, titles, "title"),
		Country: pickOf(t, []string{"", "US", "DE"}, "country"), Current: rapid.Bool().Draw(t, "current"),
	}
	if p.Company != "" {
		p.Company = "Co " + p.Company
	}
	if rapid.Bool().Draw(t, "dated") {
		p.StartedOn = routing.DateOf(start.AddDate(0, 0, rapid.IntRange(-400, 20).Draw(t, "started")))
	}
	return &p
}

// TestPlansOfDrawnWorldsHold draws worlds and events: whatever they are, there is
// a plan, and it keeps its promises.
func TestPlansOfDrawnWorldsHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, drawWorld(rt), 0)
		drawEvents(rt, w)
		usable := slices.DeleteFunc(slices.Clone(w.events), func(ev routing.Event) bool {
			_, err := routing.Normalize(ev, start)
			return err != nil
		})
		plans, err := w.engine.Plan(t.Context(), usable)
		if err != nil {
			rt.Fatal(err)
		}
		for _, p := range plans {
			if broken := promises(p); broken != "" {
				rt.Fatalf("%s:\n%s", broken, encode(t, p))
			}
		}
		events, facts, err := w.engine.Gather(t.Context(), usable)
		if err != nil {
			rt.Fatal(err)
		}
		for _, ev := range events {
			for _, f := range facts { // those of other events too: deciding is total
				p := routing.Evaluate(w.engine.Policy(), ev, decode[routing.Facts](t, encode(t, f)))
				if broken := promises(p); broken != "" {
					rt.Fatalf("on the facts of another event, %s:\n%s\n%s", broken, encode(t, p), encode(t, ev))
				}
			}
		}
	})
}

// promises tells which promise a plan breaks, "" for none.
func promises(p routing.Plan) string {
	keys := map[crm.Key]crm.Write{}
	people, accounts := 0, 0
	for _, w := range p.Writes {
		if _, twice := keys[w.Key]; twice {
			return "a key is used twice"
		}
		keys[w.Key] = w
		switch {
		case w.Key == "" || len(w.Key) > 64:
			return "a write has no fit key"
		case w.Verb == crm.VerbUpdate && (w.ID == "" || len(w.Set)+len(w.Fill) == 0):
			return "an update of nothing"
		case w.Verb == crm.VerbCreate && w.Object == crm.ObjectAccount:
			accounts++
		case w.Verb == crm.VerbCreate:
			people++
			if w.Set["LastName"] == "" || w.Object == crm.ObjectLead && w.Set["Company"] == "" {
				return "a create that the CRM must refuse"
			}
		}
		for _, parent := range w.Link {
			if _, ok := keys[parent]; !ok {
				return "a child before its parent"
			}
		}
	}
	person, has := keys[p.PersonWrite]
	arrives := slices.Contains([]routing.What{
		routing.WhatContact, routing.WhatLead, routing.WhatAccountAndContact, routing.WhatEnriched, routing.WhatReactivated, routing.WhatUpdated,
	}, p.What)
	_, makes := keys[p.NewAccount]
	switch {
	case p.Status == "" || p.What == "" || p.Reason == "":
		return "no verdict"
	case p.Status != routing.StatusDone && people+accounts > 0:
		return "something is made for a move that is not done"
	case has != (p.PersonWrite != "") || has != arrives:
		return "the person's write and the verdict disagree"
	case people > 1 || people == 1 && person.Verb != crm.VerbCreate:
		return "more people than one"
	case (p.Credits == 1) != (people == 1) || p.Credits > 1:
		return "credits and created people disagree"
	case makes != (accounts == 1) || accounts > 1 || makes != (p.NewAccount != ""):
		return "the new account and its write disagree"
	case (p.Status == routing.StatusWaiting) == p.Due.IsZero():
		return "waiting without a due time"
	case !slices.IsSorted(p.Flags) || len(slices.Compact(slices.Clone(p.Flags))) != len(p.Flags):
		return "flags out of order"
	case p.What == routing.WhatDuplicate && (len(p.Writes) > 0 || p.Event != nil || p.First == ""):
		return "a repeated report writes"
	case p.Account.Verdict == matching.VerdictReview && p.AccountID != "" && p.What == routing.WhatContact:
		return "a contact on an account that nobody is sure of"
	case p.Kind == tracking.Left && people > 0:
		return "somebody who left without a destination is made"
	}
	return ""
}
