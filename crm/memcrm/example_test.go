package memcrm_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

func ExampleNew() {
	c := memcrm.New(nil)
	c.AddDuplicateRule(memcrm.DuplicateRule{
		Name: "Same e-mail", Object: crm.ObjectContact, Fields: []string{"Email"}, Block: true,
	})
	acme, err := c.Add(crm.ObjectAccount, crm.Fields{"Name": "Acme"})
	if err != nil {
		log.Fatal(err)
	}
	set := crm.Fields{"LastName": "Lee", "Email": "ann@acme.example", "AccountId": acme}
	results, err := c.Write(context.Background(), []crm.Write{
		{Key: "move-1", Verb: crm.VerbCreate, Object: crm.ObjectContact, Set: set},
		{Key: "move-1", Verb: crm.VerbCreate, Object: crm.ObjectContact, Set: set},
		{Key: "move-2", Verb: crm.VerbCreate, Object: crm.ObjectContact, Set: set},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range results {
		fmt.Println(r.ID, r.Created, r.Err)
	}
	// Output:
	// 003000000000001AAA true <nil>
	// 003000000000001AAA false <nil>
	//  false crm: write Contact k=move-2: duplicate: DUPLICATES_DETECTED by rule Same e-mail
}

func ExampleLoad() {
	dir, err := os.MkdirTemp("", "crm")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	const accounts = "Id;Name;Region__c\n001000000000001;Acme;EMEA\n001;Broken;\n"
	if err := os.WriteFile(filepath.Join(dir, "Account.csv"), []byte(accounts), 0o600); err != nil {
		log.Fatal(err)
	}
	c, report, err := memcrm.Load(dir, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range report.Files {
		fmt.Println(f.Summary())
	}
	for _, p := range report.Problems {
		fmt.Println(p)
	}
	for _, r := range c.Records(crm.ObjectAccount) {
		fmt.Println(r.ID, r.Fields["Name"], r.Fields["Region__c"])
	}
	// Output:
	// Account.csv: 1 loaded, 1 bad, custom columns: Region__c
	// Account.csv:3: column Id: want an id of 15 or 18 characters with the right check characters
	// 001000000000001AAA Acme EMEA
}

func ExampleCRM_Effects() {
	c := memcrm.New(nil)
	_, err := c.Write(context.Background(), []crm.Write{
		{Key: "e-1", Verb: crm.VerbUpsert, Object: crm.ObjectJobChange, Set: crm.Fields{"Outcome__c": "review"}},
		{Key: "e-1", Verb: crm.VerbUpsert, Object: crm.ObjectJobChange, Set: crm.Fields{"Outcome__c": "created"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range c.Effects() {
		fmt.Println(e.Verb, e.Object, e.Key, e.Fields)
	}
	// Output:
	// create Job_Change__c e-1 [External_Id__c Outcome__c OwnerId]
	// update Job_Change__c e-1 [Outcome__c]
}
