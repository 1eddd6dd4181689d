package matching

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMA30Pins(t *testing.T) {
	accounts := []Account{
		{ID: "A9", Name: "Salesforce", Website: "salesforce.com"},
		{ID: "A2", Name: "Slack", Website: "slack.com"},
	}
	pinned := func(pins ...Pin) func() Profile { return with(func(p *Profile) { p.Pins = pins }) }
	x := Company{Email: "x@slack.com"}
	runAccountCases(t, []accountCase{
		{
			name: "MA30 override wins", profile: pinned(Pin{Domain: "slack.com", AccountID: "A9"}), accounts: accounts, company: x,
			verdict: VerdictAuto, id: "A9", tier: TierPinned, decisive: ReasonPinned, ranked: []string{"A9", "A2"},
		}, {
			name: "MA30 alias yields to the account's own domain", profile: pinned(Pin{Domain: "slack.com", AccountID: "A9", Alias: true}),
			accounts: accounts, company: x, verdict: VerdictAuto, id: "A2", tier: TierExactHost,
		}, {
			name: "MA30 alias counts where nobody owns the domain", profile: pinned(Pin{Domain: "slack.com", AccountID: "A9", Alias: true}),
			accounts: accounts[:1], company: x, verdict: VerdictAuto, id: "A9", decisive: ReasonPinnedAlias,
		}, {
			name: "MA30 alias name", profile: pinned(Pin{Name: "SFDC", AccountID: "A9", Alias: true}),
			accounts: accounts, company: Company{Name: "sfdc, Inc."}, verdict: VerdictAuto, id: "A9", tier: TierExactName,
		}, {
			name:     "MA30 the longest pinned domain wins",
			profile:  pinned(Pin{Domain: "slack.com", AccountID: "A9"}, Pin{Domain: "eu.slack.com", AccountID: "A2"}),
			accounts: accounts, company: Company{Email: "x@mail.eu.slack.com"}, verdict: VerdictAuto, id: "A2",
		}, {
			name: "MA30 never", profile: pinned(Pin{Name: "Self-employed", Never: true}),
			accounts: append([]Account{{ID: "A1", Name: "Self-Employed"}}, accounts...),
			company:  Company{Name: "self employed"}, verdict: VerdictNone, decisive: ReasonPinnedNever,
		}, {
			name: "MA30 never outranks the caller", profile: pinned(Pin{Domain: "slack.com", Never: true}), accounts: accounts,
			company: Company{AccountID: "A2", Email: "x@slack.com"}, verdict: VerdictNone, decisive: ReasonPinnedNever,
		}, {
			name: "MA30 a pin to an account that is gone asks a person", profile: pinned(Pin{Domain: "slack.com", AccountID: "A7"}),
			accounts: accounts, company: x, verdict: VerdictReview, decisive: ReasonPinnedMissing, ranked: []string{"A2"},
		}, {
			name: "MA30 a pinned account that is unlikely goes first all the same", profile: pinned(Pin{Domain: "slack.com", AccountID: "A2"}),
			accounts: append([]Account{{ID: "A5", Name: "Marble Bakery"}}, accounts...),
			company:  Company{Name: "Marble Bakery", Domain: "slack.com"}, verdict: VerdictAuto, id: "A2", tier: TierPinned, ranked: []string{"A2", "A5"},
		}, {
			name: "MA30 an alias goes before a similar name", profile: pinned(Pin{Name: "Salesforce Slack", AccountID: "A9", Alias: true}),
			accounts: accounts, company: Company{Name: "Salesforce Slack"}, verdict: VerdictAuto, id: "A9", tier: TierExactName, ranked: []string{"A9"},
		}, {
			name: "MA30 free mail can be pinned", profile: pinned(Pin{Domain: "gmail.com", AccountID: "A9"}),
			accounts: accounts, company: Company{Email: "x@gmail.com"}, verdict: VerdictAuto, id: "A9", decisive: ReasonPinned,
		},
	})
}

