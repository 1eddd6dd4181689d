package crm_test

import (
	"context"
	"fmt"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// A contact is created in an account of the same batch. Doing it twice changes
// nothing: keys make creates idempotent.
func ExampleClient_Apply() {
	client := crm.NewClient(memcrm.New(nil), nil)
	batch := []crm.Write{
		{
			Key: "5f1c-contact", Verb: crm.VerbCreate, Object: crm.ObjectContact,
			Set:  crm.Fields{"FirstName": "Ann", "LastName": "Lee"},
			Link: map[string]crm.Key{"AccountId": "77ab-account"},
		},
		{
			Key: "77ab-account", Verb: crm.VerbCreate, Object: crm.ObjectAccount,
			Set: crm.Fields{"Name": "NewCo GmbH"},
		},
	}
	for range 2 {
		results, err := client.Apply(context.Background(), batch)
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, r := range results {
			fmt.Println(batch[i].Object, r.ID[:3], "created:", r.Created, r.Err)
		}
	}
	// Output:
	// Contact 003 created: true <nil>
	// Account 001 created: true <nil>
	// Contact 003 created: false <nil>
	// Account 001 created: false <nil>
}

func ExampleClient_All() {
	client := crm.NewClient(memcrm.New(nil), nil)
	query := crm.Query{Object: crm.ObjectAccount, Select: []string{"Name"}}
	for record, err := range client.All(context.Background(), query) {
		if err != nil {
			fmt.Println(err) // the last thing that comes
			return
		}
		fmt.Println(record.Fields["Name"])
	}
	fmt.Println("calls:", client.Calls().Total())
	// Output:
	// calls: 1
}

// What became of a write is an error with a class.
func ExampleClassOf() {
	client := crm.NewClient(memcrm.New(nil), nil)
	results, _ := client.Apply(context.Background(), []crm.Write{{
		Key: "9b02", Verb: crm.VerbCreate, Object: crm.ObjectContact, Set: crm.Fields{"FirstName": "Ann"},
	}})
	fmt.Println(crm.ClassOf(results[0].Err), crm.Retryable(results[0].Err))
	fmt.Println(results[0].Err)
	// Output:
	// invalid false
	// crm: write Contact k=9b02: invalid: REQUIRED_FIELD_MISSING (LastName)
}
