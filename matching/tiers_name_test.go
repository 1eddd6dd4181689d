package matching

import "testing"

// Tier 5, and what keeps equal names from being one company.
func TestLegalForms(t *testing.T) {
	runAccountCases(t, []accountCase{
		{
			name:     "MA14 equal after the legal form",
			accounts: []Account{{ID: "A1", Name: "Acme, Inc."}},
			company:  Company{Name: "ACME Incorporated"},
			verdict:  VerdictAuto, id: "A1", tier: TierExactName, decisive: ReasonExactName,
		}, {
			name:     "MA14 in another country a person looks",
			accounts: []Account{{ID: "A1", Name: "Acme", Country: "US"}},
			company:  Company{Name: "Acme", Country: "DE"},
			verdict:  VerdictReview, tier: TierExactName, decisive: ReasonCountryDiffers,
		}, {
			name: "MA14 strict asks a person", profile: Strict,
			accounts: []Account{{ID: "A1", Name: "Acme, Inc."}},
			company:  Company{Name: "ACME Incorporated"},
			verdict:  VerdictReview, tier: TierExactName,
		}, {
			name:     "MA15 legal forms of two countries",
			accounts: []Account{{ID: "A1", Name: "Acme Inc", Country: "US"}},
			company:  Company{Name: "Acme GmbH", Country: "DE"},
			verdict:  VerdictNone, ranked: []string{"A1"}, evidence: map[string]Reason{"A1": ReasonLegalFormConflict},
		}, {
			name:     "MA15 with the country as support",
			accounts: []Account{{ID: "A1", Name: "Acme Inc", Country: "DE"}},
			company:  Company{Name: "Acme GmbH", Country: "DE"},
			verdict:  VerdictReview, ranked: []string{"A1"}, reasons: []Reason{ReasonLegalFormConflict, ReasonSameCountry},
		}, {
			name:     "MA16 generic words name nobody",
			accounts: []Account{{ID: "A1", Name: "The Company Group Holdings LLC"}},
			company:  Company{Name: "Company Ltd"},
			verdict:  VerdictNone, reasons: []Reason{ReasonGenericName},
		},
	})
}

// Tier 7.
func TestAcronyms(t *testing.T) {
	runAccountCases(t, []accountCase{
		{
			name:     "MA17 acronym with a supporting fact",
			accounts: []Account{{ID: "A1", Name: "International Business Machines Corporation", Country: "US"}},
			company:  Company{Name: "IBM", Country: "United States"},
			verdict:  VerdictReview, tier: TierAcronym, ranked: []string{"A1"}, reasons: []Reason{ReasonAcronym, ReasonSameCountry},
		}, {
			name:     "MA17 acronym the other way round",
			accounts: []Account{{ID: "A1", Name: "IBM", Country: "US"}},
			company:  Company{Name: "International Business Machines", Country: "US"},
			verdict:  VerdictReview, tier: TierAcronym,
		}, {
			name:     "MA17 acronym without any support",
			accounts: []Account{{ID: "A1", Name: "International Business Machines Corporation"}},
			company:  Company{Name: "IBM"},
			verdict:  VerdictNone, decisive: ReasonInitialsAlone, ranked: []string{"A1"},
		}, {
			name: "MA17 lenient takes it", profile: Lenient,
			accounts: []Account{{ID: "A1", Name: "International Business Machines Corporation", Country: "US"}},
			company:  Company{Name: "IBM", Country: "US"},
			verdict:  VerdictAuto, id: "A1", tier: TierAcronym,
		}, {
			name:     "MA18 two letters are no acronym",
			accounts: []Account{{ID: "A1", Name: "Atlas Tooling", Country: "US"}},
			company:  Company{Name: "AT", Country: "US"},
			verdict:  VerdictNone,
		},
	})
}

// Tier 5 across scripts, accents and widths.
func TestEqualNames(t *testing.T) {
	hitachi := Account{ID: "A1", Name: "株式会社日立製作所", Website: "hitachi.co.jp"}
	letters := []Account{
		{ID: "A1", Name: "Société Générale"}, {ID: "A2", Name: "Müller & Söhne KG"}, {ID: "A3", Name: "Ørsted A/S"},
	}
	runAccountCases(t, []accountCase{
		{name: "MA19 accents", accounts: letters, company: Company{Name: "Societe Generale SA"}, verdict: VerdictAuto, id: "A1", tier: TierExactName},
		{name: "MA19 umlauts and ampersand", accounts: letters, company: Company{Name: "Mueller und Soehne"}, verdict: VerdictAuto, id: "A2", tier: TierExactName},
		{name: "MA19 stroked letters", accounts: letters, company: Company{Name: "Orsted"}, verdict: VerdictAuto, id: "A3", tier: TierExactName},
		{name: "MA20 legal form as prefix", accounts: []Account{hitachi}, company: Company{Name: "日立製作所"}, verdict: VerdictAuto, id: "A1", tier: TierExactName},
		{
			name: "MA22 full width", accounts: []Account{{ID: "A1", Name: "ＡＣＭＥ　株式会社"}},
			company: Company{Name: "ACME株式会社"}, verdict: VerdictAuto, id: "A1", tier: TierExactName,
		}, {
			name:     "MA44 a common name is no proof alone",
			accounts: []Account{{ID: "A1", Name: "Apex"}},
			company:  Company{Name: "Apex"},
			verdict:  VerdictReview, tier: TierExactName, decisive: ReasonCommonName, ranked: []string{"A1"},
		}, {
			name:     "MA44 a common name in the same city is",
			accounts: []Account{{ID: "A1", Name: "Apex", Country: "US", City: "Boise"}},
			company:  Company{Name: "Apex", Country: "US", City: "Boise"},
			verdict:  VerdictAuto, id: "A1", tier: TierExactName,
		},
	})
}

