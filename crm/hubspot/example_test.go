package hubspot_test

import (
	"context"
	"fmt"

	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

// The people of a list are read, and what became of one of them is written back.
func Example() {
	account := hstest.New() // a HubSpot in this process
	defer account.Close()
	account.PutContact(122, map[string]string{"firstname": "Ann", "lastname": "Lee", "email": "ann.lee@newco.example"})
	account.PutContact(500, map[string]string{"firstname": "Ann", "lastname": "Lee"})
	account.PutList(hstest.List{ID: "17", Name: "Champions", Members: []int64{122}})
	account.Define(hstest.Contacts, hstest.Property{Name: "onward_outcome"}, hstest.Property{Name: "onward_dri"})

	ctx := context.Background()
	client, err := hubspot.Open(ctx, hubspot.Options{Token: hstest.Token, BaseURL: account.URL()})
	if err != nil {
		fmt.Println(err)
		return
	}
	to := hubspot.Properties{Outcome: "onward_outcome", DRI: "onward_dri", LeadID: "onward_lead"}
	fmt.Println(client.CheckWritable(ctx, "Contact", to.Names()))

	for person, err := range client.Members(ctx, "17", []string{"FirstName", "LastName", "Email"}) {
		fmt.Println(person.ID, person.Fields["FirstName"], person.Fields["LastName"], err)
	}

	account.Merge(122, 500) // meanwhile, somebody tidies up
	to.LeadID = ""
	results, err := client.WriteBack(ctx, to, []hubspot.Back{{Contact: 122, Outcome: "lead_created", DRI: "Bea Owner"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("now", results[0].ID, account.Properties(hstest.Contacts, 500)["onward_outcome"])

	// Output:
	// crm: describe Contact: invalid: PROPERTY_DOESNT_EXIST (onward_lead)
	// 122 Ann Lee <nil>
	// now 500 lead_created
}
