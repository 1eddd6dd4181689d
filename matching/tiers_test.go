package matching

import "testing"

// Tiers 2 and 3.
func TestDomainTiers(t *testing.T) {
	runAccountCases(t, []accountCase{
		{
			name:     "MA01 host of the e-mail address is the website's",
			accounts: []Account{{ID: "A1", Name: "Acme", Website: "https://www.Acme.com/about?x=1#t"}},
			company:  Company{Name: "Acme", Email: "Jane@ACME.COM"},
			verdict:  VerdictAuto, id: "A1", tier: TierExactHost, decisive: ReasonExactHost,
		}, {
			name:     "MA02 sub-domain",
			accounts: []Account{{ID: "A1", Name: "IBM", Website: "ibm.com"}},
			company:  Company{Email: "x@us.ibm.com"},
			verdict:  VerdictAuto, id: "A1", tier: TierDomain,
		}, {
			name: "MA03 exact host beats registrable domain",
			accounts: []Account{
				{ID: "A1", Name: "IBM", Website: "ibm.com"}, {ID: "A2", Name: "IBM US", Website: "us.ibm.com"},
			},
			company: Company{Email: "x@us.ibm.com"},
			verdict: VerdictAuto, id: "A2", tier: TierExactHost, ranked: []string{"A2", "A1"},
		}, {
			name: "MA03 among sub-domains the host above is nearer than the host beside",
			accounts: []Account{
				{ID: "A1", Name: "IBM Germany", Website: "de.ibm.com"}, {ID: "A2", Name: "IBM", Website: "ibm.com"},
			},
			company: Company{Email: "x@us.ibm.com"},
			verdict: VerdictAuto, id: "A2", tier: TierDomain,
		}, {
			name:     "MA03 a host beside with a foreign name asks a person",
			accounts: []Account{{ID: "A1", Name: "Molecular Foundry", Website: "foundry.lbl.gov"}},
			company:  Company{Name: "Berkeley Light Source", Email: "x@als.lbl.gov"},
			verdict:  VerdictReview, tier: TierDomain, reasons: []Reason{ReasonOtherHost},
		}, {
			name: "MA04 a public suffix is never a key",
			accounts: []Account{
				{ID: "A1", Name: "Acme", Website: "acme.co.uk"}, {ID: "A2", Name: "Beta", Website: "beta.co.uk"},
			},
			company: Company{Email: "x@acme.co.uk"},
			verdict: VerdictAuto, id: "A1", absent: []string{"A2"},
		}, {
			name: "MA05 same base label is listed and does not tie",
			accounts: []Account{
				{ID: "A1", Name: "Acme Pty", Website: "acme.com.au"}, {ID: "A2", Name: "Acme", Website: "acme.com"},
			},
			company: Company{Email: "x@acme.com.au"},
			verdict: VerdictAuto, id: "A1", ranked: []string{"A1", "A2"},
			evidence: map[string]Reason{"A2": ReasonSameLabel},
		},
	})
}

// A base label under another suffix is support, never proof.
func TestSameLabel(t *testing.T) {
	acmeUS := Account{ID: "A1", Name: "Acme Inc", Website: "acme.com", Country: "US"}
	runAccountCases(t, []accountCase{
		{
			name: "MA06 label and name under another legal form", accounts: []Account{acmeUS},
			company: Company{Name: "Acme GmbH", Email: "x@acme.de", Country: "DE"},
			verdict: VerdictReview, ranked: []string{"A1"}, conflict: ReasonDomainConflict,
			reasons: []Reason{ReasonSameLabel, ReasonNameFuzzy, ReasonLegalFormConflict},
		}, {
			name: "MA06 nor in lenient", profile: Lenient, accounts: []Account{acmeUS},
			company: Company{Name: "Acme GmbH", Email: "x@acme.de", Country: "DE"},
			verdict: VerdictReview,
		}, {
			name: "MA07 label alone never matches", accounts: []Account{acmeUS},
			company: Company{Email: "x@acme.de", Country: "DE"},
			verdict: VerdictNone, tier: TierNone, ranked: []string{"A1"},
		},
	})
}