func TestMA31Acquisitions(t *testing.T) {
	microsoft := Account{ID: "A1", Name: "Microsoft", Website: "microsoft.com"}
	deis := Account{ID: "A2", Name: "Deis", Website: "deis.com"}
	bought := with(func(p *Profile) {
		p.Acquisitions = []Acquisition{{Domain: "deis.com", Name: "Deis", ByDomain: "microsoft.com", ByName: "Microsoft", On: day("2017-04-10")}}
	})
	employer := Company{Name: "Deis", Domain: "deis.com", Since: day("2016-01-01")}
	runAccountCases(t, []accountCase{
		{
			name: "MA31 found through the buyer", profile: bought, accounts: []Account{microsoft}, company: employer,
			verdict: VerdictAuto, id: "A1", decisive: ReasonAcquired, reasons: []Reason{ReasonAcquired, ReasonExactHost},
		},
		{name: "MA31 its own account goes first", profile: bought, accounts: []Account{microsoft, deis}, company: employer, verdict: VerdictAuto, id: "A2"},
		{name: "MA31 by name alone", profile: bought, accounts: []Account{microsoft}, company: Company{Name: "Deis"}, verdict: VerdictAuto, id: "A1"},
		{name: "MA31 not without the list", accounts: []Account{microsoft}, company: employer, verdict: VerdictNone},
	})

	p := bought()
	for _, c := range []struct {
		name string
		a, b Company
		want Sameness
	}{
		{"MA31 the employer turns from Deis to Microsoft", employer, Company{Name: "Microsoft"}, SamenessSame},
		{"MA31 the relabelled position keeps its start", employer, Company{Name: "Microsoft", Since: employer.Since}, SamenessSame},
		{"MA31 a position after the day", employer, Company{Name: "Microsoft", Since: day("2018-01-01")}, SamenessSame},
		{"MA31 a position before the day was a move", employer, Company{Name: "Microsoft", Since: day("2016-10-01")}, SamenessDifferent},
		{"MA31 another buyer", employer, Company{Name: "Google", Domain: "google.com"}, SamenessDifferent},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ev := p.SameCompany(c.a, c.b)
			if got != c.want {
				t.Errorf("got %s %v, want %s", got, ev, c.want)
			}
			if back, _ := p.SameCompany(c.b, c.a); c.b.Since.IsZero() && back != c.want {
				t.Errorf("the other way round: %s", back)
			}
		})
	}
}

func TestMA37LinkedInPage(t *testing.T) {
	runAccountCases(t, []accountCase{{
		name:     "MA37 same page, another domain",
		accounts: []Account{{ID: "A1", Name: "Acme", Website: "acme.com", LinkedIn: "https://www.linkedin.com/company/acme-corp/"}},
		company:  Company{Name: "Acme", Domain: "acme.io", LinkedIn: "linkedin.com/company/ACME-Corp?trk=x"},
		verdict:  VerdictAuto, id: "A1", tier: TierIdentifier, decisive: ReasonLinkedInCompany, conflict: ReasonDomainConflict,
	}})
}

// MA38: whether the destination is disqualified is not matching's business;
// the account is found like any other.
func TestMA38DisqualifiedAccountsMatch(t *testing.T) {
	runAccountCases(t, []accountCase{{
		name:     "MA38 a competitor is matched",
		accounts: []Account{{ID: "A1", Name: "Competitor Inc", Website: "competitor.example.com"}},
		company:  Company{Name: "Competitor", Domain: "competitor.example.com"},
		verdict:  VerdictAuto, id: "A1",
	}})
}

func TestMA39DeletedAndMerged(t *testing.T) {
	merged := []Account{
		{ID: "A1", Name: "Acme", Website: "acme.com", Deleted: true, MasterID: "A2"},
		{ID: "A2", Name: "Roadrunner", Website: "roadrunner.com"},
	}
	chain := append([]Account{{ID: "A0", Name: "Old Acme", Website: "oldacme.com", MasterID: "A1"}}, merged...)
	runAccountCases(t, []accountCase{
		{
			name: "MA39 by the merged account's domain", accounts: merged, company: Company{Email: "x@acme.com"},
			verdict: VerdictAuto, id: "A2", reasons: []Reason{ReasonMergedAccount}, absent: []string{"A1"},
		},
		{name: "MA39 along a chain", accounts: chain, company: Company{Email: "x@oldacme.com"}, verdict: VerdictAuto, id: "A2"},
		{name: "MA39 by the caller's id", accounts: merged, company: Company{AccountID: "A1"}, verdict: VerdictAuto, id: "A2", decisive: ReasonAccountID},
		{
			name: "MA39 deleted without a master", accounts: []Account{{ID: "A1", Name: "Acme", Website: "acme.com", Deleted: true}},
			company: Company{Name: "Acme", Email: "x@acme.com"}, verdict: VerdictNone, absent: []string{"A1"},
		},
		{
			name: "MA39 a loop of mergers has no living account",
			accounts: []Account{
				{ID: "A1", Name: "Acme", Website: "acme.com", MasterID: "A2"}, {ID: "A2", Name: "Acme", Website: "acme.com", MasterID: "A1"},
			},
			company: Company{Email: "x@acme.com"}, verdict: VerdictNone,
		},
	})
}

