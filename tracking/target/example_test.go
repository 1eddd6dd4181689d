package target_test

import (
	"fmt"
	"time"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

func ExampleRound_Choose() {
	report := target.Report{ID: "00O000000000001EAA", Category: target.CategoryTarget}
	book := target.Merge(target.Listing{Report: report, Accounts: []target.Account{{ID: "001000000000001AAA", Name: "Acme"}}})
	round := target.Round{
		Book: book, PerAccount: 1,
		Personas: []tracking.Persona{{Name: "Marketing leaders", Include: []tracking.Phrase{{Text: "VP Marketing"}, {Text: "Director Marketing"}}}},
	}
	at := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	person := func(page, title string) target.Prospect {
		return target.Prospect{Person: tracking.Person{LinkedIn: "linkedin.com/in/" + page, Title: title}, AccountID: "001000000000001AAA", FoundAt: at}
	}
	c := round.Choose(nil, []target.Prospect{person("ann", "Director of Marketing"), person("bob", "Vice President, Marketing"), person("cid", "Clerk")})
	fmt.Println("delivered:", c.Delivered[0].Person.Title, "as", c.Delivered[0].Persona)
	fmt.Println("carried over:", c.Carried[0].Person.Title)
	fmt.Println("refused:", c.Refused[0].Prospect.Person.Title, c.Refused[0].Reason)
	// Output:
	// delivered: Vice President, Marketing as Marketing leaders
	// carried over: Director of Marketing
	// refused: Clerk not_included
}