// Domains that say nothing, and fields that hold anything but one domain.
func TestDirtyDomains(t *testing.T) {
	shared := []Account{
		{ID: "A1", Name: "Acme", Website: "linkedin.com/company/acme"},
		{ID: "A2", Name: "Beta", Website: "facebook.com/beta"},
	}
	dirty := []Account{
		{ID: "A1", Name: "One", Website: "n/a"}, {ID: "A2", Name: "Two", Website: "http://"},
		{ID: "A3", Name: "Three", Website: "acme.com; acme.io"},
		{ID: "A4", Name: "Four", Website: "info@delta.com"}, {ID: "A5", Name: "Five", Website: "localhost"},
	}
	runAccountCases(t, []accountCase{
		{
			name: "MA08 free mail proves nothing",
			accounts: []Account{
				{ID: "A1", Name: "Alpha", Website: "gmail.com"}, {ID: "A2", Name: "Beta", Website: "beta.io"},
			},
			company: Company{Name: "Beta", Email: "joe@gmail.com"},
			verdict: VerdictAuto, id: "A2", tier: TierExactName, reasons: []Reason{ReasonFreeMail}, absent: []string{"A1"},
		}, {
			name:     "MA09 nothing to go by",
			accounts: []Account{{ID: "A1", Name: "Alpha", Website: "gmail.com"}, {ID: "A2", Name: "Acme"}},
			company:  Company{Email: "joe@googlemail.com"},
			verdict:  VerdictNone, decisive: ReasonInsufficient, reasons: []Reason{ReasonFreeMail},
		}, {
			name: "MA10 shared hosts prove nothing", accounts: shared,
			company: Company{Name: "LinkedIn", Domain: "linkedin.com"},
			verdict: VerdictNone, reasons: nil, absent: []string{"A1", "A2"},
		}, {
			name:     "MA10 but the host's own company has it",
			accounts: append([]Account{{ID: "A3", Name: "LinkedIn", Website: "https://www.linkedin.com/"}}, shared...),
			company:  Company{Name: "LinkedIn", Domain: "linkedin.com"},
			verdict:  VerdictAuto, id: "A3", tier: TierExactHost, absent: []string{"A1", "A2"},
		}, {
			name: "MA11 private suffix",
			accounts: []Account{
				{ID: "A1", Name: "Alpha", Website: "alpha.myshopify.com"}, {ID: "A2", Name: "Beta", Website: "beta.myshopify.com"},
			},
			company: Company{Email: "x@alpha.myshopify.com"},
			verdict: VerdictAuto, id: "A1", absent: []string{"A2"},
		}, {
			name: "MA12 dirty website fields: both domains are read", accounts: dirty,
			company: Company{Email: "x@acme.io"},
			verdict: VerdictAuto, id: "A3", absent: []string{"A1", "A2", "A5"},
		}, {
			name: "MA12 dirty website fields: an e-mail address gives its domain", accounts: dirty,
			company: Company{Email: "x@delta.com"}, verdict: VerdictAuto, id: "A4",
		}, {
			name:     "MA13 internationalised domain",
			accounts: []Account{{ID: "A1", Name: "Bücher", Website: "bücher.de"}},
			company:  Company{Email: "x@xn--bcher-kva.de"},
			verdict:  VerdictAuto, id: "A1",
		}, {
			name:     "MA40 additional domains",
			accounts: []Account{{ID: "A1", Name: "Acme", Website: "acme.com", Domains: "acme.io; acme.dev"}},
			company:  Company{Email: "x@acme.dev"},
			verdict:  VerdictAuto, id: "A1", tier: TierDomain,
		},
	})
}