// Tier 6: names that have most words in common.
func TestContainedNames(t *testing.T) {
	washington := []Account{{ID: "A1", Name: "University of Washington"}, {ID: "A2", Name: "Washington University"}}
	numbers := []Account{{ID: "A1", Name: "3M"}, {ID: "A2", Name: "3Com"}, {ID: "A3", Name: "Forever 21"}}
	runAccountCases(t, []accountCase{
		{
			name:     "MA23 a first word is not the company",
			accounts: []Account{{ID: "A1", Name: "Delta Air Lines"}, {ID: "A2", Name: "Delta Dental"}},
			company:  Company{Name: "Delta"},
			verdict:  VerdictNone, evidence: map[string]Reason{"A1": ReasonNameContained, "A2": ReasonNameContained},
		}, {
			name:     "MA23 with the country a person looks at both",
			accounts: []Account{{ID: "A1", Name: "Delta Air Lines", Country: "US"}, {ID: "A2", Name: "Delta Dental", Country: "US"}},
			company:  Company{Name: "Delta", Country: "US"},
			verdict:  VerdictReview, evidence: map[string]Reason{"A1": ReasonSameCountry, "A2": ReasonSameCountry},
		}, {
			name: "MA23 never automatic", profile: Lenient,
			accounts: []Account{{ID: "A1", Name: "Delta Air Lines", Country: "US", City: "Atlanta"}},
			company:  Company{Name: "Delta", Country: "US", City: "Atlanta"},
			verdict:  VerdictReview,
		},
		{name: "MA24 word order: exact", accounts: washington, company: Company{Name: "University of Washington"}, verdict: VerdictAuto, id: "A1", tier: TierExactName},
		{name: "MA24 word order: turned round is not equal", accounts: washington[1:], company: Company{Name: "University of Washington"}, verdict: VerdictReview, tier: TierFuzzyName, reasons: []Reason{ReasonWordOrder}},
		{name: "MA25 digits must agree", accounts: numbers, company: Company{Name: "Forever 24"}, verdict: VerdictNone, absent: []string{"A1", "A2", "A3"}},
		{
			name: "MA27 the domain decides, containment does not",
			accounts: []Account{
				{ID: "A1", Name: "Apple", Website: "apple.com"},
				{ID: "A2", Name: "Apple Leisure Group", Website: "appleleisuregroup.com"},
			},
			company: Company{Name: "Apple Leisure", Email: "x@appleleisuregroup.com"},
			verdict: VerdictAuto, id: "A2", tier: TierExactHost,
		},
	})
}

// Tier 6: typing errors.
func TestTypingErrors(t *testing.T) {
	microsoft := []Account{{ID: "A1", Name: "Microsoft", Country: "US"}}
	runAccountCases(t, []accountCase{
		{
			name: "MA26 typing error and country", accounts: microsoft,
			company: Company{Name: "Microsfot", Country: "US"},
			verdict: VerdictReview, tier: TierFuzzyName, ranked: []string{"A1"}, decisive: ReasonNameFuzzy,
		}, {
			name: "MA26 lenient takes it", profile: Lenient, accounts: microsoft,
			company: Company{Name: "Microsfot", Country: "US"},
			verdict: VerdictAuto, id: "A1", tier: TierFuzzyName,
		}, {
			name: "MA26 strict does not use similar names", profile: Strict, accounts: microsoft,
			company: Company{Name: "Microsfot", Country: "US"},
			verdict: VerdictNone, decisive: ReasonTierOff,
		},
		{
			name:     "MA26 no typing error is overlooked at the head of a short word",
			accounts: []Account{{ID: "A1", Name: "Holley"}}, company: Company{Name: "Volley"}, verdict: VerdictNone, absent: []string{"A1"},
		},
		{
			name:     "MA26 own words on both sides make two companies",
			accounts: []Account{{ID: "A1", Name: "Glacier Bancorp", Country: "US"}},
			company:  Company{Name: "Glacier Water Services", Country: "US"}, verdict: VerdictNone, ranked: []string{"A1"},
			reasons: []Reason{ReasonOtherWord},
		},
		{name: "MA26 another name", accounts: microsoft, company: Company{Name: "Micron", Country: "US"}, verdict: VerdictNone, absent: []string{"A1"}},
	})
}

