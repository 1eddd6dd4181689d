package mirror_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing/mirror"
)

// TestLiveFindsAccounts asks a CRM without a mirror for companies under what is
// known of them.
func TestLiveFindsAccounts(t *testing.T) {
	w := newOrg(t)
	add := func(f crm.Fields) string {
		f["OwnerId"] = w.rep
		return w.add(crm.ObjectAccount, f)
	}
	site := add(crm.Fields{"Name": "Site Only", "Website": "https://www.acme.com/"})
	bare := add(crm.Fields{"Name": "Bare", "Website": "Beta.IO"})
	extra := add(crm.Fields{"Name": "Extra", "Additional_Domains__c": "gamma.de"})
	page := add(crm.Fields{"Name": "Page", "LinkedIn_URL__c": "https://www.linkedin.com/company/delta-co"})
	name := add(crm.Fields{"Name": "Épsilon Works GmbH"})
	short := add(crm.Fields{"Name": "Thornfield"})
	lost := add(crm.Fields{"Name": "Lost", "Website": "lost.example"})
	master := add(crm.Fields{"Name": "Master"})
	w.must(w.db.Merge(lost, master))
	busy, idle := add(crm.Fields{"Name": "Twin", "Website": "twin.example"}), add(crm.Fields{"Name": "Twin", "Website": "twin.example"})
	w.add(crm.ObjectOpportunity, crm.Fields{"Name": "D", "AccountId": busy, "StageName": "Open", "CloseDate": "2026-12-31"})
	p := w.policy.Profile()
	p.Pins = []matching.Pin{{Domain: "pinned.example", AccountID: idle}}
	p.Acquisitions = []matching.Acquisition{{Name: "Small Shop", ByDomain: "acme.com", ByName: "Acme"}}

	live := mirror.NewLive(w.client, w.policy)
	for _, c := range []struct {
		what string
		ask  matching.Company
		want string
	}{
		{"website with scheme", matching.Company{Name: "Anything", Domain: "acme.com"}, site},
		{"address below the website", matching.Company{Email: "x@eu.acme.com"}, site},
		{"website in capitals", matching.Company{Domain: "https://beta.io/about"}, bare},
		{"additional domain", matching.Company{Domain: "gamma.de"}, extra},
		{"LinkedIn page", matching.Company{LinkedIn: "linkedin.com/company/Delta-Co/"}, page},
		{"name without accent and legal form", matching.Company{Name: "Epsilon Works"}, name},
		{"account by id", matching.Company{AccountID: name}, name},
		{"merged account", matching.Company{Domain: "lost.example"}, master},
		{"open opportunity decides", matching.Company{Domain: "twin.example"}, busy},
		{"pin", matching.Company{Domain: "pinned.example"}, idle},
		{"acquired company", matching.Company{Name: "Small Shop"}, site},
		{"free mail says nothing", matching.Company{Email: "x@gmail.com"}, ""},
		{"nothing is asked", matching.Company{}, ""},
		{"nobody", matching.Company{Name: "Quuxington", Domain: "quux.example"}, ""},
	} {
		found, err := live.Candidates(t.Context(), p, []matching.Company{c.ask})
		w.must(err)
		if got := found[0].Match.ID; got != c.want {
			t.Errorf("%s: %q by %s, want %q", c.what, got, found[0].Match.Decisive, c.want)
		}
	}
	found, err := live.Candidates(t.Context(), p, []matching.Company{{Name: "Thornfield Software"}})
	w.must(err)
	if len(found[0].Accounts) != 1 || found[0].Accounts[0].ID != short || !found[0].Accounts[0].ActiveOwner {
		t.Errorf("by the most telling word: %+v", found[0].Accounts)
	}
}

// TestLiveTellsThatThereWereMore caps the candidates.
func TestLiveTellsThatThereWereMore(t *testing.T) {
	w := newOrg(t)
	for i := range 30 {
		w.add(crm.ObjectAccount, crm.Fields{"Name": fmt.Sprint("Umbrella ", i), "OwnerId": w.rep})
	}
	p := w.policy.Profile()
	p.MaxCandidates = 20
	found, err := mirror.NewLive(w.client, w.policy).Candidates(t.Context(), p, []matching.Company{{Name: "Umbrella"}})
	w.must(err)
	if !found[0].Capped || len(found[0].Accounts) > 20 {
		t.Errorf("capped %v, %d accounts", found[0].Capped, len(found[0].Accounts))
	}
}

// TestLiveAnswerDoesNotDependOnTheBatch asks for companies together and one by
// one, in orgs drawn at random.
func TestLiveAnswerDoesNotDependOnTheBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newOrg(t)
		c := changer{w, t}
		for range rapid.IntRange(0, 15).Draw(t, "changes") {
			c.change()
		}
		live := mirror.NewLive(w.client, w.policy)
		together := ask(t, live, w.policy)
		for i, one := range companies() {
			alone, err := live.Candidates(t.Context(), w.policy.Profile(), []matching.Company{one})
			w.must(err)
			if diff := cmp.Diff(alone[0], together[i]); diff != "" {
				t.Fatalf("%+v alone and together:\n%s", one, diff)
			}
		}
	})
}

// TestLiveAsksInFewCalls counts at the driver: with Salesforce's limits, a
// thousand companies cost at most 40 calls.
func TestLiveAsksInFewCalls(t *testing.T) {
	w := newOrg(t)
	var cs []matching.Company
	for i := range 1000 {
		name, host := fmt.Sprintf("Company%c%c Works %d", 'a'+i%26, 'a'+i/26%26, i), fmt.Sprintf("company-number-%d.example.com", i)
		if i%2 == 0 {
			w.add(crm.ObjectAccount, crm.Fields{"Name": name, "Website": "https://" + host, "OwnerId": w.rep})
		}
		cs = append(cs, matching.Company{Name: name, Domain: host, Email: "x@" + host, LinkedIn: fmt.Sprint("linkedin.com/company/c", i)})
	}
	limits := crmtest.SalesforceLimits()
	limits.ValueBytes = 12_000
	driver := crmtest.Limited(w.db, limits)
	found, err := mirror.NewLive(crm.NewClient(driver, nil), w.policy).Candidates(t.Context(), w.policy.Profile(), cs)
	w.must(err)
	for i := range cs {
		if got := found[i].Match.ID != ""; got != (i%2 == 0) {
			t.Fatalf("company %d: found %v", i, got)
		}
	}
	if calls := driver.Calls(); calls.Find > 40 || driver.Broken() > 0 {
		t.Errorf("%d calls, %d broke a limit", calls.Find, driver.Broken())
	}
	t.Logf("1,000 companies: %d calls", driver.Calls().Find)
}