// The company's domain outranks the e-mail domain, and a foreign name makes the
// e-mail domain doubtful.
func TestMA43EmailDomainDiffers(t *testing.T) {
	acme := Account{ID: "A1", Name: "Acme", Website: "acme.com"}
	accenture := Account{ID: "A2", Name: "Accenture", Website: "accenture.com"}
	runAccountCases(t, []accountCase{
		{
			name: "MA43 contractor with the client's address", accounts: []Account{acme},
			company: Company{Name: "Accenture", Domain: "accenture.com", Email: "x@acme.com"},
			verdict: VerdictReview, decisive: ReasonEmailDiffers, ranked: []string{"A1"}, conflict: ReasonEmailDiffers,
		}, {
			name: "MA43 the employer's account is found and the address noted", accounts: []Account{acme, accenture},
			company: Company{Name: "Accenture", Domain: "accenture.com", Email: "x@acme.com"},
			verdict: VerdictAuto, id: "A2", tier: TierExactHost, reasons: []Reason{ReasonEmailDiffers},
			ranked: []string{"A2", "A1"}, conflict: ReasonEmailDiffers,
		}, {
			name: "MA43 no company domain and a foreign name", accounts: []Account{acme},
			company: Company{Name: "Accenture", Email: "x@acme.com"},
			verdict: VerdictReview, decisive: ReasonEmailDiffers, reasons: []Reason{ReasonNameMismatch},
		}, {
			name: "MA43 not in lenient either", profile: Lenient, accounts: []Account{acme},
			company: Company{Name: "Accenture", Email: "x@acme.com"}, verdict: VerdictReview,
		}, {
			name: "MA43 the name is the domain's label", accounts: []Account{{ID: "A1", Name: "Roadrunner Holdings", Website: "acme.com"}},
			company: Company{Name: "Acme", Email: "x@acme.com"},
			verdict: VerdictAuto, id: "A1", reasons: []Reason{ReasonNameMismatch},
		}, {
			name: "MA43 an e-mail domain of the same account is no conflict", accounts: []Account{{ID: "A1", Name: "Acme", Website: "acme.io"}},
			company: Company{Name: "Acme", Domain: "acme.com", Email: "x@acme.io"},
			verdict: VerdictAuto, id: "A1", tier: TierExactName,
		}, {
			name:     "MA21 the names are written in different scripts",
			accounts: []Account{{ID: "A1", Name: "株式会社日立製作所", Website: "hitachi.co.jp"}},
			company:  Company{Name: "Hitachi, Ltd.", Email: "x@hitachi.co.jp"},
			verdict:  VerdictAuto, id: "A1", tier: TierExactHost, reasons: []Reason{ReasonNameMismatch},
		}, {
			name:     "MA28 the company's own domain with another name",
			accounts: []Account{{ID: "A1", Name: "Facebook", Website: "fb.com"}},
			company:  Company{Name: "Meta", Domain: "fb.com", Email: "x@fb.com"},
			verdict:  VerdictAuto, id: "A1", tier: TierExactHost, reasons: []Reason{ReasonRebrandSuspected},
		},
	})
}

// The domain of the contacts counts when it is theirs and they are its.
func TestMA36ContactsDomain(t *testing.T) {
	a1 := Account{ID: "A1", Name: "Roadrunner", Contacts: 5, ContactDomains: []DomainCount{{"acme.com", 5}}}
	a2 := Account{ID: "A2", Name: "Coyote", Contacts: 1, ContactDomains: []DomainCount{{"acme.com", 1}}}
	splash := Account{ID: "A3", Name: "Contacts without account", Contacts: 900}
	for i := range 300 {
		name := string([]byte{'a' + byte(i%26), 'a' + byte(i/26)})
		splash.ContactDomains = append(splash.ContactDomains, DomainCount{name + "corp.com", 3})
	}
	splash.ContactDomains[7].Domain = "acme.com"
	small := Account{ID: "A3", Name: "Test account", Contacts: 9, ContactDomains: []DomainCount{{"acme.com", 4}, {"beta.com", 5}}}
	company := Company{Email: "x@acme.com"}
	runAccountCases(t, []accountCase{
		{
			name: "MA36 splash account by the domain-spread rule", accounts: []Account{a1, a2, splash},
			company: company, verdict: VerdictAuto, id: "A1", tier: TierContactsMail, decisive: ReasonContactsDomain,
			absent: []string{"A2", "A3"},
		}, {
			name: "MA36 a small collecting account spoils the share", accounts: []Account{a1, a2, small},
			company: company, verdict: VerdictNone,
		}, {
			name: "MA36 until it is excluded", accounts: []Account{a1, a2, small},
			profile: with(func(p *Profile) { p.ExcludeAccounts = []string{"A3"} }),
			company: company, verdict: VerdictAuto, id: "A1",
		}, {
			name: "MA36 one contact is not enough", accounts: []Account{a2},
			company: company, verdict: VerdictNone,
		}, {
			name:     "MA36 less than 60 of 100 of its contacts is not enough",
			accounts: []Account{{ID: "A1", Name: "Mixed", Contacts: 10, ContactDomains: []DomainCount{{"acme.com", 5}}}},
			company:  company, verdict: VerdictNone,
		},
	})
}