// Rules that stand above a probability, each with its reason.
func TestRulesAboveProbability(t *testing.T) {
	runAccountCases(t, []accountCase{
		{
			name:     "digits on one side alone ask a person",
			accounts: []Account{{ID: "A1", Name: "Travertine Robotics 21", Country: "US", City: "Boise"}},
			company:  Company{Name: "Travertine Robotics", Country: "US", City: "Boise"},
			verdict:  VerdictReview, tier: TierFuzzyName, decisive: ReasonDigitsMissing, ranked: []string{"A1"},
		}, {
			name: "the domain points to one account, the name to another",
			accounts: []Account{
				{ID: "A1", Name: "Tohoku University Hospital", Website: "hosp.tohoku.ac.jp", Country: "JP"},
				{ID: "A2", Name: "Tohoku University", Country: "JP"},
			},
			company: Company{Name: "Tohoku University", Email: "x@tohoku.ac.jp", Country: "JP"},
			verdict: VerdictReview, tier: TierExactName, decisive: ReasonDomainElsewhere, ranked: []string{"A2", "A1"},
		}, {
			name:     "one telephone line makes a similar name likely",
			accounts: []Account{{ID: "A1", Name: "Graniteworks", Phone: "+1 617 555 0100"}},
			company:  Company{Name: "Granitewerks", Phone: "617-555-0100"},
			verdict:  VerdictReview, tier: TierFuzzyName, ranked: []string{"A1"}, reasons: []Reason{ReasonSamePhone},
		}, {
			name: "an unlikely namesake in another country asks a person in lenient too", profile: Lenient,
			accounts: []Account{{ID: "A1", Name: "Institute of Cardiology", Country: "PL"}},
			company:  Company{Name: "Institute of Cardiology", Country: "CO"},
			verdict:  VerdictReview, tier: TierExactName, decisive: ReasonLowConfidence, ranked: []string{"A1"},
		}, {
			name: "the lowest id does not choose among different names", profile: with(func(p *Profile) { p.TieBreakers = []TieBreaker{TieLowestID} }),
			accounts: []Account{
				{ID: "A1", Name: "Acme Robotics", Website: "acme.com"}, {ID: "A2", Name: "Acme Granite", Website: "acme.com"},
			},
			company: Company{Name: "Marble Bakery", Domain: "acme.com"},
			verdict: VerdictReview, tier: TierExactHost, decisive: ReasonAmbiguous,
		},
	})
}

func TestMA29DomainConflict(t *testing.T) {
	accounts := []Account{{ID: "A1", Name: "Acme", Website: "acme.com"}}
	company := Company{Name: "Acme", Email: "x@acme.io"}
	runAccountCases(t, []accountCase{
		{
			name: "MA29 balanced", accounts: accounts, company: company, verdict: VerdictReview,
			tier: TierExactName, decisive: ReasonDomainConflict, conflict: ReasonDomainConflict, ranked: []string{"A1"},
		},
		{name: "MA29 strict", profile: Strict, accounts: accounts, company: company, verdict: VerdictNone, decisive: ReasonDomainConflict},
		{name: "MA29 lenient", profile: Lenient, accounts: accounts, company: company, verdict: VerdictAuto, id: "A1", conflict: ReasonDomainConflict},
		{
			name:     "MA29 an account without the conflict goes first",
			accounts: append([]Account{{ID: "A2", Name: "Acme"}}, accounts...),
			company:  company, verdict: VerdictAuto, id: "A2", ranked: []string{"A2", "A1"},
		},
	})
}

// Equal names of companies that their own domains tell apart are homonyms, not
// duplicates: no tie-breaker may choose among them.
func TestHomonymsGoToReview(t *testing.T) {
	runAccountCases(t, []accountCase{
		{
			name: "domains without a common label",
			accounts: []Account{
				{ID: "A1", Name: "Northwind", Website: "northwindtraders.com", OpenOpportunities: 3},
				{ID: "A2", Name: "Northwind", Website: "nw-shipping.no"},
			},
			company: Company{Name: "Northwind"}, verdict: VerdictReview, decisive: ReasonHomonyms,
			reasons: []Reason{ReasonAmbiguous},
		}, {
			name: "the reported country tells them apart", profile: Lenient,
			accounts: []Account{
				{ID: "A1", Name: "Northwind", Website: "northwind.us", Country: "US", OpenOpportunities: 3},
				{ID: "A2", Name: "Northwind", Website: "northwind.no", Country: "NO"},
			},
			company: Company{Name: "Northwind", Email: "x@nordavind.org", Country: "Norway"}, verdict: VerdictAuto, id: "A2", decisive: ReasonSameCountry,
		}, {
			name: "similar names within the margin",
			accounts: []Account{
				{ID: "A1", Name: "Northwind Traders"}, {ID: "A2", Name: "Northwind Tracers"},
			},
			profile: Lenient,
			company: Company{Name: "Northwind Trasers"}, verdict: VerdictReview, decisive: ReasonCloseRunnerUp,
		},
	})
}
