package matching_test

import (
	"fmt"
	"slices"

	"github.com/onward-crm/onward/matching"
)

func ExampleMatchAccount() {
	accounts := []matching.Account{
		{ID: "001A", Name: "Acme, Inc.", Website: "https://www.acme.com"},
		{ID: "001B", Name: "Beta GmbH", Website: "beta.io"},
	}
	m := matching.MatchAccount(matching.Balanced(), matching.Company{Name: "Acme", Email: "jane@eu.acme.com"}, accounts)
	fmt.Println(m.Verdict, m.ID, m.Tier, m.Decisive)

	// A name and a domain that contradict each other are never resolved silently.
	m = matching.MatchAccount(matching.Balanced(), matching.Company{Name: "Acme", Domain: "acme.io"}, accounts)
	fmt.Println(m.Verdict, m.Ranked[0].ID, m.Tier, m.Decisive)
	// Output:
	// auto 001A registrable_domain registrable_domain
	// review 001A exact_name domain_conflict
}

func ExampleIndex_Match() {
	x := matching.NewIndex(slices.Values([]matching.Account{
		{ID: "001A", Name: "Acme", Website: "acme.com"},
		{ID: "001B", Name: "Acme", Website: "acme.com", OpenOpportunities: 1},
	}), nil)
	x.Upsert(matching.Account{ID: "001C", Name: "Société Générale"})

	for _, c := range []matching.Company{
		{Name: "Acme", Domain: "acme.com"},
		{Name: "Societe Generale S.A."},
		{Name: "Nobody Knows It"},
	} {
		m := x.Match(matching.Balanced(), c)
		fmt.Printf("%s %q %s\n", m.Verdict, m.ID, m.Decisive)
	}
	// Output:
	// auto "001B" has_open_opportunity
	// auto "001C" exact_name
	// none "" no_candidate
}

func ExampleSameCompany() {
	same, why := matching.SameCompany(matching.Company{Name: "Contoso"}, matching.Company{Name: "CONTOSO Inc."})
	fmt.Println(same, why[0].Reason)

	same, why = matching.SameCompany(
		matching.Company{Name: "Acme", Domain: "acme.com"},
		matching.Company{Name: "Acme", Domain: "acme.io"},
	)
	fmt.Println(same, why[0].Reason, why[1].Reason)
	// Output:
	// same exact_name
	// maybe domain_conflict exact_name
}

func ExampleMatchPerson() {
	records := []matching.PersonRecord{
		{ID: "00Q1", Lead: true, FirstName: "Robert", LastName: "Smith", Emails: []string{"rsmith@acme.com"}},
		{ID: "0031", FirstName: "Robert", LastName: "Smith", Emails: []string{"bob@gmail.com"}, Company: "Old Employer"},
	}
	m := matching.MatchPerson(matching.Balanced(), matching.Person{
		FirstName: "Bob", LastName: "Smith", Emails: []string{"bob@gmail.com"},
		To:      matching.Company{Name: "Acme", Domain: "acme.com"},
		PastIDs: []string{"0031"},
	}, records)
	fmt.Println(m.Verdict, m.ID, m.Rule, m.Reasons)
	// Output:
	// auto 00Q1 name_domain [name_and_domain nickname past_record]
}