func TestCallersAccountID(t *testing.T) {
	acme := Account{ID: "A1", Name: "Acme", Website: "acme.com"}
	beta := Account{ID: "A2", Name: "Beta", Website: "beta.io"}
	runAccountCases(t, []accountCase{
		{
			name: "is trusted and a conflict noted", accounts: []Account{acme, beta}, company: Company{AccountID: "A2", Name: "Acme", Email: "x@acme.com"},
			verdict: VerdictAuto, id: "A2", tier: TierIdentifier, decisive: ReasonAccountID, ranked: []string{"A2", "A1"},
			conflict: ReasonDomainConflict,
		}, {
			name: "unknown: matching goes on", accounts: []Account{acme, beta}, company: Company{AccountID: "A7", Email: "x@acme.com"},
			verdict: VerdictAuto, id: "A1", reasons: []Reason{ReasonUnknownAccountID},
		}, {
			name: "unknown and nothing else", accounts: []Account{acme}, company: Company{AccountID: "A7"},
			verdict: VerdictNone, reasons: []Reason{ReasonUnknownAccountID},
		}, {
			name: "excluded", accounts: []Account{acme}, company: Company{AccountID: "A1"},
			profile: with(func(p *Profile) { p.ExcludeAccounts = []string{"A1"} }),
			verdict: VerdictNone, reasons: []Reason{ReasonExcludedAccount},
		},
	})
}

func TestExcludedDomainsProveNothing(t *testing.T) {
	runAccountCases(t, []accountCase{{
		name: "as key and as conflict", accounts: []Account{{ID: "A1", Name: "Acme", Website: "agency.com"}},
		profile: with(func(p *Profile) { p.ExcludeDomains = []string{"agency.com"} }),
		company: Company{Name: "Acme", Email: "x@acme.io"},
		verdict: VerdictAuto, id: "A1", tier: TierExactName,
	}, {
		name: "of the report", accounts: []Account{{ID: "A1", Name: "Acme", Website: "agency.com"}},
		profile: with(func(p *Profile) { p.ExcludeDomains = []string{"agency.com"} }),
		company: Company{Email: "x@mail.agency.com"},
		verdict: VerdictNone, decisive: ReasonInsufficient, reasons: []Reason{ReasonExcludedDomain},
	}})
}

// A purchase by a company that is no account leaves the answer as it is, down to the
// words that keep two names apart.
func TestMA31ABuyerThatIsNotThereChangesNothing(t *testing.T) {
	accounts := []Account{
		{ID: "A1", Name: "Rockwave Co., Ltd.", Country: "JP"},
		{ID: "A2", Name: "Livromedica Livros Técnicos"},
		{ID: "A3", Name: "Bank of Marble", Website: "marble.com"},
		{ID: "A4", Name: "Granite Works Berlin"},
	}
	bought := Balanced()
	for _, name := range []string{"Rockwae", "Livros Técnicos", "Bank of Granite", "Granite Works", "Granit Work"} {
		c := Company{Name: name, Country: "JP"}
		bought.Acquisitions = []Acquisition{{Name: name, ByName: "Zyxomat", ByDomain: "zyxomat.com"}}
		want := MatchAccount(Balanced(), c, accounts)
		if diff := cmp.Diff(want, MatchAccount(bought, c, accounts)); diff != "" {
			t.Errorf("%s (-not bought +bought):\n%s", name, diff)
		}
	}
}
