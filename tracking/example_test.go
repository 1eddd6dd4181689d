package tracking_test

import (
	"fmt"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

func ExampleClassify() {
	at := func(name, title string) *tracking.Position {
		return &tracking.Position{Company: matching.Company{Name: name}, Title: title}
	}
	for _, o := range []tracking.Observation{
		{From: at("Contoso", "Director of Sales"), To: at("Contoso Inc.", "Vice President, Sales")},
		{From: at("Contoso", "VP Sales"), To: at("Contoso Inc.", "Vice President, Sales")},
		{From: at("Contoso", "VP Sales"), To: at("Fabrikam", "CRO")},
		{From: at("Contoso", "VP Sales")},
	} {
		c := tracking.Classify(o)
		fmt.Println(c.Kind, c.Reasons)
	}
	// Output:
	// promotion [same_company seniority_rises title_differs]
	// cosmetic_rename [same_company spelling_differs]
	// moved [other_company]
	// left [no_destination]
}

func ExamplePersona_Match() {
	buyers := tracking.Persona{
		Name:    "marketing leaders",
		Include: []tracking.Phrase{{Text: "VP Marketing"}, {Text: "CMO"}},
		Exclude: []tracking.Phrase{{Text: "Assistant"}},
	}
	for _, title := range []string{"Vice President of Marketing", "Executive Assistant to the VP of Marketing", "VP Sales"} {
		ok, reason := buyers.Match(title, "")
		fmt.Println(ok, reason)
	}
	// Output:
	// true matched
	// false excluded
	// false not_included
}
